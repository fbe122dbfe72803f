"""Booked visits as staff and patients see them: opened, with names and clinic time."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import ColumnElement, select, tuple_
from sqlalchemy.orm import Session, joinedload

from shared.clinic import Clinic
from shared.sealing import reveal_row

from ..domain.errors import LinkInvalid, NoSuchAppointment
from ..domain.links import Links
from ..domain.time import whole_days
from ..models import Appointment, Practitioner

KEPT = ("id", "reference", "status", "version", "practitioner", "safety_check", "booked_by")
AGREED = ("visit_type", "urgency", "language", "support", "contact", "booker")


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

    @property
    def order(self) -> tuple[int, str]:
        return int(self.start.timestamp()), self.id


@dataclass(frozen=True, slots=True, kw_only=True)
class AppointmentFilter:
    """Which visits; empty means all. Days are local, both included; `q` is a reference; `cursor`
    continues behind the `order` of a visit."""

    first: date | None = None
    last: date | None = None
    practitioner: str | None = None
    status: str | None = None
    q: str | None = None
    cursor: tuple[int, str] | None = None
    limit: int | None = None


def appointments(
    session: Session, clinic: Clinic, wanted: AppointmentFilter, *, links: Links
) -> list[AppointmentDetails]:
    """Visits in the order of their start."""
    people = joinedload(Appointment.patient), joinedload(Appointment.practitioner)
    found = select(Appointment).options(*people).where(*_conditions(clinic, wanted))
    ordered = found.order_by(Appointment.start, Appointment.id).limit(wanted.limit)
    return [_opened(session, clinic, row, links=links) for row in session.scalars(ordered)]


def day_list(
    session: Session, clinic: Clinic, day: date, *, links: Links
) -> list[AppointmentDetails]:
    """Every visit of one local day."""
    return appointments(session, clinic, AppointmentFilter(first=day, last=day), links=links)


def appointment(
    session: Session, clinic: Clinic, appointment_id: str, *, links: Links
) -> AppointmentDetails:
    found = session.get(Appointment, appointment_id)
    if found is None:
        raise NoSuchAppointment
    return _opened(session, clinic, found, links=links)


def appointment_for_token(
    session: Session, clinic: Clinic, token: str, *, links: Links
) -> AppointmentDetails:
    """The visit of a mail link; LinkInvalid for anything that was not made for it."""
    found = session.get(Appointment, links.appointment_of(token))
    # The proof is computed for an unknown visit too: the time taken tells nothing.
    is_valid = links.is_valid(token, found.link_generation if found else 0)
    if found is None or not is_valid:
        raise LinkInvalid
    return _opened(session, clinic, found, links=links)


def _conditions(clinic: Clinic, wanted: AppointmentFilter) -> Iterator[ColumnElement[bool]]:
    if wanted.first:
        yield Appointment.start >= whole_days(wanted.first, wanted.first, clinic.time_zone).start
    if wanted.last:
        yield Appointment.start < whole_days(wanted.last, wanted.last, clinic.time_zone).end
    if wanted.practitioner:
        yield Appointment.practitioner_id == wanted.practitioner
    if wanted.status:
        yield Appointment.status == wanted.status
    if wanted.q:
        yield Appointment.reference == wanted.q.upper()
    if wanted.cursor:
        seconds, appointment_id = wanted.cursor
        behind = datetime.fromtimestamp(seconds, UTC), appointment_id
        yield tuple_(Appointment.start, Appointment.id) > tuple_(*behind)


def _opened(
    session: Session, clinic: Clinic, row: Appointment, *, links: Links
) -> AppointmentDetails:
    agreed = reveal_row(session, row)
    return AppointmentDetails(
        **{name: getattr(row, name) for name in KEPT},
        **{name: agreed[name] for name in AGREED},
        submission=row.submission_id,
        start=row.start.astimezone(clinic.time_zone),
        end=row.end.astimezone(clinic.time_zone),
        patient={"id": row.patient_id, **reveal_row(session, row.patient)},
        manage_url=links.manage_url(row.id, row.link_generation),
    )
