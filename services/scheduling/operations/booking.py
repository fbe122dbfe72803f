"""Booking a visit: the whole of it in one transaction, or nothing."""

import uuid
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from shared.clinic import Clinic
from shared.events.scheduling import AppointmentBooked
from shared.messaging import outbox
from shared.sealing import seal_row
from shared.service import Service
from shared.staff import StaffMember

from .. import queries
from ..domain import errors
from ..domain.codes import SlotName, new_reference
from ..domain.handoff import Asker, Handoff, Wanted
from ..domain.people import is_possible_birth_date
from ..domain.time import wall_time
from ..models import Appointment, Hold
from . import holds, limiting, placing
from .audit import note
from .changing import begin_history
from .contacting import set_contact
from .following import after_booking
from .offers import make_way
from .patients import find_or_add_patient
from .telling import visit_facts

NOT_CHECKED = "UNKNOWN"  # the urgency of a visit that was booked without a safety check
AGREED = ("language", "support", "contact", "booker", "guardian", "consents")


@dataclass(frozen=True, slots=True, kw_only=True)
class Booking:
    """What somebody asks for: by slot or by hold; a patient always with a handoff."""

    slot: SlotName | None = None
    hold: str | None = None
    handoff: Handoff | None = None
    patient: dict[str, Any]  # given_name, family_name, perhaps date_of_birth
    contact: dict[str, Any]  # email or None, phone (E.164), may_leave_message
    booker: dict[str, Any] | None = None
    guardian: dict[str, Any] | None = None
    language: str = "en"
    support: str = "none"
    consents: dict[str, bool] = field(default_factory=dict)
    staff: StaffMember | None = None
    overbook_reason: str | None = None
    override: bool = False  # of an offer to the waitlist
    notify: bool = True

    @property
    def asker(self) -> Asker:
        return Asker("staff" if self.staff else "patient", self.handoff)

    @property
    def is_overbooking(self) -> bool:
        return bool(self.staff and self.overbook_reason)


def book_appointment(
    session: Session, service: Service, booking: Booking, *, now: datetime
) -> Appointment:
    """Raises a SchedulingError; then nothing of it is kept.

    The lock comes first, then the engine's judgement, then the claims, whose primary key decides.
    """
    _check_consents(booking)
    clinic = service.clinic
    born = _birth_date(booking, wall_time(now, clinic.time_zone).date())
    slot = booking.slot or _held_slot(session, booking)
    wanted = queries.wanted(session, clinic, slot, asker=booking.asker, now=now)
    if booking.staff is None:
        mail = booking.contact["email"]
        limiting.lock_people(session, service, booking.patient, born, email=mail)
    hold = holds.lock(session, clinic, wanted, handoff=booking.handoff)
    if booking.staff and not booking.is_overbooking:
        make_way(session, service, wanted, override=booking.override, now=now)
    placement = _place(session, clinic, booking, wanted=wanted, hold=hold)
    holds.release(session, hold)
    row = _appointment(booking, wanted)
    placement.onto(row)
    row.practitioner = queries.practitioner(session, slot.practitioner)
    row.patient_id = find_or_add_patient(session, booking.patient, born, now=now)
    _seal(session, row, booking, visit_type=slot.visit_type)
    if booking.staff is None:
        limiting.check_visits(session, service, row, now=now)
    session.add(row)
    session.flush()
    placing.take(session, wanted, placement, appointment_id=row.id)
    after_booking(session, row, booking.contact, now=now)
    _tell(session, service, booking, row=row, visit_type=slot.visit_type)
    return row


def _check_consents(booking: Booking) -> None:
    """The desk reads these out; online they are boxes that must be ticked."""
    if booking.staff:
        return
    if booking.handoff is None:
        raise errors.HandoffRequired
    if not booking.consents.get("privacy_notice"):
        raise errors.ConsentRequired
    if booking.contact["email"] and not booking.consents.get("email_ok"):
        raise errors.EmailConsentRequired


def _birth_date(booking: Booking, today: date) -> date:
    known = booking.handoff.date_of_birth if booking.handoff else None
    born: date | None = booking.patient.get("date_of_birth") or known
    if known and born != known:
        raise errors.DateOfBirthMismatch
    if born is None or not is_possible_birth_date(born, today):
        raise errors.DateOfBirthInvalid
    return born


def _held_slot(session: Session, booking: Booking) -> SlotName:
    hold = queries.hold_of(session, booking.handoff)
    if hold is None or hold.id != booking.hold:
        raise errors.HoldExpired
    return hold.slot


def _place(
    session: Session, clinic: Clinic, booking: Booking, *, wanted: Wanted, hold: Hold | None
) -> placing.Placement:
    """A hold is a promise: its time is judged as of the moment when it was given."""
    kept = None
    if hold and hold.expires_at > wanted.now and hold.slot == wanted.slot:
        kept = hold.created_at if hold.end == wanted.span.end else None
    if booking.slot is None and kept is None:
        raise errors.HoldExpired
    return placing.place(
        session,
        clinic,
        wanted,
        own=[hold.id] if hold else [],
        promised_at=kept,
        overbooks=booking.is_overbooking,
    )


def _appointment(booking: Booking, wanted: Wanted) -> Appointment:
    return Appointment(
        id=str(uuid.uuid4()),
        submission_id=booking.handoff.submission if booking.handoff else str(uuid.uuid4()),
        start=wanted.span.start,
        end=wanted.span.end,
        booked_by=booking.asker.channel,
        safety_check="done" if booking.handoff else "not_done",
        created_at=wanted.now,
    )


def _seal(session: Session, row: Appointment, booking: Booking, *, visit_type: str) -> None:
    """What is agreed for this visit stays with it, whatever changes later."""
    row.reference = _unused_reference(session)
    set_contact(session, row, booking.contact)
    agreed = {name: getattr(booking, name) for name in AGREED}
    urgency = booking.handoff.urgency if booking.handoff else None
    seal_row(session, row, {**agreed, "visit_type": visit_type, "urgency": urgency})


def _unused_reference(session: Session) -> str:
    while True:
        reference = new_reference()
        taken = select(Appointment.id).where(Appointment.reference == reference)
        if session.scalar(taken) is None:
            return reference


def _tell(
    session: Session, service: Service, booking: Booking, *, row: Appointment, visit_type: str
) -> None:
    """The audit row and the event, in the same commit as the visit."""
    actor = booking.staff.id if booking.staff else "patient"
    action, reason = ("overbooked", booking.overbook_reason) if row.lane else ("booked", None)
    note(session, action, row.id, actor=actor, now=row.created_at, reason=reason)
    begin_history(session, row, actor=actor)
    event = AppointmentBooked(
        booked_by=row.booked_by,
        safety_check=row.safety_check,
        urgency=booking.handoff.urgency if booking.handoff else NOT_CHECKED,
        visit_type=visit_type,
        **visit_facts(session, service, row, notify=booking.notify),
    )
    outbox.record(session, event, now=row.created_at)
