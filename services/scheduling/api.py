"""The JSON routes of scheduling. Refusals become problems here, each with its status."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from typing import Any

from flask import Response, jsonify, make_response, request
from sqlalchemy.orm import Session

from shared.idempotency import once
from shared.web import Problem, current_service, current_staff, require_key
from shared.web.api import API, Blueprint

from . import operations, queries, schemas
from .domain.availability import Wish
from .domain.codes import SlotName, pack
from .domain.errors import HandoffRequired, NotBookable, SchedulingError, SlotTaken
from .domain.handoff import Asker, Handoff
from .domain.links import Links
from .domain.start import read_either, read_instant
from .models import Hold
from .operations import Booking, PatientName
from .queries import AppointmentDetails, AppointmentFilter, Search

blueprint = Blueprint("api", __name__, url_prefix=API, description="Times, holds, appointments")

STATUS = {
    "slot_taken": 409,
    "booking_stopped": 409,
    "handoff_used": 409,
    "hold_not_extendable": 409,
    "hold_expired": 410,
    "handoff_expired": 410,
    "unknown_practitioner": 404,
    "no_such_appointment": 404,
}  # every other refusal: 422
KEY = {
    "in": "header",
    "name": "Idempotency-Key",
    "required": True,
    "schema": {"type": "string", "pattern": "^[A-Za-z0-9_-]{22,64}$"},
}
HANDOFF = {"in": "header", "name": "Clinic-Handoff", "schema": {"type": "string"}}
FOR_STAFF: dict[str, Any] = {"security": [{"staff": []}]}
ANYBODY = "any"


@blueprint.route("/visit-types")
@blueprint.response(200, schemas.VisitTypesSchema)
def list_visit_types() -> dict[str, Any]:
    return {"items": list(queries.catalog_of(current_service().clinic).visit_types.values())}


@blueprint.route("/practitioners")
@blueprint.response(200, schemas.PractitionersSchema)
def list_practitioners() -> dict[str, Any]:
    with _reading() as session:
        offered = queries.offered_types(session)
        people = queries.practitioners(session)
    same = ("id", "name", "specialty")
    items = [{name: getattr(one, name) for name in same} for one in people]
    return {"items": [one | {"visit_types": sorted(offered.get(one["id"], ()))} for one in items]}


@blueprint.route("/slots")
@blueprint.arguments(schemas.SlotsQuerySchema, location="query")
@blueprint.response(200, schemas.SlotsSchema)
@blueprint.doc(parameters=[HANDOFF])
def list_slots(query: dict[str, Any]) -> dict[str, Any]:
    """Free times, earliest first; `first_available` may lie after the asked days."""
    service = current_service()
    now = service.clock.now()
    first = query.get("first") or _today(now)
    with _reading() as session:
        search = Search(
            visit_type=query["visit_type"],
            first=first,
            last=query.get("last") or first + timedelta(days=13),
            practitioner=_somebody(query),
            asker=Asker("patient", _handoff(request.headers.get("Clinic-Handoff"))),
            after=query.get("cursor"),
        )
        found = queries.open_slots(session, service.clinic, search, now=now)
        slots = list(islice(found, query["limit"] + 1))
        earliest = slots[0] if slots and search.after is None else None
        if earliest is None:
            earliest = queries.first_available(session, service.clinic, search, now=now)
    items = slots[: query["limit"]]
    return {
        "items": items,
        "next": pack([*items[-1].order]) if len(slots) > len(items) else None,
        "first_available": earliest.start if earliest else None,
    }


@blueprint.route("/explain")
@blueprint.arguments(schemas.ExplainQuerySchema, location="query")
@blueprint.response(200, schemas.ExplanationSchema)
def explain(query: dict[str, Any]) -> dict[str, Any]:
    """Why a time is not offered. `start`: an instant, or wall time at the clinic."""
    service = current_service()
    if query["channel"] == "staff" and current_staff() is None:
        raise Problem(401, "sign_in_required", "Sign in, or send a staff token.")
    start = read_either(query["start"], service.clinic.time_zone)
    with _reading() as session:
        wish = Wish(
            minutes=query.get("minutes", 0), channel=query["channel"], now=service.clock.now()
        )
        if "visit_type" in query:
            kind = queries.visit_type(service.clinic, query["visit_type"])
            wish = replace(wish, minutes=kind.minutes, visit_type=kind.id)
        reasons = queries.explain(
            session, service.clinic, start, wish=wish, practitioner_id=_somebody(query)
        )
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
    now = service.clock.now()
    with _writing() as session:
        handoff = _handoff(body["handoff"])
        if handoff is None:
            raise HandoffRequired
        slot = SlotName.read(body["slot"])
        hold = operations.create_hold(session, service.clinic, slot, handoff=handoff, now=now)
        return _hold(hold)


@blueprint.route("/holds/<hold_id>/extend", methods=["POST"])
@blueprint.response(200, schemas.HoldSchema)
def extend_hold(hold_id: str) -> dict[str, Any]:
    service = current_service()
    now = service.clock.now()
    with _writing() as session:
        return _hold(operations.extend_hold(session, service.clinic, hold_id, now=now))


@blueprint.route("/holds/<hold_id>", methods=["DELETE"])
@blueprint.response(204)
def delete_hold(hold_id: str) -> None:
    with _writing() as session:
        operations.release_hold(session, current_service().clinic, hold_id)


@blueprint.route("/appointments", methods=["POST"])
@blueprint.arguments(schemas.BookAppointmentSchema)
@blueprint.response(201, schemas.BookedSchema)
@blueprint.doc(parameters=[KEY])
def create_appointment(body: dict[str, Any]) -> Response:
    """Book a visit. The same key and body answer the same again; nothing is booked twice."""
    service = current_service()
    key = require_key(request.headers)
    now = service.clock.now()
    member = current_staff()
    scope = f"appointments/{member.id if member else 'anonymous'}"
    with _writing() as session:

        def work() -> dict[str, Any]:
            booking = _booking(body)
            booked = operations.book_appointment(
                session, service.clinic, booking, links=_links(), now=now
            )
            found = queries.appointment(session, service.clinic, booked.id, links=_links())
            answer: dict[str, Any] = schemas.BookedSchema().dump(found)
            return answer

        sent = request.get_json()
        answer = once(session, scope=scope, key=key, body=sent, now=now, work=work)
    return make_response(jsonify(answer), 201)


@blueprint.route("/appointments")
@blueprint.arguments(schemas.AppointmentsQuerySchema, location="query")
@blueprint.response(200, schemas.AppointmentsSchema)
@blueprint.doc(**FOR_STAFF)
def list_appointments(query: dict[str, Any]) -> dict[str, Any]:
    """Visits by start: the coming month, or all that `q` finds, unless days are given."""
    service = current_service()
    first, last = query.get("first"), query.get("last")
    if "q" not in query:
        first = first or min(_today(service.clock.now()), last or date.max)
        last = last or first + timedelta(days=30)
    after = query.get("cursor")
    wanted = AppointmentFilter(
        first=first,
        last=last,
        practitioner=_somebody(query),
        status=query.get("status"),
        text=query.get("q"),
        after=(datetime.fromtimestamp(after[0], UTC), after[1]) if after else None,
    )
    limit = query["limit"]
    with _reading() as session:
        found = queries.appointments(
            session, service.clinic, wanted, links=_links(), limit=limit + 1
        )
    items = found[:limit]
    is_more = len(found) > limit
    following = pack([int(items[-1].start.timestamp()), items[-1].id]) if is_more else None
    return {"items": items, "next": following}


@blueprint.route("/appointments/<appointment_id>")
@blueprint.response(200, schemas.AppointmentSchema)
@blueprint.doc(**FOR_STAFF)
def get_appointment(appointment_id: str) -> tuple[AppointmentDetails, int, dict[str, str]]:
    clinic = current_service().clinic
    with _reading() as session:
        found = queries.appointment(session, clinic, appointment_id, links=_links())
    return found, 200, {"ETag": f'"{found.version}"'}


@contextmanager
def _reading() -> Iterator[Session]:
    with _refusals(), current_service().database.read() as session:
        yield session


@contextmanager
def _writing() -> Iterator[Session]:
    with _refusals(), current_service().database.write() as session:
        yield session


@contextmanager
def _refusals() -> Iterator[None]:
    try:
        yield
    except SchedulingError as error:
        extra: dict[str, Any] = {}
        if isinstance(error, NotBookable):
            extra["reasons"] = error.reasons
        if isinstance(error, SlotTaken):
            extra["alternatives"] = _alternatives(error)
        status = STATUS.get(error.code, 422)
        raise Problem(status, error.code, error.sentence, **extra) from None


def _alternatives(lost: SlotTaken) -> Any:
    """Looked for after the lost transaction is over, so that nobody waits for it."""
    service = current_service()
    with service.database.read() as session:
        found = queries.alternatives(session, service.clinic, lost, now=service.clock.now())
        return schemas.SlotSchema(many=True).dump(found)


def _booking(body: dict[str, Any]) -> Booking:
    handoff = _handoff(body["handoff"])
    patient = body["patient"]
    kept = ("contact", "booker", "support", "consents", "overbook_reason")
    return Booking(
        slot=_slot(body),
        hold=body.get("hold"),
        handoff=handoff,
        name=PatientName(given=patient["given_name"], family=patient["family_name"]),
        date_of_birth=patient["date_of_birth"],
        language=body.get("language") or (handoff.language if handoff else "en"),
        staff=current_staff(),
        **{name: body[name] for name in kept},
    )


def _slot(body: dict[str, Any]) -> SlotName | None:
    """The slot of a token, or the one that staff put together; None when a hold names it."""
    if "slot" in body:
        return SlotName.read(body["slot"])
    if "hold" in body:
        return None
    if current_staff() is None:
        raise Problem(401, "sign_in_required", "Only staff may choose a time freely.")
    start = read_instant(body["start"], current_service().clinic.time_zone)
    if start.instant is None:
        raise NotBookable(start.faults)
    return SlotName(body["visit_type"], body["practitioner"], start.instant)


def _handoff(token: str | None) -> Handoff | None:
    service = current_service()
    return queries.read_handoff(service.statements, token, now=service.clock.now())


def _hold(hold: Hold) -> dict[str, Any]:
    return {
        "hold": hold.id,
        "expires_at": hold.expires_at.astimezone(current_service().clinic.time_zone),
        "extensions_left": operations.EXTENSIONS - hold.extensions,
    }


def _links() -> Links:
    service = current_service()
    return Links(service.settings.public_url, service.secrets.link_key())


def _somebody(query: dict[str, Any]) -> str | None:
    """The practitioner asked for; None for anybody."""
    asked: str | None = query.get("practitioner")
    return None if asked == ANYBODY else asked


def _today(now: datetime) -> date:
    return now.astimezone(current_service().clinic.time_zone).date()
