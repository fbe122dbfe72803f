"""Patient records: an exact match is the same person; nothing on record is ever overwritten."""

import uuid
from collections.abc import Mapping
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from shared.idempotency import insert_new
from shared.sealing import ServiceKeys, seal_row

from ..domain.people import normalised
from ..models import Patient


def find_or_add_patient(
    session: Session, name: Mapping[str, str], born: date, *, now: datetime
) -> str:
    """The id of the patient with these names and this birth date."""
    keys: ServiceKeys = session.info["keys"]
    given, family = name["given_name"], name["family_name"]
    who = f"{normalised(given)}\0{normalised(family)}\0{born.isoformat()}"
    row = Patient(id=str(uuid.uuid4()), match_key=keys.index("patient", who), created_at=now)
    found = select(Patient.id).where(Patient.match_key == row.match_key)
    known = session.scalar(found)
    if known:
        return known
    row.family_key = keys.index("family", normalised(family))
    document = {"given_name": given, "family_name": family, "date_of_birth": str(born)}
    seal_row(session, row, document)
    # Two first bookings of one person at once: the second finds the first's row.
    values = {column.key: getattr(row, column.key) for column in Patient.__table__.columns}
    insert_new(session, Patient.__table__, values)
    return session.scalars(found).one()
