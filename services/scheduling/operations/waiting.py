"""Joining the waitlist, and leaving it."""

import uuid
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from shared.sealing import reveal_row, seal_row

from .. import queries
from ..domain import errors
from ..domain.handoff import Handoff
from ..models import Appointment, WaitlistEntry
from . import ledger
from .audit import note
from .patients import find_or_add_patient, recognise


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """Which times somebody would take: none named means any."""

    practitioner: str | None = None
    days: list[str] = field(default_factory=list)
    part_of_day: str = "any"


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody without a visit: who they are and how they are reached, as for a booking."""

    patient: dict[str, Any]
    contact: dict[str, Any]
    language: str
    consents: dict[str, bool]


def wait_with_visit(
    session: Session, appointment_id: str, wishes: Wishes, *, actor: str, now: datetime
) -> WaitlistEntry:
    """Somebody who keeps their visit until an earlier one is accepted.

    Raises NoSuchAppointment, OnWaitlistAlready, UnknownPractitioner.
    """
    visit = session.get(Appointment, appointment_id, with_for_update={"key_share": True})
    if visit is None:
        raise errors.NoSuchAppointment
    if visit.status != "booked":
        raise errors.EntryOver
    return _added(session, visit, wishes, actor=actor, now=now)


def wait_without_visit(
    session: Session,
    handoff: Handoff,
    wishes: Wishes,
    *,
    person: Person,
    actor: str,
    now: datetime,
) -> WaitlistEntry:
    """Somebody whom no free time fits. Who has booked with this safety check keeps the visit.

    Raises BookingStopped, DateOfBirthMismatch, OnWaitlistAlready, UnknownPractitioner.
    """
    if handoff.stops_booking:
        raise errors.BookingStopped
    if person.patient.get("date_of_birth") not in (None, handoff.date_of_birth):
        raise errors.DateOfBirthMismatch
    ledger.lock_visitor(session, handoff.submission)
    of_submission = Appointment.submission_id == handoff.submission
    visit = session.scalar(select(Appointment).where(of_submission))
    if visit:
        return wait_with_visit(session, visit.id, wishes, actor=actor, now=now)
    row = _entry(session, WaitlistEntry.submission_id == handoff.submission, wishes, now=now)
    row.submission_id = handoff.submission
    born = handoff.date_of_birth
    row.patient_id = find_or_add_patient(session, person.patient, born, now=now)
    told = {name: getattr(handoff, name) for name in ("visit_type", "urgency")}
    told |= {name: getattr(person, name) for name in ("contact", "language", "consents")}
    seal_row(session, row, told | {"handoff": _claims(handoff)})
    recognise(session, row.patient_id, person.contact, now=now)
    return _noted(session, row, actor=actor, now=now)


def wait_as_agreed(session: Session, visit: Appointment, *, now: datetime) -> None:
    """After a booking: an entry of the same safety check goes on with the visit; otherwise one
    is made when the patient ticked that they would take an earlier time."""
    theirs = WaitlistEntry.submission_id == visit.submission_id
    row = session.scalar(select(WaitlistEntry).where(theirs, WaitlistEntry.state == "active"))
    if row:
        row.appointment_id = visit.id
    elif reveal_row(session, visit)["consents"].get("earlier_time"):
        _added(session, visit, Wishes(), actor="patient", now=now)


def _added(
    session: Session, visit: Appointment, wishes: Wishes, *, actor: str, now: datetime
) -> WaitlistEntry:
    row = _entry(session, WaitlistEntry.appointment_id == visit.id, wishes, now=now)
    row.appointment_id, row.patient_id = visit.id, visit.patient_id
    seal_row(session, row, {})
    return _noted(session, row, actor=actor, now=now)


def _entry(session: Session, theirs: Any, wishes: Wishes, *, now: datetime) -> WaitlistEntry:
    """A new row, or the one of somebody who had left and is back."""
    if wishes.practitioner:
        queries.practitioner(session, wishes.practitioner)
    row = session.scalar(select(WaitlistEntry).where(theirs).with_for_update())
    if row and row.state == "active":
        raise errors.OnWaitlistAlready
    row = row or WaitlistEntry(id=str(uuid.uuid4()))
    row.state, row.created_at = "active", now
    row.practitioner_id, row.part_of_day = wishes.practitioner, wishes.part_of_day
    row.days = wishes.days
    return row


def _noted(session: Session, row: WaitlistEntry, *, actor: str, now: datetime) -> WaitlistEntry:
    session.add(row)
    note(session, "waitlist_joined", row.id, actor=actor, now=now)
    session.flush()
    return row


def _claims(handoff: Handoff) -> dict[str, Any]:
    """As intake seals them: what `Handoff.from_claims` reads."""
    told = {name: getattr(handoff, name) for name in Handoff.__slots__}
    return {name: str(one) if isinstance(one, date) else one for name, one in told.items()}
