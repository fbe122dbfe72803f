"""People who wait for an earlier time, times that came free, and who is asked next."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from shared.sealing import reveal_row
from shared.service import Service

from ..domain.codes import SlotName
from ..domain.errors import LinkInvalid, NoSuchOffer, NoSuchWaitlistEntry, SchedulingError
from ..domain.handoff import Asker, Handoff
from ..domain.links import OFFER
from ..domain.time import Start, TimeRange, wall_time
from ..domain.urgency import rank
from ..domain.waitlist import Opening, Waiting, may_ask, ranked
from ..models import (
    OCCUPYING,
    Appointment,
    AppointmentChange,
    Claim,
    Patient,
    Practitioner,
    WaitlistEntry,
    WaitlistOffer,
)
from .clinic import catalog_of, links_of
from .people import surviving
from .slots import explain, wanted

FREEING = ("moved", "cancelled", "entered_in_error", "undone")
LOOK_BACK = timedelta(days=7)  # a time that nobody wanted for so long is an ordinary free time


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryDetails:
    """One who waits, readable; moments are in clinic time."""

    id: str
    state: str
    patient: dict[str, Any]
    contact: dict[str, Any]
    language: str
    visit_type: str
    urgency: str | None
    practitioner: str | None
    days: list[str]
    part_of_day: str
    created_at: datetime
    appointment: str | None
    reference: str | None
    current_start: datetime | None
    offer: WaitlistOffer | None
    handoff: Handoff | None
    consents: dict[str, bool]

    @property
    def waiting(self) -> Waiting:
        current, handoff = self.current_start, self.handoff
        return Waiting(
            id=self.id,
            since=self.created_at,
            urgency=self.urgency,
            visit_type=self.visit_type,
            practitioner=self.practitioner,
            specialty=handoff.specialty if handoff else None,
            days=tuple(self.days),
            part_of_day=self.part_of_day,
            current=current.replace(tzinfo=None) if current else None,
            latest_day=handoff.latest_day if handoff else None,
        )


def waiting_people(session: Session, service: Service, *, now: datetime) -> list[EntryDetails]:
    """Everybody who still waits: not those whose visit has begun or was given up."""
    active = select(WaitlistEntry).where(WaitlistEntry.state == "active")
    rows = session.scalars(active.order_by(WaitlistEntry.created_at, WaitlistEntry.id))
    return [
        entry_details(session, service, row, now=now) for row in rows if _waits(session, row, now)
    ]


def by_urgency(people: Sequence[EntryDetails]) -> list[EntryDetails]:
    """Urgent ones first, then who has waited longest."""
    return sorted(people, key=lambda one: (-rank(one.urgency), one.created_at, one.id))


def best_first(people: Sequence[EntryDetails], time: Opening) -> list[EntryDetails]:
    """Those whom this time suits, best match first."""
    by_id = {one.id: one for one in people}
    return [by_id[one.id] for one in ranked((one.waiting for one in people), time)]


def entry(session: Session, entry_id: str) -> WaitlistEntry:
    found = session.get(WaitlistEntry, entry_id)
    if found is None:
        raise NoSuchWaitlistEntry
    return found


def offer(session: Session, offer_id: str) -> WaitlistOffer:
    found = session.get(WaitlistOffer, offer_id)
    if found is None:
        raise NoSuchOffer
    return found


def offer_for_token(session: Session, service: Service, token: str) -> WaitlistOffer:
    """The offer of a mail link; LinkInvalid for anything that was not made for it."""
    links = links_of(service)
    found = session.get(WaitlistOffer, links.appointment_of(token))
    generation = entry(session, found.entry_id).link_generation if found else 0
    # The proof is computed for an unknown offer too: the time taken tells nothing.
    if not links.is_valid(token, generation, OFFER) or found is None:
        raise LinkInvalid
    return found


def practitioner_name(session: Session, practitioner_id: str) -> str:
    """Also of one who has left."""
    return session.get_one(Practitioner, practitioner_id).name


def open_offer_of(session: Session, entry_id: str) -> WaitlistOffer | None:
    """An offer nobody has answered; one whose time is up waits for the job to say so."""
    unanswered = WaitlistOffer.entry_id == entry_id, WaitlistOffer.outcome.is_(None)
    return session.scalar(select(WaitlistOffer).where(*unanswered))


def entry_details(
    session: Session, service: Service, row: WaitlistEntry, *, now: datetime
) -> EntryDetails:
    """What belongs to a visit is read from the visit: it may have been corrected since."""
    zone, kept = service.clinic.time_zone, reveal_row(session, row)
    visit = session.get(Appointment, row.appointment_id) if row.appointment_id else None
    told = reveal_row(session, visit) if visit else kept
    patient_id = visit.patient_id if visit else surviving(session, row.patient_id)
    return EntryDetails(
        id=row.id,
        state=row.state,
        patient={"id": patient_id, **reveal_row(session, session.get_one(Patient, patient_id))},
        contact=told["contact"],
        language=told["language"],
        visit_type=told["visit_type"],
        urgency=told["urgency"],
        practitioner=row.practitioner_id,
        days=row.days,
        part_of_day=row.part_of_day,
        created_at=row.created_at.astimezone(zone),
        appointment=row.appointment_id,
        reference=visit.reference if visit else None,
        current_start=visit.start.astimezone(zone) if visit else None,
        offer=open_offer_of(session, row.id),
        handoff=Handoff.from_claims(kept["handoff"]) if kept.get("handoff") else None,
        consents=kept.get("consents") or {},
    )


def freed_times(session: Session, service: Service, *, now: datetime) -> list[Opening]:
    """Times to come that visits gave up, and that nobody has taken or keeps for an undo."""
    recent = AppointmentChange.at > now - LOOK_BACK, AppointmentChange.action.in_(FREEING)
    # Visits in the past give nothing up any more: the index on their start keeps this small.
    changes = select(AppointmentChange.before).join(Appointment)
    found = session.scalars(changes.where(*recent, Appointment.start > now - timedelta(days=1)))
    given_up = {
        (before["practitioner"], datetime.fromisoformat(before["start"]))
        for before in found
        if before and before["status"] in OCCUPYING
    }
    coming = sorted((start, person) for person, start in given_up if start > now)
    return [
        opening(session, service, person, start)
        for start, person in coming
        if _is_unclaimed(session, person, start, now=now)
    ]


def opening(session: Session, service: Service, person: str, start: datetime) -> Opening:
    specialty = session.get_one(Practitioner, person).specialty
    local = wall_time(start, service.clinic.time_zone)
    return Opening(practitioner=person, specialty=specialty, start=start, local=local)


def next_in_line(
    session: Session,
    service: Service,
    time: Opening,
    people: Sequence[EntryDetails],
    *,
    now: datetime,
) -> EntryDetails | None:
    """Whom to ask about a freed time: the best of those who were not asked about it yet, have no
    other offer, can be reached now, and may have it by the engine's rules."""
    local = wall_time(now, service.clinic.time_zone)
    if not may_ask(local, time.local):
        return None
    same = WaitlistOffer.practitioner_id == time.practitioner, WaitlistOffer.start == time.start
    asked = set(session.scalars(select(WaitlistOffer.entry_id).where(*same)))
    is_staffed = _is_staffed(service, local)
    free = [
        one
        for one in people
        if one.id not in asked and one.offer is None and (one.contact["email"] or is_staffed)
    ]
    suited = best_first(free, time)
    return next((one for one in suited if _may_have(session, service, one, time, now=now)), None)


