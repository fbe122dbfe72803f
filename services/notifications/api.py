"""JSON for staff programs: which messages were owed, and how far they came."""

from datetime import datetime
from typing import Any

from shared.web import Problem, current_service
from shared.web.api import API, Blueprint

from . import queries
from .domain.errors import CursorInvalid
from .domain.states import State
from .models import Message
from .queries import MessageFilter
from .schemas import MessagePageSchema, MessageQuerySchema

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


def _item(row: Message) -> dict[str, Any]:
    names = ("id", "version", "kind", "state", "attempts", "language")
    return {name: getattr(row, name) for name in names} | {
        "appointment": row.subject,
        "due_at": _local(row.due_at),
        "sent_at": _local(row.sent_at),
        "ambiguous_at": _local(row.ambiguous_at),
    }


def _local(instant: datetime | None) -> datetime | None:
    """Instants are given in clinic time, with their offset."""
    return instant and instant.astimezone(current_service().clinic.time_zone)
