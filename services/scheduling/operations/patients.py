"""Patient records: an exact match is the same person; nothing on record is ever overwritten."""

import uuid
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from shared.idempotency import insert_new
from shared.sealing import ServiceKeys, seal_row

from ..domain.people import normalised
from ..models import Patient


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientName:
    given: str
    family: str


def find_or_add_patient(session: Session, name: PatientName, born: date, *, now: datetime) -> str:
    """The id of the patient with these names and this birth date."""
    keys: ServiceKeys = session.info["keys"]
    who = f"{normalised(name.given)}\0{normalised(name.family)}\0{born.isoformat()}"
    match_key = keys.index("patient", who)
    found = select(Patient.id).where(Patient.match_key == match_key)
    known = session.scalar(found)
    if known:
        return known
    row = Patient(id=str(uuid.uuid4()))
    document = {"given_name": name.given, "family_name": name.family, "date_of_birth": str(born)}
    seal_row(session, row, document)
    values: dict[str, Any] = {
        "id": row.id,
        "match_key": match_key,
        "family_key": keys.index("family", normalised(name.family)),
        "sealed": row.sealed,
        "created_at": now,
    }
    # Two first bookings of one person at once: the second finds the first's row.
    insert_new(session, Patient.__table__, values)
    return session.scalars(found).one()
