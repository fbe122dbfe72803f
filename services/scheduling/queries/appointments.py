"""Booked visits as staff and patients see them: opened, with names and clinic time."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, or_, select, tuple_
from sqlalchemy.orm import Session

from shared.clinic import Clinic
from shared.sealing import ServiceKeys, reveal_row

from ..domain.errors import LinkInvalid, NoSuchAppointment
from ..domain.links import Links
from ..domain.people import normalised
from ..domain.time import whole_days
from ..models import Appointment, Patient, Practitioner


@dataclass(frozen=True, slots=True, kw_only=True)
class AppointmentDetails:
    """One visit, readable. Start and end are in clinic time."""

    id: str
    reference: str
    status: str
    version: int
    submission: str
    start: datetime
    end: datetime
    practitioner: Practitioner
    visit_type: str
    urgency: str | None
    safety_check: str
    booked_by: str
    language: str
    support: str
    patient: dict[str, Any]  # id, given_name, family_name, date_of_birth
    contact: dict[str, Any]  # email, phone, may_leave_message
    booker: dict[str, Any] | None
    manage_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AppointmentFilter:
    """Which visits; empty means all. Days are local, both included. `text`: a reference, family
    name, phone number or e-mail address, in full."""

    first: date | None = None
    last: date | None = None
    practitioner: str | None = None
    status: str | None = None
    text: str | None = None
    after: tuple[datetime, str] | None = None


def appointments(
    session: Session,
    clinic: Clinic,
    wanted: AppointmentFilter,
    *,
    links: Links,
    limit: int | None = None,
) -> list[AppointmentDetails]:
    """Visits in the order of their start."""
    conditions = [*_place(clinic, wanted), *_words(session, wanted)]
    ordered = select(Appointment).where(*conditions).order_by(Appointment.start, Appointment.id)
    return _opened(session, clinic, session.scalars(ordered.limit(limit)).all(), links=links)


def day_list(
    session: Session, clinic: Clinic, day: date, *, links: Links
) -> list[AppointmentDetails]:
    """Every visit of one local day."""
    wanted = AppointmentFilter(first=day, last=day)
    return appointments(session, clinic, wanted, links=links)


def appointment(
    session: Session, clinic: Clinic, appointment_id: str, *, links: Links
) -> AppointmentDetails:
    found = session.get(Appointment, appointment_id)
    if found is None:
        raise NoSuchAppointment
    return _opened(session, clinic, [found], links=links)[0]


def appointment_for_token(
    session: Session, clinic: Clinic, token: str, *, links: Links
) -> AppointmentDetails:
    """The visit of a mail link; LinkInvalid for anything that was not made for it."""
    found = session.get(Appointment, links.appointment_of(token))
    # The proof is computed for an unknown visit too: the time taken tells nothing.
    is_valid = links.is_valid(token, found.link_generation if found else 0)
    if found is None or not is_valid:
        raise LinkInvalid
    return _opened(session, clinic, [found], links=links)[0]


def _place(clinic: Clinic, wanted: AppointmentFilter) -> Iterable[ColumnElement[bool]]:
    zone = clinic.time_zone
    if wanted.first:
        yield Appointment.start >= whole_days(wanted.first, wanted.first, zone).start
    if wanted.last:
        yield Appointment.start < whole_days(wanted.last, wanted.last, zone).end
    if wanted.practitioner:
        yield Appointment.practitioner_id == wanted.practitioner
    if wanted.status:
        yield Appointment.status == wanted.status
    if wanted.after:
        yield tuple_(Appointment.start, Appointment.id) > tuple_(*wanted.after)


def _words(session: Session, wanted: AppointmentFilter) -> Iterable[ColumnElement[bool]]:
    if not wanted.text:
        return
    keys: ServiceKeys = session.info["keys"]
    text = wanted.text.strip()
    names = {normalised(text), normalised(text.rpartition(" ")[2])}
    family = [keys.index("family", name) for name in names]
    yield or_(
        Appointment.reference == text.upper(),
        Appointment.email_key == keys.index("email", text.casefold()),
        Appointment.phone_key == keys.index("phone", _as_number(text)),
        Appointment.patient_id.in_(select(Patient.id).where(Patient.family_key.in_(family))),
    )


def _as_number(text: str) -> str:
    """(503) 555-0123 as it is kept: +15035550123."""
    digits = "".join(char for char in text if char in "0123456789")
    return f"+1{digits}" if len(digits) == 10 else f"+{digits}"


def _opened(
    session: Session, clinic: Clinic, rows: Sequence[Appointment], *, links: Links
) -> list[AppointmentDetails]:
    people = {row.patient_id for row in rows}
    staff = {row.practitioner_id for row in rows}
    patients = {
        row.id: {"id": row.id, **reveal_row(session, row)}
        for row in session.scalars(select(Patient).where(Patient.id.in_(people)))
    }
    practitioners = {
        row.id: row
        for row in session.scalars(select(Practitioner).where(Practitioner.id.in_(staff)))
    }
    same = ("id", "reference", "status", "version", "safety_check", "booked_by")
    agreed = ("visit_type", "urgency", "language", "support", "contact", "booker")
    found = []
    for row in rows:
        document = reveal_row(session, row)
        details: dict[str, Any] = {name: getattr(row, name) for name in same}
        details |= {name: document[name] for name in agreed}
        details |= {
            "submission": row.submission_id,
            "start": row.start.astimezone(clinic.time_zone),
            "end": row.end.astimezone(clinic.time_zone),
            "practitioner": practitioners[row.practitioner_id],
            "patient": patients[row.patient_id],
            "manage_url": links.manage_url(row.id, row.link_generation),
        }
        found.append(AppointmentDetails(**details))
    return found
