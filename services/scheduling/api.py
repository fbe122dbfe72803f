"""The JSON routes of scheduling. Refusals become problems here, each with its status."""

from datetime import date, datetime, timedelta
from itertools import islice
from typing import Any

from flask import Response, current_app, jsonify, make_response, request
from sqlalchemy.orm import Session

from shared.idempotency import once
from shared.web import Problem, current_service, current_staff, require_key
from shared.web.api import API, Blueprint

from . import operations, queries, schemas
from .domain import codes, errors
from .domain.availability import Wish
from .domain.handoff import Asker, Handoff
from .domain.time import read_either, read_instant
from .models import Hold

blueprint = Blueprint("api", __name__, url_prefix=API, description="Times, holds, appointments")

CONFLICTS = ("slot_taken", "booking_stopped", "handoff_used", "hold_not_extendable")
STATUS = {
    **dict.fromkeys(CONFLICTS, 409),
    **dict.fromkeys(("hold_expired", "handoff_expired"), 410),
    **dict.fromkeys(("unknown_practitioner", "no_such_appointment"), 404),
}  # every other refusal: 422
KEY_FORM = {"type": "string", "pattern": "^[A-Za-z0-9_-]{22,64}$"}
KEY = {"in": "header", "name": "Idempotency-Key", "required": True, "schema": KEY_FORM}
HANDOFF = {"in": "header", "name": "Clinic-Handoff", "schema": {"type": "string"}}
FOR_STAFF: dict[str, Any] = {"security": [{"staff": []}]}
SAME = ("patient", "contact", "booker", "support", "consents", "overbook_reason")


@blueprint.errorhandler(errors.SchedulingError)
def _refused(error: errors.SchedulingError) -> Any:
    """The lost transaction is over by now: nobody waits while others are looked for."""
    service = current_service()
    extra: dict[str, Any] = {}
    if isinstance(error, errors.NotBookable):
        extra["reasons"] = error.reasons
    if isinstance(error, errors.SlotTaken):
        with service.database.read() as session:
            now = service.clock.now()
            found = queries.alternatives(session, service.clinic, error, now=now)
        extra["alternatives"] = schemas.SlotSchema(many=True).dump(found)
    problem = Problem(STATUS.get(error.code, 422), error.code, error.sentence, **extra)
    return current_app.handle_user_exception(problem)


@blueprint.route("/visit-types")
@blueprint.response(200, schemas.VisitTypesSchema)
def list_visit_types() -> dict[str, Any]:
    return {"items": list(queries.catalog_of(current_service().clinic).visit_types.values())}


@blueprint.route("/practitioners")
@blueprint.response(200, schemas.PractitionersSchema)
def list_practitioners() -> dict[str, Any]:
    with current_service().database.read() as session:
        return {"items": queries.practitioners(session)}


@blueprint.route("/slots")
@blueprint.arguments(schemas.SlotsQuerySchema, location="query")
@blueprint.response(200, schemas.SlotsSchema)
@blueprint.doc(parameters=[HANDOFF])
def list_slots(query: dict[str, Any]) -> dict[str, Any]:
    """Free times, earliest first; `first_available` may lie after the asked days."""
    service = current_service()
    now = service.clock.now()
    first, cursor = query.get("first", _today()), query.get("cursor")
    with service.database.read() as session:
        search = queries.Search(
            visit_type=query["visit_type"],
            first=first,
            last=query.get("last", first + timedelta(days=13)),
            practitioner=query.get("practitioner"),
            asker=Asker(handoff=_handoff(request.headers.get("Clinic-Handoff"))),
            after=cursor,
        )
        found = queries.open_slots(session, service.clinic, search, now=now)
        slots = list(islice(found, query["limit"] + 1))
        earliest = slots[0] if slots and not cursor else None
        if earliest is None:
            earliest = queries.first_available(session, service.clinic, search, now=now)
    return _page(slots, query) | {"first_available": earliest.start if earliest else None}


@blueprint.route("/explain")
@blueprint.arguments(schemas.ExplainQuerySchema, location="query")
@blueprint.response(200, schemas.ExplanationSchema)
def explain(query: dict[str, Any]) -> dict[str, Any]:
    """Why a time is not offered. `start`: an instant, or wall time at the clinic."""
    service = current_service()
    clinic, channel, now = service.clinic, query["channel"], service.clock.now()
    if channel == "staff" and current_staff() is None:
        ask = {"WWW-Authenticate": "Bearer"}
        raise Problem(401, "sign_in_required", "Sign in, or send a staff token.", headers=ask)
    start, person = read_either(query["start"], clinic.time_zone), query.get("practitioner")
    if "visit_type" in query:
        wish = Asker(channel).wish(queries.visit_type(clinic, query["visit_type"]), now)
    else:
        wish = Wish(query["minutes"], channel, now)
    with service.database.read() as session:
        reasons = queries.explain(session, clinic, start, wish=wish, practitioner_id=person)
    local = start.local
    exact = "seconds" if local and local.second else "minutes"
    return {
        "bookable": not reasons,
        "reasons": reasons,
        "local_start": local.isoformat(timespec=exact) if local else None,
    }


