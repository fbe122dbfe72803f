"""Patient records: an exact match is the same person, a near match is a question for the desk;
nothing on record is ever overwritten. Keyed hashes beside a record are how it is found."""

import uuid
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from shared.idempotency import insert_new
from shared.sealing import ServiceKeys, reveal_row, seal_row

from .. import queries
from ..domain import search
from ..domain.matching import likenesses
from ..domain.people import normalised
from ..models import Appointment, Patient, SearchKey
from .tasks import open_task

AT_ONCE = 50  # records that one run of the job makes findable
PROPOSALS = 3  # of many who are alike (a family, a test) the desk is asked about the oldest


def find_or_add_patient(
    session: Session, name: Mapping[str, str], born: date, *, now: datetime
) -> str:
    """The id of the patient with these names and this birth date: of two records that were
    merged, the one that stayed. The row is locked against a merge until the commit."""
    keys: ServiceKeys = session.info["keys"]
    given, family = name["given_name"], name["family_name"]
    who = f"{normalised(given)}\0{normalised(family)}\0{born.isoformat()}"
    row = Patient(id=str(uuid.uuid4()), match_key=keys.index("patient", who), created_at=now)
    found = select(Patient).where(Patient.match_key == row.match_key)
    found = found.with_for_update(read=True)
    known = session.scalar(found)
    if known is None:
        row.family_key = keys.index("family", normalised(family))
        document = {"given_name": given, "family_name": family, "date_of_birth": str(born)}
        seal_row(session, row, document)
        # Two first bookings of one person at once: the second finds the first's row.
        values = {column.key: getattr(row, column.key) for column in Patient.__table__.columns}
        insert_new(session, Patient.__table__, values)
        known = session.scalars(found).one()
    return queries.surviving(session, known.id)


def recognise(
    session: Session,
    patient_id: str,
    contact: Mapping[str, Any],
    *,
    now: datetime,
    visit: str | None = None,
) -> None:
    """Make the patient findable by this contact. Where that is news, ask the desk about other
    records that are like this one; once for each pair."""
    row = queries.patient(session, patient_id)
    likeness = _likenesses(session, row, [contact])
    if not _add_keys(session, row, _texts(session, row, [contact["phone"]]) | likeness):
        return
    for other in queries.sharing(session, likeness, but=row.id, limit=PROPOSALS):
        pair = ":".join(sorted((row.id, other)))
        people: dict[str, Any] = {"patient_id": other, "other_patient_id": row.id}
        open_task(session, "match", pair, now=now, appointment_id=visit, **people)


def reindex_patient(session: Session, patient_id: str) -> None:
    """From what the visits hold now: a number that was wrong finds nobody any more."""
    row = queries.patient(session, patient_id)
    visits = select(Appointment).where(Appointment.patient_id == patient_id)
    contacts = [reveal_row(session, visit)["contact"] for visit in session.scalars(visits)]
    phones = [contact["phone"] for contact in contacts]
    session.execute(delete(SearchKey).where(SearchKey.patient_id == patient_id))
    _add_keys(session, row, _texts(session, row, phones) | _likenesses(session, row, contacts))


def index_forgotten_patients(session: Session) -> int:
    """Records from before there were search keys; how many were done."""
    has_keys = select(SearchKey.key).where(SearchKey.patient_id == Patient.id).exists()
    ids = session.scalars(select(Patient.id).where(~has_keys).limit(AT_ONCE)).all()
    for patient_id in ids:
        reindex_patient(session, patient_id)
    return len(ids)


def _texts(session: Session, row: Patient, phones: Iterable[str]) -> set[str]:
    """Hashes of all that the patient may be looked for by."""
    document = reveal_row(session, row)
    texts = {("born", document["date_of_birth"])}
    texts |= {("name", key) for key in search.name_keys(document["family_name"])}
    texts |= {("phone", key) for phone in phones for key in search.phone_keys(phone)}
    return {queries.search_hash(session, purpose, text) for purpose, text in texts}


def _likenesses(session: Session, row: Patient, contacts: Iterable[Mapping[str, Any]]) -> set[str]:
    document = reveal_row(session, row)
    reached = [text.casefold() for one in contacts for text in (one["email"], one["phone"]) if text]
    born = date.fromisoformat(document["date_of_birth"])
    alike = likenesses(document["given_name"], document["family_name"], born, reached)
    return {queries.search_hash(session, "alike", text) for text in alike}


def _add_keys(session: Session, row: Patient, hashes: set[str]) -> bool:
    """True when one of them is new. Sorted: two first bookings of one person queue."""
    rows = [{"key": key, "patient_id": row.id} for key in sorted(hashes)]
    return insert_new(session, SearchKey.__table__, rows)
