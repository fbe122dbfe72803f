"""The list for staff and the API, page by page, and one message with its past."""

import base64
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

from shared.sealing import reveal_row

from ..domain.content import Content, Letter
from ..domain.errors import CursorInvalid, MessageNotFound
from ..domain.states import State
from ..domain.wording import text_language
from ..models import Attempt, Message


@dataclass(frozen=True, slots=True)
class MessageFilter:
    """None means all."""

    appointment: str | None = None
    states: frozenset[State] | None = None
    kind: str | None = None


def message_page(
    session: Session, wanted: MessageFilter, *, cursor: str | None, limit: int
) -> tuple[list[Message], str | None]:
    """The newest messages first, and the cursor of the next page if there is one."""
    found = select(Message).order_by(Message.created_at.desc(), Message.id.desc())
    if wanted.appointment:
        found = found.where(Message.appointment == wanted.appointment)
    if wanted.states is not None:
        found = found.where(Message.state.in_(wanted.states))
    if wanted.kind:
        found = found.where(Message.kind == wanted.kind)
    if cursor:
        found = found.where(tuple_(Message.created_at, Message.id) < _read_cursor(cursor))
    rows = list(session.scalars(found.limit(limit + 1)))
    more = len(rows) > limit
    return rows[:limit], _cursor(rows[limit - 1]) if more else None


def message(session: Session, message_id: str) -> Message:
    found = session.get(Message, message_id)
    if found is None:
        raise MessageNotFound
    return found


def content_of(session: Session, row: Message) -> Content:
    return Content.from_document(reveal_row(session, row))


def letter_of(row: Message, content: Content) -> Letter:
    """Before the first attempt the Message-ID and the date are only stand-ins, for a preview."""
    return Letter(
        id=row.id,
        subject=row.subject,
        appointment=row.appointment,
        version=row.version,
        kind=row.kind,
        language=text_language(row.language),
        message_id=row.message_id or f"<{row.id}@localhost>",
        dated_at=row.dated_at or row.due_at,
        content=content,
    )


def copies(session: Session, row: Message) -> list[Message]:
    """All that were ever made of this message, itself among them."""
    same = select(Message).where(
        Message.subject == row.subject,
        Message.version == row.version,
        Message.kind == row.kind,
    )
    return list(session.scalars(same.order_by(Message.copy)))


def attempts_of(session: Session, row: Message) -> list[Attempt]:
    """Its past, line by line."""
    past = select(Attempt).where(Attempt.message == row.id)
    return list(session.scalars(past.order_by(Attempt.id)))


def _cursor(row: Message) -> str:
    text = f"{row.created_at.isoformat()} {row.id}"
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


def _read_cursor(cursor: str) -> tuple[datetime, str]:
    try:
        text = base64.b64decode(cursor + "=" * (-len(cursor) % 4), b"-_", validate=True).decode()
        instant, _, message_id = text.partition(" ")
        created_at = datetime.fromisoformat(instant)
    except ValueError as error:
        raise CursorInvalid from error
    if created_at.tzinfo is None or "\0" in message_id:
        raise CursorInvalid
    return created_at, message_id