def asker_of(one: EntryDetails) -> Asker:
    """The safety check binds whoever came with one. A visit that exists was judged already; what
    staff book only (an injection) may be offered again."""
    return Asker("patient", one.handoff) if one.appointment is None else Asker("staff")


def _may_have(
    session: Session, service: Service, one: EntryDetails, time: Opening, *, now: datetime
) -> bool:
    """Asked as a patient in any case: nobody is asked to come within the hour."""
    clinic = service.clinic
    start = Start.at(time.start, clinic.time_zone)
    try:
        slot = SlotName(one.visit_type, time.practitioner, time.start)
        asked = wanted(session, clinic, slot, asker=asker_of(one), now=now)
    except SchedulingError:
        return False
    notice = timedelta(minutes=catalog_of(clinic).patient_notice_minutes)
    wish = asked.asker.wish(asked.kind, now)
    reasons = explain(session, clinic, start, wish=wish, practitioner_id=time.practitioner)
    return not reasons and time.start >= now + notice


def _waits(session: Session, row: WaitlistEntry, now: datetime) -> bool:
    if row.appointment_id is None:
        return True
    visit = session.get_one(Appointment, row.appointment_id)
    return visit.status == "booked" and visit.start > now


def _is_unclaimed(session: Session, person: str, start: datetime, *, now: datetime) -> bool:
    cell = TimeRange(start, start + timedelta(minutes=1)).cells.start
    live = or_(Claim.expires_at.is_(None), Claim.expires_at > now)
    claims = select(Claim.cell).where(Claim.resource == person, Claim.cell == cell, live)
    return session.scalar(claims.limit(1)) is None


def _is_staffed(service: Service, local: datetime) -> bool:
    """Whether somebody can phone: who has no e-mail is asked in the clinic's hours."""
    clinic, day = service.clinic, local.date()
    if day.weekday() not in clinic.opening or day in clinic.closed_dates(day, day):
        return False
    opens, closes = clinic.opening[day.weekday()]
    return opens <= local.time() < closes


def offers_due(session: Session, *, now: datetime) -> Iterator[str]:
    """Offers whose time is up and that nobody answered."""
    due = WaitlistOffer.outcome.is_(None), WaitlistOffer.expires_at <= now
    ordered = select(WaitlistOffer.id).where(*due).order_by(WaitlistOffer.expires_at)
    yield from session.scalars(ordered)
