"""Patients: found by what staff typed, by what they have in common, and after a merge."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from shared.clinic import Clinic
from shared.sealing import ServiceKeys, reveal_row

from ..domain import search
from ..domain.errors import NoSuchPatient
from ..domain.search import Asked
from ..models import OCCUPYING, Appointment, Patient, SearchKey

HASH_LENGTH = 32  # 128 bits: collisions do not happen, and a patient has a dozen of them
MOST = 400  # records that one search opens


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientDetails:
    """One patient, readable; the next visit's start is in clinic time."""

    id: str
    given_name: str
    family_name: str
    date_of_birth: str
    next_visit: datetime | None
    visits: int


def patient(session: Session, patient_id: str) -> Patient:
    found = session.get(Patient, patient_id)
    if found is None:
        raise NoSuchPatient
    return found


def search_hash(session: Session, purpose: str, text: str) -> str:
    keys: ServiceKeys = session.info["keys"]
    return keys.index(f"search/{purpose}", text)[:HASH_LENGTH]


def find_patients(session: Session, asked: Asked) -> list[str]:
    """Ids of those of whom all that was typed is true; nobody when it says nothing."""
    if not asked.names_a_person:
        return []
    found = select(Patient).where(*_conditions(session, asked)).order_by(Patient.created_at)
    suitable = {
        one.id: one
        for one in session.scalars(found.limit(MOST))
        if asked.suits(*_names(session, one))
    }
    return list(dict.fromkeys(surviving(session, one) for one in suitable))


def patients(
    session: Session, clinic: Clinic, text: str, *, limit: int, now: datetime
) -> list[PatientDetails]:
    """Who is found by what was typed, by name."""
    asked = search.read(text, today=now.astimezone(clinic.time_zone).date())
    rows = [patient(session, one) for one in find_patients(session, asked)]
    opened = [patient_details(session, clinic, row, now=now) for row in rows]
    return sorted(opened, key=lambda one: (one.family_name, one.given_name, one.id))[:limit]


def patient_details(
    session: Session, clinic: Clinic, row: Patient, *, now: datetime
) -> PatientDetails:
    coming = (Appointment.start > now, Appointment.status.in_(OCCUPYING))
    theirs = Appointment.patient_id == row.id
    start = session.scalar(select(func.min(Appointment.start)).where(theirs, *coming))
    visits = session.scalar(select(func.count()).select_from(Appointment).where(theirs))
    document = reveal_row(session, row)
    return PatientDetails(
        id=row.id,
        next_visit=start.astimezone(clinic.time_zone) if start else None,
        visits=visits or 0,
        **{name: document[name] for name in ("given_name", "family_name", "date_of_birth")},
    )


def surviving(session: Session, patient_id: str) -> str:
    """The record that stayed, when this one was merged into another."""
    row = patient(session, patient_id)
    while row.merged_into:
        row = patient(session, row.merged_into)
    return row.id


def sharing(session: Session, hashes: Iterable[str], *, but: str, limit: int) -> list[str]:
    """The longest known patients with one of these keys, without `but`."""
    has_key = select(SearchKey.patient_id).where(SearchKey.key.in_(list(hashes)))
    others = select(Patient.id).where(Patient.id.in_(has_key), Patient.id != but)
    ordered = others.where(Patient.merged_into.is_(None)).order_by(Patient.created_at, Patient.id)
    return list(session.scalars(ordered.limit(limit)))


def coming_visits(session: Session, patient_id: str, *, now: datetime) -> Sequence[Appointment]:
    """Booked visits of one patient that have not begun."""
    theirs = (Appointment.patient_id == patient_id, Appointment.status == "booked")
    found = select(Appointment).where(*theirs, Appointment.start > now)
    return session.scalars(found.order_by(Appointment.start)).all()


def _conditions(session: Session, asked: Asked) -> Iterable[ColumnElement[bool]]:
    wanted: list[tuple[str, Iterable[str]]] = []
    if asked.words:
        wanted.append(("name", search.sought_keys(asked.words)))
    if asked.born is not None:
        wanted.append(("born", map(str, asked.born)))
    if asked.phone:
        wanted.append(("phone", [asked.phone]))
    for purpose, texts in wanted:
        hashes = [search_hash(session, purpose, text) for text in texts]
        yield Patient.id.in_(select(SearchKey.patient_id).where(SearchKey.key.in_(hashes)))


def _names(session: Session, row: Patient) -> tuple[str, str]:
    document: dict[str, Any] = reveal_row(session, row)
    return document["given_name"], document["family_name"]
