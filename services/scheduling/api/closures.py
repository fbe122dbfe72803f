"""Closures: whom one would hit, closing, how far everybody has been helped, reopening."""

from typing import Any

from shared.service import Service
from shared.web import current_service

from .. import operations, queries, schemas
from ..operations import Actor, Closing
from .blueprint import FOR_STAFF, blueprint, instant_of, looked, member, tagged
from .changes import Answer


@blueprint.route("/closures/preview", methods=["POST"])
@blueprint.arguments(schemas.ClosureInputSchema)
@blueprint.response(200, schemas.ClosurePreviewSchema)
@blueprint.doc(**FOR_STAFF)
def preview_closure(body: dict[str, Any]) -> dict[str, Any]:
    """Nothing is closed yet."""
    service, now, closing = current_service(), current_service().clock.now(), _closing(body)
    with service.database.read() as session:
        operations.check_closing(session, closing, now=now)
        hit = queries.visits_hit(session, closing.practitioner, closing.span)
        items = queries.hit_details(session, service, hit, now=now)
    looked("closure", count=len(items))
    return _counted(items)


@blueprint.route("/closures", methods=["POST"])
@blueprint.arguments(schemas.ClosureInputSchema)
@blueprint.response(201, schemas.ClosureSchema)
@blueprint.doc(**FOR_STAFF)
def close_time(body: dict[str, Any]) -> dict[str, Any]:
    """Closed from this second on. Every booked visit in it is cancelled by the clinic; within
    seconds up to three other times are kept for each patient, for a day."""
    service, now, closing = current_service(), current_service().clock.now(), _closing(body)
    with service.database.write() as session:
        row = operations.close_time(session, service, closing, member=member(), now=now)
    return _tracked(service, row.id)


@blueprint.route("/closures/<closure_id>")
@blueprint.response(200, schemas.ClosureSchema)
@blueprint.doc(**FOR_STAFF)
def get_closure(closure_id: str) -> dict[str, Any]:
    return _tracked(current_service(), closure_id)


@blueprint.route("/closures/<closure_id>", methods=["DELETE"])
@blueprint.response(204)
@blueprint.doc(**FOR_STAFF)
def reopen_time(closure_id: str) -> None:
    """Who has another time keeps it; what nobody chose is free again."""
    service = current_service()
    with service.database.write() as session:
        now = service.clock.now()
        operations.reopen_time(session, closure_id, member=member(), now=now)


@blueprint.route("/closures/visits/<appointment_id>/choose", methods=["POST"])
@blueprint.arguments(schemas.ChooseAlternativeSchema)
@blueprint.response(200, schemas.AppointmentSchema)
@blueprint.doc(**FOR_STAFF)
def choose_alternative(body: dict[str, Any], appointment_id: str) -> Answer:
    """The patient chose one of the times on the phone."""
    service, now = current_service(), current_service().clock.now()
    with service.database.write() as session:
        actor = Actor.of(member())
        operations.choose_alternative(
            session, service, appointment_id, body["hold"], actor=actor, now=now
        )
        return tagged(queries.appointment(session, service, appointment_id))


def _closing(body: dict[str, Any]) -> Closing:
    return Closing(
        practitioner=body["practitioner"],
        start=instant_of(body["starts"]),
        end=instant_of(body["ends"]),
        reason=body["reason"],
    )


def _tracked(service: Service, closure_id: str) -> dict[str, Any]:
    zone, now = service.clinic.time_zone, service.clock.now()
    with service.database.read() as session:
        row = queries.closure(session, closure_id)
        items = queries.cases(session, service, closure_id, now=now)
    looked(closure_id)
    done = sum(one.state in queries.DONE for one in items)
    return _counted(items) | {
        "id": row.id,
        "practitioner": row.practitioner_id,
        "starts": row.start.astimezone(zone),
        "ends": row.end.astimezone(zone),
        "reason": row.reason,
        "done": done,
    }


def _counted(items: list[queries.CaseDetails]) -> dict[str, Any]:
    with_email = sum(bool(one.contact["email"]) for one in items)
    to_phone = len(items) - with_email
    return {"affected": len(items), "with_email": with_email, "to_phone": to_phone, "items": items}
