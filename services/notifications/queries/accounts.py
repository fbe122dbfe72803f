"""Whether the books agree: owed = sent + suppressed + failed and shown + waiting."""

from datetime import datetime, timedelta

from sqlalchemy import and_, exists, func, or_, select
from sqlalchemy.orm import Session

from ..domain.kinds import NEWS, RULES
from ..domain.states import FINAL, IN_HAND, UNDELIVERED, WAITING, State
from ..models import Debt, Message, Visit

OVERDUE = timedelta(minutes=10)
# A mail server may think for ten minutes about the final dot; this is long after that.
STUCK = timedelta(minutes=30)
SHOWN_WITHIN = 20  # faults of one kind that are written out
COURTESIES = sorted(kind for kind, rules in RULES.items() if rules.is_courtesy)


def counts_by_state(session: Session) -> dict[str, int]:
    counted = select(Message.state, func.count().label("number")).group_by(Message.state)
    return {row.state: row.number for row in session.execute(counted)}


def oldest_unsent(session: Session, now: datetime) -> float:
    """Seconds since the oldest message that could have been sent was due."""
    waiting = Message.state.in_(WAITING | IN_HAND), Message.next_attempt_at <= now
    oldest = session.scalar(select(func.min(Message.next_attempt_at)).where(*waiting))
    return (now - oldest).total_seconds() if oldest else 0.0


def message_faults(session: Session, now: datetime, *, is_held: bool = False) -> list[str]:
    """What must never be: a sentence for each message that nobody is working on. Held ones wait
    for a person and show that themselves."""
    late = and_(Message.state.in_(WAITING), Message.next_attempt_at < now - OVERDUE)
    if is_held:
        late = and_(late, Message.kind.in_([kind for kind in RULES if not RULES[kind].priority]))
    wrong = select(Message).where(
        or_(
            late,
            and_(Message.state.in_(IN_HAND), Message.next_attempt_at < now - STUCK),
            and_(Message.state == State.SENT, Message.sent_at.is_(None)),
            Message.state.not_in(WAITING | IN_HAND | FINAL),
        )
    )
    return [_fault(row) for row in session.scalars(wrong.order_by(Message.created_at))]


def conservation_faults(session: Session) -> list[str]:
    """The law itself. Each debt has a message or a person who phones; each message has a debt; of
    each that was not delivered the desk was told; and each visit that is to be told of has a
    debt."""
    return [*_unpaid(session), *_unowed(session), *_unshown(session), *_forgotten(session)]


def _unpaid(session: Session) -> list[str]:
    message = exists().where(
        Message.subject == Debt.subject,
        Message.version == Debt.version,
        Message.kind == Debt.kind,
    )
    lost = select(Debt).where(~message, Debt.reason.is_(None))
    return [
        f"A {row.kind} about {row.subject}, version {row.version}, is owed and there is none."
        for row in session.scalars(lost.limit(SHOWN_WITHIN))
    ]


def _unowed(session: Session) -> list[str]:
    debt = exists().where(
        Message.subject == Debt.subject,
        Message.version == Debt.version,
        Message.kind == Debt.kind,
    )
    stray = select(Message).where(~debt).limit(SHOWN_WITHIN)
    return [f"{_name(row)} was never owed." for row in session.scalars(stray)]


def _unshown(session: Session) -> list[str]:
    shown = exists().where(
        Message.subject == Debt.subject,
        Message.version == Debt.version,
        Message.kind == Debt.kind,
        Debt.reported_at.is_not(None),
    )
    courtesy = and_(Message.state == State.EXPIRED, Message.kind.in_(COURTESIES))
    silent = select(Message).where(Message.state.in_(UNDELIVERED), ~courtesy, ~shown)
    return [
        f"{_name(row)} was not delivered ({row.state}) and the desk was not told."
        for row in session.scalars(silent.limit(SHOWN_WITHIN))
    ]


def _forgotten(session: Session) -> list[str]:
    debt = exists().where(Debt.appointment == Visit.id, Debt.kind.in_(NEWS))
    forgotten = select(Visit).where(Visit.notify, Visit.status == "booked", ~debt)
    return [
        f"Nothing was ever owed about visit {row.id}, version {row.version}."
        for row in session.scalars(forgotten.limit(SHOWN_WITHIN))
    ]


def message_notes(session: Session) -> list[str]:
    """Undelivered messages. They are no fault of the books: the staff page shows them, and a
    person has to phone."""
    lost = Message.state.in_(UNDELIVERED)
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
    return f"Message {row.id} ({row.kind}, {row.subject})"