@blueprint.route("/holds", methods=["POST"])
@blueprint.arguments(schemas.HoldInputSchema)
@blueprint.response(201, schemas.HoldSchema)
def create_hold(body: dict[str, Any]) -> dict[str, Any]:
    """Keep a slot for ten minutes; an older hold of the same visitor is released."""
    service = current_service()
    now, handoff = service.clock.now(), _handoff(body["handoff"])
    if handoff is None:
        raise errors.HandoffRequired
    slot = codes.SlotName.read(body["slot"])
    with service.database.write() as session:
        return _hold(
            operations.create_hold(session, service.clinic, slot, handoff=handoff, now=now)
        )


@blueprint.route("/holds/<hold_id>/extend", methods=["POST"])
@blueprint.response(200, schemas.HoldSchema)
def extend_hold(hold_id: str) -> dict[str, Any]:
    service = current_service()
    now = service.clock.now()
    with service.database.write() as session:
        return _hold(operations.extend_hold(session, service.clinic, hold_id, now=now))


@blueprint.route("/holds/<hold_id>", methods=["DELETE"])
@blueprint.response(204)
def delete_hold(hold_id: str) -> None:
    service = current_service()
    with service.database.write() as session:
        operations.release_hold(session, service.clinic, hold_id)


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
    handoff = _handoff(body["handoff"])
    booking = operations.Booking(
        slot=_slot(body),
        hold=body.get("hold"),
        handoff=handoff,
        language=body.get("language") or (handoff.language if handoff else "en"),
        staff=current_staff(),
        **{name: body[name] for name in SAME},
    )
    row = operations.book_appointment(session, service, booking, now=now)
    found = queries.appointment(session, service, row.id)
    answer: dict[str, Any] = schemas.BookedSchema().dump(found)
    return answer


def _slot(body: dict[str, Any]) -> codes.SlotName | None:
    """The slot of a token, or the one that staff put together; None when a hold names it."""
    if "slot" in body:
        return codes.SlotName.read(body["slot"])
    if "hold" in body:
        return None
    if current_staff() is None:
        raise Problem(401, "sign_in_required", "Only staff may choose a time freely.")
    start = read_instant(body["start"], current_service().clinic.time_zone)
    if start.instant is None:
        raise errors.NotBookable(start.faults)
    return codes.SlotName(body["visit_type"], body["practitioner"], start.instant)


@blueprint.route("/appointments")
@blueprint.arguments(schemas.AppointmentsQuerySchema, location="query")
@blueprint.response(200, schemas.AppointmentsSchema)
@blueprint.doc(**FOR_STAFF)
def list_appointments(query: dict[str, Any]) -> dict[str, Any]:
    """Visits by start: the coming month, or all that `q` finds, unless days are given."""
    service = current_service()
    if "q" not in query:
        query.setdefault("first", min(_today(), query.get("last", date.max)))
        query.setdefault("last", query["first"] + timedelta(days=30))
    wanted = query | {"limit": query["limit"] + 1}
    with service.database.read() as session:
        return _page(queries.appointments(session, service, **wanted), query)


@blueprint.route("/appointments/<appointment_id>")
@blueprint.response(200, schemas.AppointmentSchema)
@blueprint.doc(**FOR_STAFF)
def get_appointment(appointment_id: str) -> tuple[Any, int, dict[str, str]]:
    service = current_service()
    with service.database.read() as session:
        found = queries.appointment(session, service, appointment_id)
    return found, 200, {"ETag": f'"{found.version}"'}


def _page(found: list[Any], query: dict[str, Any]) -> dict[str, Any]:
    """As many as were asked for; one more was looked for, to know whether the list goes on."""
    items = found[: query["limit"]]
    return {"items": items, "next": codes.pack([*items[-1].order]) if found != items else None}


def _handoff(token: str | None) -> Handoff | None:
    service = current_service()
    return queries.read_handoff(service.statements, token, now=service.clock.now())


def _hold(hold: Hold) -> dict[str, Any]:
    return {
        "hold": hold.id,
        "expires_at": hold.expires_at.astimezone(current_service().clinic.time_zone),
        "extensions_left": operations.EXTENSIONS - hold.extensions,
    }


def _today() -> date:
    service = current_service()
    return service.clock.now().astimezone(service.clinic.time_zone).date()
