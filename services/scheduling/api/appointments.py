"""Booking, and the visits that were booked."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from flask import Response, jsonify, make_response, request
from sqlalchemy.orm import Session

from shared.idempotency import once
from shared.web import Problem, current_service, current_staff, require_key

from .. import operations, queries, schemas
from ..domain import codes, errors, search
from ..domain.handoff import Asker, Handoff
from ..domain.time import read_instant
from .blueprint import FOR_STAFF, KEY, blueprint, handoff_of, linked, looked, page, tagged, today

SAME = ("patient", "contact", "booker", "guardian", "support", "consents")
DESK = ("overbook_reason", "override")


@blueprint.route("/appointments", methods=["POST"])
@blueprint.arguments(schemas.BookAppointmentSchema)
@blueprint.response(201, schemas.BookedSchema)
@blueprint.doc(parameters=[KEY])
def create_appointment(body: dict[str, Any]) -> Response:
    """Book a visit. The same key and body answer the same again; nothing is booked twice."""
    service = current_service()
    key, sent, now = require_key(request.headers), request.get_json(), service.clock.now()
    member = current_staff()
    scope = f"appointments/{member.id if member else 'anonymous'}"
    with service.database.write() as session:

        def work() -> dict[str, Any]:
            return _booked(session, body, now)

        answer = once(session, scope=scope, key=key, body=sent, now=now, work=work)
    return make_response(jsonify(answer), 201)


def _booked(session: Session, body: dict[str, Any], now: datetime) -> dict[str, Any]:
    service = current_service()
    handoff = handoff_of(body["handoff"])
    booking = operations.Booking(
        slot=_slot(session, body, handoff, now),
        hold=body.get("hold"),
        handoff=handoff,
        language=body.get("language") or (handoff.language if handoff else "en"),
        staff=current_staff(),
        **{name: body[name] for name in (*SAME, *DESK)},
    )
    row = operations.book_appointment(session, service, booking, now=now)
    if booking.staff is None:
        operations.count_request(session, service, "bookings", request.remote_addr, now=now)
    found = queries.appointment(session, service, row.id)
    answer: dict[str, Any] = schemas.BookedSchema().dump(found)
    return answer


def _slot(
    session: Session, body: dict[str, Any], handoff: Handoff | None, now: datetime
) -> codes.SlotName | None:
    """The slot of a token, or the one that staff put together; None when a hold names it."""
    if "slot" in body:
        return codes.SlotName.read(body["slot"])
    if "hold" in body:
        return None
    if current_staff() is None:
        raise Problem(401, "sign_in_required", "Only staff may choose a time freely.")
    clinic = current_service().clinic
    start = read_instant(body["start"], clinic.time_zone)
    if start.instant is None:
        raise errors.NotBookable(start.faults)
    slot = codes.SlotName(body["visit_type"], body["practitioner"], start.instant)
    if slot.practitioner != "any":
        return slot
    specialty = handoff.specialty if handoff else None
    chosen = queries.choose_practitioner(
        session, clinic, slot, asker=Asker("staff", handoff), specialty=specialty, now=now
    )
    return replace(slot, practitioner=chosen.id)


@blueprint.route("/appointments")
@blueprint.arguments(schemas.AppointmentsQuerySchema, location="query")
@blueprint.response(200, schemas.AppointmentsSchema)
@blueprint.doc(**FOR_STAFF)
def list_appointments(query: dict[str, Any]) -> tuple[Any, int, dict[str, str]]:
    """Visits by start: the coming month, or all that `q` finds, unless days are given."""
    service = current_service()
    if "q" not in query:
        query.setdefault("first", min(today(), query.get("last", date.max)))
        query.setdefault("last", query["first"] + timedelta(days=30))
    wanted = query | {"limit": query["limit"] + 1}
    if "q" in query:
        wanted["q"] = search.read(query["q"], today=today())
    with service.database.read() as session:
        answer = page(queries.appointments(session, service, **wanted), query)
    looked("appointments", count=len(answer["items"]))
    return linked(answer)


@blueprint.route("/appointments/<appointment_id>")
@blueprint.response(200, schemas.AppointmentSchema)
@blueprint.doc(**FOR_STAFF)
def get_appointment(appointment_id: str) -> tuple[Any, int, dict[str, str]]:
    service = current_service()
    with service.database.read() as session:
        found = queries.appointment(session, service, appointment_id)
    looked(appointment_id)
    return tagged(found)
