"""Verbs: owe a message, take one to send, and record how that ended. They never commit.

Every record is fenced by the lease's token: a worker that was believed dead changes nothing,
except that it may still say "sent" of a message that is in doubt.
"""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from shared.events.scheduling import AppointmentBooked
from shared.sealing import seal_row

from . import queries
from .domain.content import Content, Letter
from .domain.errors import LeaseLost
from .domain.retries import AMBIGUITY_WAIT, due_at, next_attempt, overdue_state
from .domain.states import IN_HAND, Ending, State, check_transition
from .models import Message

LEASE = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Worker:
    """Who leases, and the right-hand side of every Message-ID it makes."""

    name: str
    mail_domain: str


@dataclass(frozen=True, slots=True)
class Lease:
    """A message in hand. `letter` is all that its mail is made of."""

    token: str
    letter: Letter


def owe_confirmation(session: Session, event: AppointmentBooked, *, now: datetime) -> None:
    """A second delivery of the same news finds the row of the first and adds nothing."""
    address = (event.email or "").strip()
    due = due_at(now, event.booked_by)
    row = Message(
        id=str(uuid.uuid4()),
        subject=event.appointment,
        version=event.version,
        kind="confirmation",
        recipient=session.info["keys"].index("recipient", address.lower()),
        copy=1,
        language=event.language,
        state=State.QUEUED,
        attempts=0,
        created_at=now,
        due_at=due,
        next_attempt_at=due,
    )
    if _is_owed(session, row):
        return
    content = Content(
        address=address,
        given_name=event.given_name,
        start=event.start,
        end=event.end,
        practitioner=event.practitioner,
        manage_url=event.manage_url,
        reference=event.reference,
    )
    seal_row(session, row, content.document())
    session.add(row)
    session.flush()


def _is_owed(session: Session, row: Message) -> bool:
    same = select(Message.id).where(
        *(
            getattr(Message, name) == getattr(row, name)
            for name in ("subject", "version", "kind", "recipient", "copy")
        )
    )
    return session.scalars(same).first() is not None


def lease_next(
    session: Session, worker: Worker, *, now: datetime, real_now: datetime
) -> Lease | None:
    """The next message to send, leased; outdated and overdue ones are settled on the way."""
    while True:
        free = queries.due(now).with_for_update(skip_locked=True)
        row = session.scalars(free).first()
        if row is None:
            return None
        if lease := _lease(session, row, worker, now=now, real_now=real_now):
            return lease


def _lease(
    session: Session, row: Message, worker: Worker, *, now: datetime, real_now: datetime
) -> Lease | None:
    content = queries.content_of(session, row)
    unsent = State.SUPPRESSED if queries.is_superseded(session, row) else None
    unsent = unsent or overdue_state(row.due_at, content.start, at=now)
    if unsent:
        _change(session, row, unsent)
        return None
    row.message_id = row.message_id or f"<{row.id}@{worker.mail_domain}>"
    row.dated_at = row.dated_at or now
    row.leased_by, row.lease_token = worker.name, str(uuid.uuid4())
    row.lease_until = real_now + LEASE
    _change(session, row, State.LEASED)
    return Lease(row.lease_token, queries.letter_of(row, content))


def renew_leases(session: Session, tokens: set[str], *, real_now: datetime) -> None:
    mine = Message.lease_token.in_(tokens), Message.state.in_(IN_HAND)
    session.execute(update(Message).where(*mine).values(lease_until=real_now + LEASE))


def start_data(session: Session, lease: Lease) -> None:
    """From here on a crash leaves the message in doubt."""
    _change(session, _held(session, lease), State.DATA_STARTED)


def record_ending(
    session: Session, lease: Lease, ending: Ending, *, reply: str, now: datetime, jitter: float
) -> None:
    """`reply` holds codes only; `jitter` is drawn by the caller, from -1 to 1. Where nobody was
    there to take it, the message stays due since when it was: so its delay is seen."""
    row = _held(session, lease)
    row.outcome = reply
    if ending is Ending.AMBIGUOUS:
        _doubt(session, row, now=now)
        return
    row.attempts += ending is not Ending.UNAVAILABLE
    match ending:
        case Ending.SENT:
            _change(session, row, State.SENT, sent_at=now)
        case Ending.REFUSED:
            _change(session, row, State.FAILED)
        case Ending.UNAVAILABLE:
            _change(session, row, State.RETRY, lease_token=None)
        case Ending.DEFERRED:
            later = next_attempt(row.attempts, now=now, jitter=jitter)
            state = overdue_state(row.due_at, lease.letter.content.start, at=later) or State.RETRY
            _change(session, row, state, next_attempt_at=later, lease_token=None)


def take_back_abandoned(
    session: Session, *, now: datetime, real_now: datetime, is_repeatable: bool
) -> list[str]:
    """Messages of dead workers, by id. Those without a byte of the body out are simply tried
    again, and so are all of them where sending twice has no effect; the others are in doubt."""
    rows = session.scalars(queries.abandoned(real_now).with_for_update(skip_locked=True)).all()
    for row in rows:
        if row.state == State.LEASED or is_repeatable:
            _change(session, row, State.RETRY, lease_token=None)
        else:
            row.outcome = "worker gone"
            _doubt(session, row, now=now)
    return [row.id for row in rows]


def _doubt(session: Session, row: Message, *, now: datetime) -> None:
    """One more copy ten minutes later, never a third. The token stays: should the worker turn out
    to live and know that the mail went out, the second copy is not needed."""
    if row.state == State.AMBIGUOUS:
        return
    state = State.FAILED if row.ambiguous_at else State.AMBIGUOUS
    row.attempts += 1
    row.ambiguous_at = row.ambiguous_at or now
    _change(session, row, state, next_attempt_at=now + AMBIGUITY_WAIT)


def _held(session: Session, lease: Lease) -> Message:
    row = session.get(Message, lease.letter.id, with_for_update=True)
    if row is None or row.lease_token != lease.token:
        raise LeaseLost
    return row


def _change(session: Session, row: Message, state: State, **values: Any) -> None:
    check_transition(row.state, state)
    row.state = state
    for name, value in values.items():
        setattr(row, name, value)
    session.flush()
