"""Closures: which visits one would hit, and how far each of their patients has been helped."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from shared.clinic import Clinic
from shared.sealing import reveal_row
from shared.service import Service

from ..domain.errors import NoSuchClosure
from ..domain.handoff import Wanted
from ..domain.time import TimeRange, wall_time
from ..models import Appointment, Block, ClosureCase, Hold, Practitioner
from .slots import Search, Slot, open_slots

DONE = ("moved", "cancelled", "kept")
AROUND = timedelta(days=14)  # how far from the lost time another one is looked for
SOMEBODY_ELSE = timedelta(days=2)  # so much nearer must a time with another practitioner be


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseDetails:
    """One visit that is hit; `start` is its time in clinic time, `alternatives` are kept for it."""

    appointment: str
    reference: str
    patient: dict[str, Any]
    contact: dict[str, Any]
    practitioner: Practitioner
    start: datetime
    end: datetime
    state: str
    alternatives: list[Hold]


def closure(session: Session, closure_id: str) -> Block:
    found = session.get(Block, closure_id)
    if found is None or found.kind != "closure":
        raise NoSuchClosure
    return found


def visits_hit(
    session: Session, practitioner: str | None, span: TimeRange
) -> Sequence[Appointment]:
    """Booked visits that overlap; who is in the clinic already is seen."""
    overlaps = Appointment.start < span.end, Appointment.end > span.start
    hit = select(Appointment).where(Appointment.status == "booked", *overlaps)
    if practitioner:
        hit = hit.where(Appointment.practitioner_id == practitioner)
    return session.scalars(hit.order_by(Appointment.start, Appointment.id)).all()


def hit_details(
    session: Session, service: Service, visits: Sequence[Appointment], *, now: datetime
) -> list[CaseDetails]:
    """Before anything is closed."""
    return [_details(session, service, visit, "hit", now=now) for visit in visits]


def cases(
    session: Session, service: Service, closure_id: str, *, now: datetime
) -> list[CaseDetails]:
    """Every visit that a closure hit, in the order of their (present) times."""
    hit = select(ClosureCase, Appointment).join(Appointment)
    rows = session.execute(
        hit.where(ClosureCase.closure_id == closure_id).order_by(Appointment.start, Appointment.id)
    ).all()
    return [_details(session, service, visit, case.state, now=now) for case, visit in rows]


def open_cases(session: Session, state: str, *, closure_id: str | None = None) -> list[ClosureCase]:
    """Cases in one state: of one closure, or of all."""
    found = select(ClosureCase).where(ClosureCase.state == state)
    if closure_id:
        found = found.where(ClosureCase.closure_id == closure_id)
    return list(session.scalars(found.order_by(ClosureCase.updated_at, ClosureCase.appointment_id)))


def kept_alternatives(session: Session, appointment_id: str, *, now: datetime) -> list[Hold]:
    """Times that are kept for the patient of a closed visit."""
    theirs = Hold.appointment_id == appointment_id, Hold.purpose == "closure"
    live = select(Hold).where(*theirs, Hold.expires_at > now)
    return list(session.scalars(live.order_by(Hold.start, Hold.id)))


def nearest_slots(
    session: Session, clinic: Clinic, lost: Wanted, *, now: datetime, after: datetime
) -> list[Slot]:
    """Free times around a lost one, nearest first; rather with the same practitioner."""
    day = wall_time(max(lost.slot.start, now), clinic.time_zone).date()
    first, last = day - AROUND, day + AROUND
    search = Search(lost.slot.visit_type, first, last, asker=lost.asker)
    found = [slot for slot in open_slots(session, clinic, search, now=now) if slot.start >= after]

    def distance(slot: Slot) -> tuple[timedelta, tuple[int, str]]:
        is_other = slot.practitioner.id != lost.slot.practitioner
        away = abs(slot.start - lost.slot.start) + (SOMEBODY_ELSE if is_other else timedelta())
        return away, slot.order

    return sorted(found, key=distance)


def _details(
    session: Session, service: Service, visit: Appointment, state: str, *, now: datetime
) -> CaseDetails:
    zone = service.clinic.time_zone
    return CaseDetails(
        appointment=visit.id,
        reference=visit.reference,
        patient={"id": visit.patient_id, **reveal_row(session, visit.patient)},
        contact=reveal_row(session, visit)["contact"],
        practitioner=visit.practitioner,
        start=visit.start.astimezone(zone),
        end=visit.end.astimezone(zone),
        state=state,
        alternatives=kept_alternatives(session, visit.id, now=now),
    )
