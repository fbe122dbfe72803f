"""Recognises a second delivery; keeps what could not be handled, visible and replayable."""

import uuid
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from shared.clock import real_now
from shared.idempotency import insert_new
from shared.tables import inbox, parked

KEPT = timedelta(days=30)
RETRY_AFTER = tuple(timedelta(seconds=s) for s in (2, 10, 60, 300, 900, 1800))


def first_time(session: Session, event_id: str) -> bool:
    """True once per event, in the same transaction as its effect."""
    return insert_new(session, inbox, {"event_id": event_id, "received_at": real_now()})


def park(session: Session, *, type_: str, body: bytes, reason: str, retry: bool) -> None:
    """Keep a message that failed; `retry` when trying again later may help."""
    session.execute(
        parked.insert().values(
            id=str(uuid.uuid4()),
            type=type_[:80],
            body=body,
            reason=reason,
            attempts=1,
            parked_at=real_now(),
            retry_at=real_now() + RETRY_AFTER[0] if retry else None,
        )
    )


def due(session: Session, now: datetime) -> list[Any]:
    """Parked messages whose next try has come (id, body, attempts)."""
    found = select(parked).where(parked.c.retry_at <= now).order_by(parked.c.parked_at).limit(20)
    return list(session.execute(found).all())


def failed_again(session: Session, row: Any, reason: str) -> None:
    """Try later, a little longer each time; after the last try it waits for a person."""
    attempts = row.attempts + 1
    later = RETRY_AFTER[attempts - 1 : attempts]
    retry_at = real_now() + later[0] if later else None
    session.execute(
        update(parked)
        .where(parked.c.id == row.id)
        .values(attempts=attempts, reason=reason, retry_at=retry_at)
    )


def replay(session: Session, parked_id: str) -> bool:
    """Have a parked message handled again now; False when there is none with this id."""
    change = update(parked).where(parked.c.id == parked_id).values(retry_at=real_now(), attempts=0)
    result: Any = session.execute(change)
    return bool(result.rowcount)


def drop(session: Session, parked_id: str) -> bool:
    result: Any = session.execute(delete(parked).where(parked.c.id == parked_id))
    return bool(result.rowcount)


def list_parked(session: Session) -> list[Any]:
    return list(session.execute(select(parked).order_by(parked.c.parked_at)).all())


def forget_old(session: Session) -> None:
    session.execute(delete(inbox).where(inbox.c.received_at < real_now() - KEPT))
