"""Practitioners and resources as the clinic file lists them; forgetting what no longer decides
anything. Correctness never waits for the latter."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from shared.clinic import Clinic

from .. import queries
from ..domain.time import CELL_SECONDS
from ..models import AuditEntry, Claim, Hold, Practitioner, Resource, SignInLink
from .audit import HOURS_SET

LONG_OVER = timedelta(hours=1)
PAST_DAYS = timedelta(hours=48)  # always before today, in every zone


def seed_practitioners(session: Session, clinic: Clinic) -> int:
    """Practitioners and resources: add new ones, update known ones, retire those no longer
    listed. Safe to repeat; caches are told only when something changed."""
    catalog = queries.catalog_of(clinic)
    own = set(session.scalars(select(AuditEntry.subject).where(AuditEntry.action == HOURS_SET)))
    listed: tuple[tuple[type[Any], Any], ...] = (
        (Practitioner, catalog.practitioners),
        (Resource, catalog.resources),
    )
    for model, entries in listed:
        ids = {entry["id"] for entry in entries}
        for row in session.scalars(select(model).where(model.id.not_in(ids))):
            row.is_active = False
        for entry in entries:
            session.merge(model(**_without_own_hours(entry, own), is_active=True))
    session.flush()
    return len(catalog.practitioners)


def _without_own_hours(entry: dict[str, Any], own: set[str]) -> dict[str, Any]:
    """Hours that staff have set are not the clinic file's any more."""
    left_out = {"hours", "urgent"} if entry["id"] in own else set()
    return {name: value for name, value in entry.items() if name not in left_out}


def prune(session: Session, *, now: datetime) -> None:
    """Expired holds, cells of past days and dead links; the worker forgets what all share."""
    old_cell = int((now - PAST_DAYS).timestamp()) // CELL_SECONDS
    session.execute(delete(Hold).where(Hold.expires_at < now - LONG_OVER))
    session.execute(delete(Claim).where(Claim.cell < old_cell))
    session.execute(delete(SignInLink).where(SignInLink.expires_at < now - LONG_OVER))
