"""Keeping a time for a visitor while they fill in their details."""

from typing import Any

from flask import request

from shared.web import current_service

from .. import operations, schemas
from ..domain import codes, errors
from ..models import Hold
from .blueprint import blueprint, handoff_of


@blueprint.route("/holds", methods=["POST"])
@blueprint.arguments(schemas.HoldInputSchema)
@blueprint.response(201, schemas.HoldSchema)
def create_hold(body: dict[str, Any]) -> dict[str, Any]:
    """Keep a slot for ten minutes; an older hold of the same visitor is released."""
    service = current_service()
    now, handoff = service.clock.now(), handoff_of(body["handoff"])
    if handoff is None:
        raise errors.HandoffRequired
    slot = codes.SlotName.read(body["slot"])
    with service.database.write() as session:
        hold = operations.create_hold(session, service.clinic, slot, handoff=handoff, now=now)
        operations.count_request(session, service, "holds", request.remote_addr, now=now)
    return _hold(hold)


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


def _hold(hold: Hold) -> dict[str, Any]:
    return {
        "hold": hold.id,
        "expires_at": hold.expires_at.astimezone(current_service().clinic.time_zone),
        "extensions_left": operations.EXTENSIONS - hold.extensions,
    }
