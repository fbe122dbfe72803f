"""Take a message to send, and record how that ended.

Every record is fenced by the lease's token: a worker that was believed dead changes nothing,
except that it may still say "sent" of a message that is in doubt.
"""

import uuid
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert, update
from sqlalchemy.orm import Session

from .. import queries
from ..domain.content import Content, Letter
from ..domain.errors import LeaseLost
from ..domain.kinds import REMINDERS, RULES, overdue_state, turn
from ..domain.retries import AMBIGUITY_WAIT, next_attempt
from ..domain.states import ALLOWED, IN_HAND, Ending, State
from ..models import Attempt, Message
from .changing import change

LEASE = timedelta(seconds=30)
UNSEEN = {"synchronize_session": False}  # no row of these is loaded
MAY_BE_SENT = {before for before, after in ALLOWED.items() if State.SENT in after}


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


def lease_next(
    session: Session, worker: Worker, *, now: datetime, real_now: datetime
) -> Lease | None:
    """The next message to send, leased; outdated and overdue ones are settled on the way."""
    for one in queries.turns(session):
        while row := _first(session, one, now=now):
            if lease := _lease(session, row, worker, now=now, real_now=real_now):
                return lease
    return None


def _first(session: Session, turn_: int, *, now: datetime) -> Message | None:
    return session.scalars(queries.due(turn_, now).with_for_update(skip_locked=True)).first()


def _lease(
    session: Session, row: Message, worker: Worker, *, now: datetime, real_now: datetime
) -> Lease | None:
    content = queries.content_of(session, row)
    reason = queries.why_silent(session, row)
    silent = State.SUPPRESSED if reason else None
    silent = silent or overdue_state(row.kind, content, due=row.due_at, at=now)
    if silent:
        change(session, row, silent, now=now, outcome=reason or row.outcome)
        return None
    row.message_id = row.message_id or f"<{row.id}@{worker.mail_domain}>"
    row.dated_at = row.dated_at or now
    row.leased_by, row.lease_token = worker.name, str(uuid.uuid4())
    row.lease_until, row.turn = real_now + LEASE, turn(row.kind, was_tried=True)
    change(session, row, State.LEASED, now=now)
    return Lease(row.lease_token, queries.letter_of(row, _fresh(session, row, content)))


def _fresh(session: Session, row: Message, content: Content) -> Content:
    """A reminder names the questions that are open now, not those of the day it was planned."""
    if row.kind not in REMINDERS:
        return content
    return replace(content, is_intake_open=queries.is_intake_open(session, row.subject))


def renew_leases(session: Session, tokens: set[str], *, real_now: datetime) -> None:
    mine = Message.lease_token.in_(tokens), Message.state.in_(IN_HAND)
    session.execute(update(Message).where(*mine).values(lease_until=real_now + LEASE))


def start_data(session: Session, lease: Lease) -> None:
    """From here on a crash leaves the message in doubt."""
    _step(session, lease, {State.LEASED}, state=State.DATA_STARTED)


def record_ending(
    session: Session, lease: Lease, ending: Ending, *, reply: str, now: datetime, jitter: float
) -> None:
    """`reply` holds codes only; `jitter` is drawn by the caller, from -1 to 1. Where nobody was
    there to take it, the message stays due since when it was: so its delay is seen."""
    if ending is Ending.SENT:
        _sent(session, lease, reply=reply, now=now)
        return
    row = _held(session, lease)
    row.outcome = reply
    if ending is Ending.AMBIGUOUS:
        _doubt(session, row, now=now)
        return
    row.attempts += ending is not Ending.UNAVAILABLE
    match ending:
        case Ending.REFUSED:
            change(session, row, State.FAILED, now=now)
        case Ending.UNAVAILABLE:
            change(session, row, State.RETRY, now=now, lease_token=None)
        case Ending.DEFERRED:
            later = next_attempt(row.attempts, now=now, jitter=jitter)
            hopeless = overdue_state(row.kind, lease.letter.content, due=row.due_at, at=later)
            state = hopeless or State.RETRY
            change(session, row, state, now=now, next_attempt_at=later, lease_token=None)


def take_back_abandoned(
    session: Session, *, now: datetime, real_now: datetime, is_repeatable: bool
) -> list[str]:
    """Messages of dead workers, by id. Those without a byte of the body out are simply tried
    again, and so are all of them where sending twice has no effect; the others are in doubt."""
    rows = session.scalars(queries.abandoned(real_now).with_for_update(skip_locked=True)).all()
    for row in rows:
        if row.state == State.LEASED or is_repeatable:
            change(session, row, State.RETRY, now=now, lease_token=None)
        else:
            row.outcome = "worker gone"
            _doubt(session, row, now=now)
    return [row.id for row in rows]


def _doubt(session: Session, row: Message, *, now: datetime) -> None:
    """One more copy ten minutes later, never a third, and none of what must not come twice. The
    token stays: should the worker turn out to live and know that the mail went out, that counts."""
    if row.state in {State.AMBIGUOUS, State.UNKNOWN}:
        return
    state = State.FAILED if row.ambiguous_at else State.AMBIGUOUS
    if not RULES[row.kind].is_repeated:
        state = State.UNKNOWN
    row.attempts += 1
    row.ambiguous_at = row.ambiguous_at or now
    change(session, row, state, now=now, next_attempt_at=now + AMBIGUITY_WAIT)


def _sent(session: Session, lease: Lease, *, reply: str, now: datetime) -> None:
    """Also of a message that was believed to be in doubt."""
    values = {"outcome": reply, "sent_at": now, "attempts": Message.attempts + 1}
    _step(session, lease, MAY_BE_SENT, state=State.SENT, **values)
    line = {"message": lease.letter.id, "at": now, "state": State.SENT, "outcome": reply}
    session.execute(insert(Attempt).values(line))


def _step(session: Session, lease: Lease, before: set[State], **values: Any) -> None:
    """In one statement, for these two steps are taken by every mail; fenced like all others."""
    mine = update(Message).where(
        Message.id == lease.letter.id,
        Message.lease_token == lease.token,
        Message.state.in_(sorted(before)),
    )
    done: Any = session.execute(mine.values(values), execution_options=UNSEEN)
    if not done.rowcount:
        raise LeaseLost


def _held(session: Session, lease: Lease) -> Message:
    row = session.get(Message, lease.letter.id, with_for_update=True)
    if row is None or row.lease_token != lease.token:
        raise LeaseLost
    return row
