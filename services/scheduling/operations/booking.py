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
from shared.sealing import ServiceKeys, seal_row
from shared.staff import StaffMember

from .. import queries
from ..domain.codes import SlotName, new_reference
from ..domain.errors import (
    ConsentRequired,
    DateOfBirthInvalid,
    DateOfBirthMismatch,
    EmailConsentRequired,
    HandoffRequired,
    HoldExpired,
    SlotTaken,
)
from ..domain.handoff import Asker, Handoff
from ..domain.links import Links
from ..domain.people import is_possible_birth_date
from ..domain.time import TimeRange, wall_time
from ..models import Appointment, Hold, Practitioner
from . import holds, ledger
from .audit import note
from .patients import PatientName, find_or_add_patient

NOT_CHECKED = "UNKNOWN"  # the urgency of a visit that was booked without a safety check


@dataclass(frozen=True, slots=True, kw_only=True)
class Booking:
    """What somebody asks for: by slot or by hold; a patient always with a handoff."""

    slot: SlotName | None = None
    hold: str | None = None
    handoff: Handoff | None = None
    name: PatientName
    date_of_birth: date | None = None
    contact: dict[str, Any]  # email or None, phone (E.164), may_leave_message
    booker: dict[str, Any] | None = None
    language: str = "en"
    support: str = "none"
    consents: dict[str, bool] = field(default_factory=dict)
    staff: StaffMember | None = None
    overbook_reason: str | None = None
    notify: bool = True

    @property
    def asker(self) -> Asker:
        return Asker("staff" if self.staff else "patient", self.handoff)

    @property
    def is_overbooking(self) -> bool:
        return bool(self.staff and self.overbook_reason)


def book_appointment(
    session: Session, clinic: Clinic, booking: Booking, *, links: Links, now: datetime
) -> Appointment:
    """Raises a SchedulingError; then nothing of it is kept.

    The lock comes first, then the engine's judgement, then the claims, whose primary key decides.
    """
    _check_consents(booking)
    born = _birth_date(booking, wall_time(now, clinic.time_zone).date())
    slot = booking.slot or _held_slot(session, booking)
    kind = queries.visit_type(clinic, slot.visit_type)
    booking.asker.check(kind)
    practitioner = queries.practitioner(session, slot.practitioner)
    hold = holds.lock(session, clinic, slot, handoff=booking.handoff)
    _check_slot(session, clinic, booking, slot=slot, hold=hold, now=now)
    holds.release(session, hold)
    span = TimeRange.lasting(slot.start, kind.minutes)
    appointment = _appointment(session, booking, practitioner, span=span, now=now)
    appointment.patient_id = find_or_add_patient(session, booking.name, born, now=now)
    appointment.lane = _lane(session, booking, practitioner, slot=slot, span=span, now=now)
    seal_row(session, appointment, {"visit_type": kind.id, **_agreed(booking)})
    session.add(appointment)
    session.flush()
    owner: dict[str, Any] = {"lane": appointment.lane, "appointment_id": appointment.id}
    ledger.claim(session, slot, span.cells, asker=booking.asker, now=now, **owner)
    _note(session, booking, appointment, now=now)
    event = _event(booking, appointment, kind.id, practitioner=practitioner, links=links)
    outbox.record(session, event, now=now)
    return appointment


def _check_consents(booking: Booking) -> None:
    """The desk reads these out; online they are boxes that must be ticked."""
    if booking.staff:
        return
    if booking.handoff is None:
        raise HandoffRequired
    if not booking.consents.get("privacy_notice"):
        raise ConsentRequired
    if booking.contact["email"] and not booking.consents.get("email_ok"):
        raise EmailConsentRequired


def _birth_date(booking: Booking, today: date) -> date:
    known = booking.handoff.date_of_birth if booking.handoff else None
    born = booking.date_of_birth or known
    if known and born != known:
        raise DateOfBirthMismatch
    if born is None or not is_possible_birth_date(born, today):
        raise DateOfBirthInvalid
    return born


