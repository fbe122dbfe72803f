"""The one way in which a message changes its state: checked, written into its past, and told to
the desk when nobody was reached."""

from datetime import datetime
from typing import Any

from sqlalchemy import insert, update
from sqlalchemy.orm import Session

from shared.events.notifications import DeliveryFailed
from shared.idempotency import insert_new
from shared.messaging import outbox

from ..domain.kinds import RULES
from ..domain.states import IN_HAND, UNDELIVERED, State, check_transition
from ..models import Attempt, Debt, Message

REFUSED = "refused"


def change(session: Session, row: Message, state: State, *, now: datetime, **values: Any) -> None:
    """The step itself; being in hand is no part of a message's past, what came of it is."""
    check_transition(row.state, state)
    row.state = state
    for name, value in values.items():
        setattr(row, name, value)
    session.flush()
    if state not in IN_HAND:
        remember(session, row, now=now)
    if state in UNDELIVERED and not (state is State.EXPIRED and RULES[row.kind].is_courtesy):
        reason = REFUSED if _was_refused(row) else str(state)
        report(session, row, reason=reason, now=now)


def remember(session: Session, row: Message, *, now: datetime) -> None:
    line = {"message": row.id, "at": now, "state": row.state, "outcome": row.outcome}
    session.execute(insert(Attempt).values(line))


def report(session: Session, about: Message | Debt, *, reason: str, now: datetime) -> None:
    """Somebody has to phone: told to the desk once for each subject, version and kind."""
    insert_new(session, Debt.__table__, debt_of(about, now=now))
    untold = update(Debt).where(
        Debt.subject == about.subject,
        Debt.version == about.version,
        Debt.kind == about.kind,
        Debt.reported_at.is_(None),
    )
    told: Any = session.execute(untold.values(reason=reason, reported_at=now))
    if not told.rowcount:
        return
    event = DeliveryFailed(
        subject=about.subject,
        version=about.version,
        kind=about.kind,
        reason=reason,
        message=about.id if isinstance(about, Message) else None,
        appointment=about.appointment,
    )
    outbox.record(session, event, now=now)


def debt_of(about: Any, *, now: datetime) -> dict[str, Any]:
    names = ("subject", "version", "kind", "appointment")
    return {name: getattr(about, name) for name in names} | {"owed_at": now}


def _was_refused(row: Message) -> bool:
    return row.state == State.FAILED and (row.outcome or "").startswith("5")
