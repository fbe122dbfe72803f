"""What may be sent now, in which order, and which messages have lost their worker."""

from datetime import datetime

from sqlalchemy import Select, exists, select
from sqlalchemy.orm import Session, aliased

from ..domain.kinds import FIRST_HELD, TURNS
from ..domain.states import IN_HAND, WAITING
from ..models import Hold, Message, Visit

OTHER = aliased(Message)


def turns(session: Session) -> list[int]:
    """Who may be served, in this order. What is timed stands still while it is held."""
    return [one for one in TURNS if one < 2 * FIRST_HELD] if holds(session) else TURNS


def holds(session: Session) -> list[Hold]:
    return list(session.scalars(select(Hold).where(Hold.released_at.is_(None))))


def due(turn: int, now: datetime) -> Select[Message]:
    """What waits and may be tried. A row that was tried before stands behind the others, so that
    one mail on which the server stumbles never holds up the rest; and while one message about a
    subject is in hand, the next one waits: they arrive in order."""
    in_hand = exists().where(
        OTHER.subject == Message.subject, OTHER.id != Message.id, OTHER.state.in_(IN_HAND)
    )
    found = (
        select(Message)
        .where(
            Message.state.in_(sorted(WAITING)),
            Message.turn == turn,
            Message.next_attempt_at <= now,
            ~in_hand,
        )
        .order_by(Message.lease_until, Message.next_attempt_at)
        .limit(1)
    )
    # Nobody ever leased these: the index then finds the due ones among the many of later days.
    return found if turn % 2 else found.where(Message.lease_until.is_(None))


def has_due(session: Session, now: datetime) -> bool:
    return any(session.scalars(due(turn, now)).first() for turn in turns(session))


def abandoned(real_now: datetime) -> Select[Message]:
    """Messages whose worker has gone: it would have renewed the lease."""
    return select(Message).where(Message.state.in_(IN_HAND), Message.lease_until < real_now)


def has_abandoned(session: Session, real_now: datetime) -> bool:
    return session.scalars(abandoned(real_now).limit(1)).first() is not None


def is_intake_open(session: Session, appointment: str) -> bool:
    done = session.scalar(select(Visit.is_intake_done).where(Visit.id == appointment))
    return done is False
