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
from ..domain.catalog import VisitType
from ..domain.codes import SlotName, new_reference
from ..domain.errors import (
    ConsentRequired,
    DateOfBirthInvalid,
    DateOfBirthMismatch,
    EmailConsentRequired,
    HandoffRequired,
    HoldExpired,
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
    asking: dict[str, Any] = {"asker": booking.asker, "now": now}
    lane = 0
    if booking.is_overbooking:
        lanes = practitioner.lanes
        lane = ledger.free_lane(session, slot, span.cells, lanes=lanes, **asking)
    appointment = _appointment(session, booking, slot, span=span, lane=lane, now=now)
    appointment.patient_id = find_or_add_patient(session, booking.name, born, now=now)
    session.add(appointment)
    session.flush()
    ledger.claim(session, slot, span.cells, lane=lane, appointment_id=appointment.id, **asking)
    actor = booking.staff.id if booking.staff else "patient"
    reason = booking.overbook_reason if lane else None
    action = "overbooked" if lane else "booked"
    note(session, action, appointment.id, actor=actor, now=now, reason=reason)
    outbox.record(
        session, _event(booking, appointment, practitioner, links=links, kind=kind), now=now
    )
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


def _appointment(
    session: Session,
    booking: Booking,
    slot: SlotName,
    *,
    span: TimeRange,
    lane: int,
    now: datetime,
) -> Appointment:
    """The row, with what is agreed for this visit sealed, whatever changes later."""
    keys: ServiceKeys = session.info["keys"]
    handoff, email = booking.handoff, booking.contact["email"]
    row = Appointment(
        id=str(uuid.uuid4()),
        reference=_unused_reference(session),
        status="booked",
        version=1,
        submission_id=handoff.submission if handoff else str(uuid.uuid4()),
        practitioner_id=slot.practitioner,
        start=span.start,
        end=span.end,
        lane=lane,
        booked_by=booking.asker.channel,
        safety_check="done" if handoff else "not_done",
        link_generation=1,
        email_key=keys.index("email", email.casefold()) if email else None,
        phone_key=keys.index("phone", booking.contact["phone"]),
        created_at=now,
    )
    kept = ("language", "support", "contact", "booker", "consents")
    agreed = {name: getattr(booking, name) for name in kept}
    urgency = handoff.urgency if handoff else None
    seal_row(session, row, {**agreed, "visit_type": slot.visit_type, "urgency": urgency})
    return row


def _unused_reference(session: Session) -> str:
    while True:
        reference = new_reference()
        taken = select(Appointment.id).where(Appointment.reference == reference)
        if session.scalar(taken) is None:
            return reference


def _event(
    booking: Booking,
    row: Appointment,
    practitioner: Practitioner,
    *,
    links: Links,
    kind: VisitType,
) -> AppointmentBooked:
    same = ("version", "start", "end", "booked_by", "safety_check", "reference")
    return AppointmentBooked(
        appointment=row.id,
        submission=row.submission_id,
        patient=row.patient_id,
        notify=booking.notify,
        urgency=booking.handoff.urgency if booking.handoff else NOT_CHECKED,
        visit_type=kind.id,
        practitioner=practitioner.name,
        given_name=booking.name.given,
        email=booking.contact["email"],
        language=booking.language,
        manage_url=links.manage_url(row.id, row.link_generation),
        **{name: getattr(row, name) for name in same},
    )
