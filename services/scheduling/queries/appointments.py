"""Booked visits as staff and patients see them: opened, with names and clinic time."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, or_, select, tuple_
from sqlalchemy.orm import Session, joinedload

from shared.sealing import reveal_row
from shared.service import Service

from ..domain.errors import LinkInvalid, NoSuchAppointment
from ..domain.search import Asked
from ..domain.time import whole_days
from ..models import Appointment, AppointmentChange, Practitioner
from .clinic import links_of
from .people import find_patients

KEPT = (
    *("id", "reference", "status", "version", "practitioner", "safety_check", "booked_by"),
    *("room", "attendance_confirmed_at", "reminders_stopped_at"),
)
AGREED = ("visit_type", "urgency", "language", "support", "contact", "booker", "guardian")


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
    guardian: dict[str, Any] | None
    manage_url: str
    room: str | None
    attendance_confirmed_at: datetime | None
    reminders_stopped_at: datetime | None

    @property
    def order(self) -> tuple[int, str]:
        return int(self.start.timestamp()), self.id


def appointments(session: Session, service: Service, **wanted: Any) -> list[AppointmentDetails]:
    """Visits in the order of their start. `wanted`: first and last (local days, both included),
    practitioner, status, q (an Asked: what names a visit or a person), cursor (continue behind
    that `order`), limit."""
    people = joinedload(Appointment.patient), joinedload(Appointment.practitioner)
    conditions = [*_conditions(service.clinic.time_zone, wanted)]
    if asked := wanted.get("q"):
        conditions.append(_found(session, asked))
    found = select(Appointment).options(*people).where(*conditions).limit(wanted.get("limit"))
    ordered = found.order_by(Appointment.start, Appointment.id)
    return [_opened(session, service, row) for row in session.scalars(ordered)]


def appointment(session: Session, service: Service, appointment_id: str) -> AppointmentDetails:
    found = session.get(Appointment, appointment_id)
    if found is None:
        raise NoSuchAppointment
    return _opened(session, service, found)


def appointment_for_token(session: Session, service: Service, token: str) -> AppointmentDetails:
    """The visit of a mail link; LinkInvalid for anything that was not made for it."""
    links = links_of(service)
    found = session.get(Appointment, links.appointment_of(token))
    # The proof is computed for an unknown visit too: the time taken tells nothing.
    is_valid = links.is_valid(token, found.link_generation if found else 0)
    if found is None or not is_valid:
        raise LinkInvalid
    return _opened(session, service, found)


def history(session: Session, service: Service, appointment_id: str) -> list[dict[str, Any]]:
    """What was done to a visit, oldest first; instants in clinic time."""
    if session.get(Appointment, appointment_id) is None:
        raise NoSuchAppointment
    mine = AppointmentChange.appointment_id == appointment_id
    found = select(AppointmentChange).where(mine).order_by(AppointmentChange.version)
    zone = service.clinic.time_zone
    return [_change(row, zone) for row in session.scalars(found)]


def _change(row: AppointmentChange, zone: ZoneInfo) -> dict[str, Any]:
    before = dict(row.before)
    for name in ("start", "end"):
        if name in before:
            before[name] = datetime.fromisoformat(before[name]).astimezone(zone)
    return {
        "version": row.version,
        "at": row.at.astimezone(zone),
        "actor": row.actor,
        "action": row.action,
        "before": before or None,
        "undo_until": row.undo_until and row.undo_until.astimezone(zone),
    }


def _conditions(zone: ZoneInfo, wanted: Mapping[str, Any]) -> Iterator[ColumnElement[bool]]:
    if first := wanted.get("first"):
        yield Appointment.start >= whole_days(first, first, zone).start
    if last := wanted.get("last"):
        yield Appointment.start < whole_days(last, last, zone).end
    if practitioner := wanted.get("practitioner"):
        yield Appointment.practitioner_id == practitioner
    if status := wanted.get("status"):
        yield Appointment.status == status
    if cursor := wanted.get("cursor"):
        behind = datetime.fromtimestamp(cursor[0], UTC), cursor[1]
        yield tuple_(Appointment.start, Appointment.id) > tuple_(*behind)


def _found(session: Session, asked: Asked) -> ColumnElement[bool]:
    theirs = Appointment.patient_id.in_(find_patients(session, asked))
    return or_(Appointment.reference == asked.reference, theirs) if asked.reference else theirs


def _opened(session: Session, service: Service, row: Appointment) -> AppointmentDetails:
    agreed = {"guardian": None} | reveal_row(session, row)
    zone = service.clinic.time_zone
    return AppointmentDetails(
        **{name: getattr(row, name) for name in KEPT},
        **{name: agreed[name] for name in AGREED},
        submission=row.submission_id,
        start=row.start.astimezone(zone),
        end=row.end.astimezone(zone),
        patient={"id": row.patient_id, **reveal_row(session, row.patient)},
        manage_url=links_of(service).manage_url(row.id, row.link_generation),
    )
