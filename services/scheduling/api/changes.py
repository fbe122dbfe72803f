"""Changing a visit: staff say which version they saw, and get the new one."""

from collections.abc import Callable
from typing import Any

from flask import request
from sqlalchemy.orm import Session

from shared.service import Service
from shared.web import Problem, current_service

from .. import operations, queries, schemas
from ..domain import errors
from ..domain.time import read_instant
from ..models import Appointment
from ..operations import Actor, Change
from .blueprint import FOR_STAFF, blueprint, member, tagged

Answer = tuple[Any, int, dict[str, str]]
Act = Callable[[Session, Service, Change], Appointment]
IF_MATCH = {
    "in": "header",
    "name": "If-Match",
    "required": True,
    "schema": {"type": "string"},
    "description": "The ETag of the visit as you saw it",
}
CHANGE: dict[str, Any] = {**FOR_STAFF, "parameters": [IF_MATCH]}
SEEN = "Send If-Match with the ETag of the visit as you saw it."


@blueprint.route("/appointments/<appointment_id>/move", methods=["POST"])
@blueprint.arguments(schemas.MoveSchema)
@blueprint.response(200, schemas.AppointmentSchema)
@blueprint.doc(**CHANGE)
def move_appointment(body: dict[str, Any], appointment_id: str) -> Answer:
    """Another time, practitioner or both; id, reference and links stay."""
    start = read_instant(body["start"], current_service().clinic.time_zone)
    if start.instant is None:
        raise errors.NotBookable(start.faults)
    target = operations.Target(
        start=start.instant,
        practitioner=body["practitioner"],
        overbook_reason=body["overbook_reason"],
        override=body["override"],
    )

    def act(session: Session, service: Service, change: Change) -> Appointment:
        return operations.move_appointment(session, service, change, target=target)

    return _changed(appointment_id, body, act)


@blueprint.route("/appointments/<appointment_id>/arrive", methods=["POST"])
@blueprint.arguments(schemas.StepSchema)
@blueprint.response(200, schemas.AppointmentSchema)
@blueprint.doc(**CHANGE)
def arrive(body: dict[str, Any], appointment_id: str) -> Answer:
    """The patient is here; on the day of the visit only."""
    return _stepped("arrive", appointment_id, body)


@blueprint.route("/appointments/<appointment_id>/room", methods=["POST"])
@blueprint.arguments(schemas.RoomSchema)
@blueprint.response(200, schemas.AppointmentSchema)
@blueprint.doc(**CHANGE)
def room(body: dict[str, Any], appointment_id: str) -> Answer:
    """The patient sits in a room, or in another one."""
    return _stepped("room", appointment_id, body, room=body["room"])


@blueprint.route("/appointments/<appointment_id>/complete", methods=["POST"])
@blueprint.arguments(schemas.StepSchema)
@blueprint.response(200, schemas.AppointmentSchema)
@blueprint.doc(**CHANGE)
def complete(body: dict[str, Any], appointment_id: str) -> Answer:
    """The visit took place."""
    return _stepped("complete", appointment_id, body)


@blueprint.route("/appointments/<appointment_id>/no-show", methods=["POST"])
@blueprint.arguments(schemas.StepSchema)
@blueprint.response(200, schemas.AppointmentSchema)
@blueprint.doc(**CHANGE)
def no_show(body: dict[str, Any], appointment_id: str) -> Answer:
    """The patient did not come; from 15 minutes after the start on."""
    return _stepped("no-show", appointment_id, body)


@blueprint.route("/appointments/<appointment_id>/enter-in-error", methods=["POST"])
@blueprint.arguments(schemas.ReasonSchema)
@blueprint.response(200, schemas.AppointmentSchema)
@blueprint.doc(**CHANGE)
def enter_in_error(body: dict[str, Any], appointment_id: str) -> Answer:
    """The visit should never have been there; on its day, or the day it was made."""
    return _stepped("enter-in-error", appointment_id, body)


@blueprint.route("/appointments/<appointment_id>/cancel", methods=["POST"])
@blueprint.arguments(schemas.CancelSchema)
@blueprint.response(200, schemas.AppointmentSchema)
@blueprint.doc(**CHANGE)
def cancel_appointment(body: dict[str, Any], appointment_id: str) -> Answer:
    """`by`: who wanted it. The time is kept for 90 seconds, so that an undo works."""

    def act(session: Session, service: Service, change: Change) -> Appointment:
        return operations.cancel_appointment(session, service, change, by=body["by"])

    return _changed(appointment_id, body, act)


@blueprint.route("/appointments/<appointment_id>/undo", methods=["POST"])
@blueprint.arguments(schemas.StepSchema)
@blueprint.response(200, schemas.AppointmentSchema)
@blueprint.doc(**CHANGE)
def undo_change(body: dict[str, Any], appointment_id: str) -> Answer:
    """Take the last change back: moves and cancellations for 90 seconds, marks all day."""
    return _changed(appointment_id, body, operations.undo_change)


@blueprint.route("/appointments/<appointment_id>/history")
@blueprint.response(200, schemas.HistorySchema)
@blueprint.doc(**FOR_STAFF)
def get_history(appointment_id: str) -> dict[str, Any]:
    """What was done to a visit, oldest first, and how it stood before."""
    service = current_service()
    with service.database.read() as session:
        return {"items": queries.history(session, service, appointment_id)}


def _stepped(
    step: str, appointment_id: str, body: dict[str, Any], *, room: str | None = None
) -> Answer:
    def act(session: Session, service: Service, change: Change) -> Appointment:
        return operations.take_step(session, service, change, step, room=room)

    return _changed(appointment_id, body, act)


def _changed(appointment_id: str, body: dict[str, Any], act: Act) -> Answer:
    service, change = current_service(), change_of(appointment_id, body)
    with service.database.write() as session:
        act(session, service, change)
        return tagged(queries.appointment(session, service, appointment_id))


def change_of(appointment_id: str, body: dict[str, Any]) -> Change:
    """What the request says about who changes what."""
    return Change(
        visit=appointment_id,
        actor=Actor.of(member()),
        now=current_service().clock.now(),
        versions=_versions_seen(),
        reason=body.get("reason"),
        notify=body["notify"],
    )


def _versions_seen() -> frozenset[int] | None:
    """What If-Match names; None for `*`, which is any version. An unknown tag matches nothing."""
    if not request.headers.get("If-Match", "").strip():
        raise Problem(428, "if_match_required", SEEN)
    if request.if_match.star_tag:
        return None
    tags = request.if_match.as_set()
    return frozenset(int(tag) for tag in tags if tag.isascii() and tag.isdigit() and len(tag) < 10)
