"""Practitioners as the clinic file lists them, and forgetting what no longer decides anything.
Correctness never waits for the latter."""

from datetime import datetime, timedelta

from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from shared.clinic import Clinic

from .. import queries
from ..domain.time import CELL_SECONDS
from ..models import Claim, Hold, Practitioner, SignInLink

LONG_OVER = timedelta(hours=1)
PAST_DAYS = timedelta(hours=48)  # always before today, in every zone


def seed_practitioners(session: Session, clinic: Clinic) -> int:
    """Add new ones, update known ones, retire those no longer listed; safe to repeat."""
    entries = queries.catalog_of(clinic).practitioners
    session.execute(update(Practitioner).values(is_active=False))
    for entry in entries:
        session.merge(Practitioner(**entry, is_active=True))
    session.flush()
    return len(entries)


def prune(session: Session, *, now: datetime) -> None:
    """Expired holds, cells of past days and dead links; the worker forgets what all share."""
    old_cell = int((now - PAST_DAYS).timestamp()) // CELL_SECONDS
    session.execute(delete(Hold).where(Hold.expires_at < now - LONG_OVER))
    session.execute(delete(Claim).where(Claim.cell < old_cell))
    session.execute(delete(SignInLink).where(SignInLink.expires_at < now - LONG_OVER))
