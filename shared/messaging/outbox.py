"""Events wait here, committed with the change that caused them, until the relay has sent them."""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from shared.clock import real_now
from shared.events import codec
from shared.messaging import wakeup
from shared.tables import outbox

LEASE = timedelta(seconds=15)
KEPT = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Waiting:
    """One event to publish."""

    event_id: str
    type: str
    body: bytes


def record(session: Session, event: Any, *, now: datetime) -> None:
    """Part of the caller's transaction: the event exists if and only if the change does."""
    event_id = str(uuid.uuid4())
    body = codec.encode(event, event_id=event_id, now=now, keyring=session.info["keys"].events)
    session.execute(
        outbox.insert().values(event_id=event_id, type=event.TYPE, body=body, recorded_at=now)
    )
    wakeup.ring_after_commit(session, wakeup.OUTBOX, everywhere=True)


def claim(session: Session, *, limit: int = 100) -> list[Waiting]:
    """Lease the oldest waiting events to this relay; another relay takes others."""
    now = real_now()
    free = or_(outbox.c.lease_until.is_(None), outbox.c.lease_until < now)
    oldest = (
        select(outbox.c.sequence)
        .where(outbox.c.published_at.is_(None), free)
        .order_by(outbox.c.sequence)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    rows = session.execute(
        update(outbox)
        .where(outbox.c.sequence.in_(oldest.scalar_subquery()))
        .values(lease_until=now + LEASE)
        .returning(outbox.c.sequence, outbox.c.event_id, outbox.c.type, outbox.c.body)
    ).all()
    return [Waiting(row.event_id, row.type, row.body) for row in sorted(rows)]


def has_waiting(session: Session) -> bool:
    found = select(outbox.c.sequence).where(outbox.c.published_at.is_(None)).limit(1)
    return session.execute(found).first() is not None


def mark_published(session: Session, event_ids: list[str]) -> None:
    session.execute(
        update(outbox).where(outbox.c.event_id.in_(event_ids)).values(published_at=real_now())
    )


def give_back(session: Session, event_ids: list[str]) -> None:
    """The transport is away: let any relay try again at once."""
    session.execute(update(outbox).where(outbox.c.event_id.in_(event_ids)).values(lease_until=None))


def forget_old(session: Session) -> None:
    session.execute(delete(outbox).where(outbox.c.published_at < real_now() - KEPT))
