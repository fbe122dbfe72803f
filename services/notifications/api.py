"""JSON for staff programs: which messages were owed, and how far they came."""

from datetime import datetime
from typing import Any

from shared.web import Problem, current_service
from shared.web.api import API, Blueprint

from . import operations, queries
from .domain.errors import CursorInvalid, NotificationError
from .domain.states import State
from .models import Message
from .queries import MessageFilter
from .schemas import MessagePageSchema, MessageQuerySchema, MessageSchema

STATUS = {"message_not_found": 404, "superseded": 409, "on_its_way": 409, "no_email": 409}

blueprint = Blueprint("api", __name__, url_prefix=API, description="Messages and their delivery")


@blueprint.route("/messages")
@blueprint.arguments(MessageQuerySchema, location="query")
@blueprint.response(200, MessagePageSchema)
@blueprint.alt_response(401, "UNAUTHORIZED")
@blueprint.alt_response(403, "FORBIDDEN")
@blueprint.doc(operationId="list_messages", security=[{"staff": []}])
def list_messages(query: dict[str, Any]) -> dict[str, Any]:
    """Messages, the newest first."""
    state = query.get("state")
    wanted = MessageFilter(
        appointment=query.get("appointment"),
        states=frozenset({State(state)}) if state else None,
        kind=query.get("kind"),
    )
    with current_service().database.read() as session:
        try:
            rows, following = queries.message_page(
                session, wanted, cursor=query.get("cursor"), limit=query["limit"]
            )
        except CursorInvalid as error:
            raise Problem(422, error.code, error.sentence) from error
    return {"items": [_item(row) for row in rows], "next": following}


@blueprint.route("/messages/<message_id>/resend", methods=["POST"])
@blueprint.response(201, MessageSchema)
@blueprint.alt_response(401, "UNAUTHORIZED")
@blueprint.alt_response(403, "FORBIDDEN")
@blueprint.alt_response(404, "NOT_FOUND")
@blueprint.alt_response(409, "CONFLICT")
@blueprint.doc(operationId="resend_message", security=[{"staff": []}])
def resend_message(message_id: str) -> dict[str, Any]:
    """Send it once more, as a message of its own; 409 when it is outdated or still on its way."""
    service = current_service()
    try:
        with service.database.write() as session:
            row = operations.resend(session, message_id, now=service.clock.now())
    except NotificationError as error:
        raise Problem(STATUS[error.code], error.code, error.sentence) from error
    return _item(row)


def _item(row: Message) -> dict[str, Any]:
    names = ("id", "appointment", "version", "kind", "state", "attempts", "language")
    return {name: getattr(row, name) for name in names} | {
        "due_at": _local(row.due_at),
        "sent_at": _local(row.sent_at),
        "ambiguous_at": _local(row.ambiguous_at),
    }


def _local(instant: datetime | None) -> datetime | None:
    """Instants are given in clinic time, with their offset."""
    return instant and instant.astimezone(current_service().clinic.time_zone)
