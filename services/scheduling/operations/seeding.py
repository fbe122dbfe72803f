"""Practitioners as the clinic file lists them."""

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from shared.clinic import Clinic

from .. import queries
from ..domain.catalog import PractitionerEntry
from ..models import OfferedVisitType, Practitioner


def seed_practitioners(session: Session, clinic: Clinic) -> int:
    """Add new ones, update known ones, retire those no longer listed; safe to repeat."""
    entries = queries.catalog_of(clinic).practitioners
    listed = [entry.id for entry in entries]
    others = update(Practitioner).where(Practitioner.id.not_in(listed))
    session.execute(others.values(is_active=False))
    for entry in entries:
        _seed(session, entry)
    session.flush()
    return len(entries)


def _seed(session: Session, entry: PractitionerEntry) -> None:
    working = {
        str(day): [[f"{first:%H:%M}", f"{last:%H:%M}"] for first, last in spans]
        for day, spans in entry.working.items()
    }
    row = session.get(Practitioner, entry.id) or Practitioner(id=entry.id, lanes=2)
    row.name, row.specialty = entry.name, entry.specialty
    row.working, row.is_active = working, True
    session.add(row)
    session.flush()
    known = set(
        session.scalars(
            select(OfferedVisitType.visit_type).where(OfferedVisitType.practitioner_id == entry.id)
        )
    )
    wanted = set(entry.visit_types)
    session.execute(
        delete(OfferedVisitType).where(
            OfferedVisitType.practitioner_id == entry.id,
            OfferedVisitType.visit_type.in_(known - wanted),
        )
    )
    session.add_all(
        OfferedVisitType(practitioner_id=entry.id, visit_type=one) for one in wanted - known
    )