def _held_slot(session: Session, booking: Booking) -> SlotName:
    hold = queries.hold_of(session, booking.handoff)
    if hold is None or hold.id != booking.hold:
        raise HoldExpired
    return holds.slot_of(hold)


def _check_slot(
    session: Session,
    clinic: Clinic,
    booking: Booking,
    *,
    slot: SlotName,
    hold: Hold | None,
    now: datetime,
) -> None:
    """A hold is a promise: its time is judged as of the moment when it was given."""
    is_promised = hold is not None and hold.expires_at > now and holds.slot_of(hold) == slot
    if booking.slot is None and not is_promised:
        raise HoldExpired
    queries.check_slot(
        session,
        clinic,
        slot,
        asker=booking.asker,
        now=hold.created_at if hold and is_promised else now,
        own_hold=hold.id if hold else None,
        ignore_claims=is_promised or booking.is_overbooking,
    )


def _lane(
    session: Session,
    booking: Booking,
    practitioner: Practitioner,
    *,
    slot: SlotName,
    span: TimeRange,
    now: datetime,
) -> int:
    """Lane 0, or for a deliberate overbooking the next free one, up to the practitioner's limit."""
    if not booking.is_overbooking:
        return 0
    lane = ledger.free_lane(session, practitioner.id, span.cells, now=now)
    if lane >= practitioner.lanes:
        raise SlotTaken(slot, booking.asker)
    return lane


def _appointment(
    session: Session,
    booking: Booking,
    practitioner: Practitioner,
    *,
    span: TimeRange,
    now: datetime,
) -> Appointment:
    keys: ServiceKeys = session.info["keys"]
    email = booking.contact["email"]
    return Appointment(
        id=str(uuid.uuid4()),
        reference=_unused_reference(session),
        status="booked",
        version=1,
        submission_id=booking.handoff.submission if booking.handoff else str(uuid.uuid4()),
        practitioner_id=practitioner.id,
        start=span.start,
        end=span.end,
        booked_by=booking.asker.channel,
        safety_check="done" if booking.handoff else "not_done",
        link_generation=1,
        email_key=keys.index("email", email.casefold()) if email else None,
        phone_key=keys.index("phone", booking.contact["phone"]),
        created_at=now,
    )


def _unused_reference(session: Session) -> str:
    while True:
        reference = new_reference()
        taken = select(Appointment.id).where(Appointment.reference == reference)
        if session.scalar(taken) is None:
            return reference


def _agreed(booking: Booking) -> dict[str, Any]:
    """What holds for this visit, whatever changes on the patient's record later."""
    kept = ("language", "support", "contact", "booker", "consents")
    urgency = booking.handoff.urgency if booking.handoff else None
    return {"urgency": urgency, **{name: getattr(booking, name) for name in kept}}


def _note(session: Session, booking: Booking, appointment: Appointment, *, now: datetime) -> None:
    actor = booking.staff.id if booking.staff else "patient"
    reason = booking.overbook_reason if appointment.lane else None
    action = "overbooked" if appointment.lane else "booked"
    note(session, action, appointment.id, actor=actor, now=now, reason=reason)


def _event(
    booking: Booking,
    appointment: Appointment,
    visit_type: str,
    *,
    practitioner: Practitioner,
    links: Links,
) -> AppointmentBooked:
    return AppointmentBooked(
        appointment=appointment.id,
        version=appointment.version,
        submission=appointment.submission_id,
        patient=appointment.patient_id,
        start=appointment.start,
        end=appointment.end,
        booked_by=appointment.booked_by,
        safety_check=appointment.safety_check,
        notify=booking.notify,
        reference=appointment.reference,
        urgency=booking.handoff.urgency if booking.handoff else NOT_CHECKED,
        visit_type=visit_type,
        practitioner=practitioner.name,
        given_name=booking.name.given,
        email=booking.contact["email"],
        language=booking.language,
        manage_url=links.manage_url(appointment.id, appointment.link_generation),
    )
