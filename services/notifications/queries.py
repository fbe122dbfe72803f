"""Reads: the list for staff and the API, one message, what is due, and what is wrong."""

import base64
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select, and_, func, or_, select, tuple_
from sqlalchemy.orm import Session

from shared.sealing import reveal_row

from .domain.content import Content, Letter
from .domain.errors import CursorInvalid, MessageNotFound
from .domain.states import FINAL, IN_HAND, WAITING, State
from .domain.wording import text_language
from .models import Message

OVERDUE = timedelta(minutes=10)
# A mail server may think for ten minutes about the final dot; this is long after that.
STUCK = timedelta(minutes=30)


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
        found = found.where(Message.subject == wanted.appointment)
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
        appointment=row.subject,
        version=row.version,
        kind=row.kind,
        language=text_language(row.language),
        message_id=row.message_id or f"<{row.id}@localhost>",
        dated_at=row.dated_at or row.due_at,
        content=content,
    )


def due(now: datetime) -> Select[Message]:
    """What waits and may be tried. A row that was tried before stands behind the others, so that
    one mail on which the server stumbles never holds up the rest."""
    return (
        select(Message)
        .where(Message.state.in_(WAITING), Message.next_attempt_at <= now)
        .order_by(Message.lease_until.nulls_first(), Message.next_attempt_at, Message.id)
        .limit(1)
    )


def has_due(session: Session, now: datetime) -> bool:
    return session.scalars(due(now)).first() is not None


def abandoned(real_now: datetime) -> Select[Message]:
    """Messages whose worker has gone: it would have renewed the lease."""
    return select(Message).where(Message.state.in_(IN_HAND), Message.lease_until < real_now)


def has_abandoned(session: Session, real_now: datetime) -> bool:
    return session.scalars(abandoned(real_now).limit(1)).first() is not None


def is_superseded(session: Session, row: Message) -> bool:
    """True when this person was, or is about to be, told something newer about this visit."""
    newer = select(Message.id).where(
        Message.subject == row.subject,
        Message.recipient == row.recipient,
        Message.version > row.version,
    )
    return session.scalars(newer.limit(1)).first() is not None


def counts_by_state(session: Session) -> dict[str, int]:
    counted = select(Message.state, func.count().label("number")).group_by(Message.state)
    return {row.state: row.number for row in session.execute(counted)}


def message_faults(session: Session, now: datetime) -> list[str]:
    """What must never be: a sentence for each message that nobody is working on."""
    known = WAITING | IN_HAND | FINAL
    wrong = select(Message).where(
        or_(
            and_(Message.state.in_(WAITING), Message.next_attempt_at < now - OVERDUE),
            and_(Message.state.in_(IN_HAND), Message.next_attempt_at < now - STUCK),
            and_(Message.state == State.SENT, Message.sent_at.is_(None)),
            Message.state.not_in(known),
        )
    )
    return [_fault(row) for row in session.scalars(wrong.order_by(Message.created_at))]


def message_notes(session: Session) -> list[str]:
    """Undelivered messages. They are no fault of the books: the staff page shows them, and a
    person has to phone."""
    lost = Message.state.in_({State.FAILED, State.EXPIRED, State.UNKNOWN})
    rows = session.scalars(select(Message).where(lost).order_by(Message.created_at))
    return [f"{_name(row)} was not delivered ({row.state}, {row.outcome or '-'})." for row in rows]


def _fault(row: Message) -> str:
    if row.state == State.SENT:
        return f"{_name(row)} is called sent without a time."
    if row.state not in list(State):
        return f"{_name(row)} is in the unknown state {row.state!r}."
    since = row.next_attempt_at.isoformat(timespec="minutes")
    return f"{_name(row)} is {row.state} and has been overdue since {since}."


def _name(row: Message) -> str:
    return f"Message {row.id} ({row.kind}, appointment {row.subject})"


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
