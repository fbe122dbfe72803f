"""Hold what is timed, and let it go: a person looks before a wrong clock mails everybody."""

import uuid
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from shared.messaging import wakeup

from .. import queries
from ..models import Hold
from .owing import DUE


def hold(session: Session, reason: str, *, now: datetime) -> bool:
    """False where one is held already."""
    if queries.holds(session):
        return False
    session.add(Hold(id=str(uuid.uuid4()), reason=reason, held_at=now))
    session.flush()
    return True


def release(session: Session, *, by: str, now: datetime) -> int:
    """What is too late by then expires and shows; the rest goes out."""
    open_ones = select(Hold).where(Hold.released_at.is_(None)).with_for_update()
    rows = session.scalars(open_ones).all()
    for row in rows:
        row.released_at, row.released_by = now, by
    session.flush()
    wakeup.ring_after_commit(session, DUE)
    return len(rows)
