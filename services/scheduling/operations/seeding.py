"""Practitioners as the clinic file lists them."""

from dataclasses import asdict

from sqlalchemy import update
from sqlalchemy.orm import Session

from shared.clinic import Clinic

from .. import queries
from ..models import Practitioner


def seed_practitioners(session: Session, clinic: Clinic) -> int:
    """Add new ones, update known ones, retire those no longer listed; safe to repeat."""
    entries = queries.catalog_of(clinic).practitioners
    session.execute(update(Practitioner).values(is_active=False))
    for entry in entries:
        session.merge(Practitioner(**asdict(entry), is_active=True))
    session.flush()
    return len(entries)
