"""Closing time for one practitioner or for everybody, from that second on: every booked visit in
it is cancelled by the clinic, and followed up until its patient has been helped."""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from shared.service import Service
from shared.staff import StaffMember

from .. import queries
from ..domain import errors
from ..domain.time import TimeRange, days_between, wall_time
from ..models import Appointment, Block, ClosureCase, Hold, WaitlistOffer
from . import giving_up, ledger
from .audit import note
from .changing import Actor, Change, places_of
from .following_up import ask_to_phone_about
from .life import cancel_appointment
from .offers import end_offer

LONGEST = timedelta(days=366)


@dataclass(frozen=True, slots=True, kw_only=True)
class Closing:
    """Without a practitioner: everybody's time."""

    practitioner: str | None
    start: datetime
    end: datetime
    reason: str

    @property
    def span(self) -> TimeRange:
        return TimeRange(self.start, self.end)


def check_closing(session: Session, closing: Closing, *, now: datetime) -> None:
    """Raises ClosureInvalid or UnknownPractitioner."""
    if not timedelta() < closing.end - closing.start <= LONGEST or closing.end <= now:
        raise errors.ClosureInvalid
    if closing.practitioner:
        queries.practitioner(session, closing.practitioner)


def close_time(
    session: Session, service: Service, closing: Closing, *, member: StaffMember, now: datetime
) -> Block:
    """Whoever books there waits for this to be done, and is then refused."""
    check_closing(session, closing, now=now)
    _lock(session, service, closing)
    row = Block(
        id=str(uuid.uuid4()),
        kind="closure",
        practitioner_id=closing.practitioner,
        start=closing.start,
        end=closing.end,
        reason=closing.reason,
        created_at=now,
        created_by=member.id,
    )
    session.add(row)
    note(session, "closed", row.id, actor=member.id, now=now, reason=closing.reason)
    session.flush()
    _let_go_of_offers(session, service, closing, now=now)
    for visit in queries.visits_hit(session, closing.practitioner, closing.span):
        if visit.end > now:
            _give_up(session, service, row, visit, member=member, now=now)
    return row


def reopen_time(session: Session, closure_id: str, *, member: StaffMember, now: datetime) -> None:
    """The time is free again. Who has another time keeps it; alternatives nobody chose are let
    go; the desk's open calls stay, for those visits are still cancelled."""
    row = queries.closure(session, closure_id)
    hit = select(ClosureCase.appointment_id).where(ClosureCase.closure_id == row.id)
    kept = Hold.purpose == "closure", Hold.appointment_id.in_(hit)
    session.execute(delete(Hold).where(*kept))
    session.execute(delete(ClosureCase).where(ClosureCase.closure_id == row.id))
    session.delete(row)
    note(session, "reopened", row.id, actor=member.id, now=now)
    session.flush()


def _lock(session: Session, service: Service, closing: Closing) -> None:
    """All days at once, in the order that everybody keeps: those that close, and those where a
    visit that is hit keeps something for its undo."""
    zone = service.clinic.time_zone
    people = [one.id for one in queries.practitioners(session)]
    if closing.practitioner:
        people = [closing.practitioner]
    first, last = (wall_time(instant, zone).date() for instant in (closing.start, closing.end))
    noons = [
        datetime.combine(day, datetime.min.time(), tzinfo=zone) + timedelta(hours=12)
        for day in days_between(first, last)
    ]
    places: set[Any] = {(person, noon) for person in people for noon in noons}
    for visit in queries.visits_hit(session, closing.practitioner, closing.span):
        places |= places_of(session, visit)
    ledger.lock_days(session, service.clinic, places)
    session.expire_all()


def _give_up(
    session: Session,
    service: Service,
    row: Block,
    visit: Appointment,
    *,
    member: StaffMember,
    now: datetime,
) -> None:
    """The one message to the patient is that of the cancellation; it leads to the alternatives."""
    change = Change(visit=visit.id, actor=Actor.of(member), now=now, reason=row.reason)
    cancelled = cancel_appointment(session, service, change, by="clinic", cause="closure")
    giving_up.let_go(session, cancelled)
    case = ClosureCase(closure_id=row.id, appointment_id=visit.id, state="new", updated_at=now)
    session.add(case)
    session.flush()
    if cancelled.email_key is None:
        ask_to_phone_about(session, case, now=now)


def _let_go_of_offers(
    session: Session, service: Service, closing: Closing, *, now: datetime
) -> None:
    """What was being offered there to others is gone."""
    within = Hold.start < closing.end, Hold.end > closing.start
    kept = select(Hold).where(Hold.purpose.in_(("waitlist", "closure")), *within)
    if closing.practitioner:
        kept = kept.where(Hold.practitioner_id == closing.practitioner)
    for hold in session.scalars(kept.order_by(Hold.id)).all():
        mine = WaitlistOffer.hold_id == hold.id, WaitlistOffer.outcome.is_(None)
        offer = session.scalar(select(WaitlistOffer).where(*mine).with_for_update())
        if offer:
            end_offer(session, service, offer, "gone", actor="system", now=now)
        else:
            session.delete(hold)
    session.flush()
