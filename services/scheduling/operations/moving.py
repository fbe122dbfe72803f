"""Moving a visit to another time, another practitioner or both, in one transaction. The visit
stays what it is: id, reference, links and calendar entry; only its version goes on."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shared.clinic import Clinic
from shared.events.scheduling import AppointmentRescheduled
from shared.messaging import outbox
from shared.sealing import reveal_row
from shared.service import Service

from .. import queries
from ..domain import life
from ..domain.codes import SlotName
from ..domain.errors import HoldExpired, NoSuchAppointment, TransitionRefused
from ..domain.handoff import Asker, Handoff, Wanted
from ..domain.time import wall_time
from ..models import Appointment, Claim, Hold
from . import giving_up, ledger, placing
from .changing import Change, kept_for_undo, lock_visit, record_change, standing_of, state_of
from .life import check_patient
from .offers import make_way
from .telling import visit_facts

THERE = "The visit is at this time already."


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where a visit is to go. Without a practitioner: to the same one. `hold`: the id of one that
    keeps this very time for the visit; it is used up."""

    start: datetime
    practitioner: str | None = None
    hold: str | None = None
    overbook_reason: str | None = None
    override: bool = False  # of an offer to the waitlist


def move_appointment(
    session: Session, service: Service, change: Change, *, target: Target, cause: str = "request"
) -> Appointment:
    """`cause`: "request", "waitlist" or "closure". The old cells are kept for an undo.

    Raises SlotTaken, NotBookable, TransitionRefused, TooLate, HoldExpired.
    """
    clinic = service.clinic
    slot = _slot(session, change, target)
    row = lock_visit(session, clinic, change, more=_places(session, clinic, slot, change))
    check_patient(clinic, row, change)
    life.check_move(standing_of(row), slot.start, clinic.time_zone)
    if (row.practitioner_id, row.start) == (slot.practitioner, slot.start):
        raise TransitionRefused(THERE)
    before = state_of(row)
    wanted = _wanted(session, clinic, row, change, slot=slot, is_promised=bool(target.hold))
    if change.actor.kind == "staff" and not (target.hold or target.overbook_reason):
        make_way(session, service, wanted, override=target.override, now=change.now)
    until = life.undo_until(life.MOVED, change.now, by_patient=False, zone=clinic.time_zone)
    giving_up.give_up(session, row, until=until, now=change.now)
    _take(session, clinic, row, wanted, target=target)
    row.attendance_confirmed_at = None  # they said so of another time
    reason = target.overbook_reason if row.lane else change.reason
    noted = replace(change, reason=reason)
    record_change(session, row, noted, action=life.MOVED, before=before, undo_until=until)
    event = AppointmentRescheduled(
        changed_by=change.actor.kind,
        previous_start=datetime.fromisoformat(before["start"]),
        cause=cause,
        **visit_facts(session, service, row, notify=change.notify),
    )
    outbox.record(session, event, now=change.now)
    return row


def _slot(session: Session, change: Change, target: Target) -> SlotName:
    row = session.get(Appointment, change.visit)
    if row is None:
        raise NoSuchAppointment
    visit_type = reveal_row(session, row)["visit_type"]
    return SlotName(visit_type, target.practitioner or row.practitioner_id, target.start)


def _wanted(
    session: Session,
    clinic: Clinic,
    row: Appointment,
    change: Change,
    *,
    slot: SlotName,
    is_promised: bool,
) -> Wanted:
    """Staff choose freely, and what was promised was judged before. A patient may take what could
    be booked online; one who must be seen soon, nothing later than the day they have."""
    asker = Asker("staff")
    if change.actor.kind == "patient" and not is_promised:
        agreed = reveal_row(session, row)
        day = wall_time(row.start, clinic.time_zone).date()
        asker = Asker("patient", _bound(session, row, agreed, latest_day=day))
    return queries.wanted(session, clinic, slot, asker=asker, now=change.now)


def _bound(
    session: Session, row: Appointment, agreed: dict[str, Any], *, latest_day: date
) -> Handoff | None:
    """What the safety check said when this visit was booked still binds its patient."""
    if agreed["urgency"] != "URGENT_2BD":
        return None
    return Handoff(
        submission=row.submission_id,
        urgency=agreed["urgency"],
        visit_type=agreed["visit_type"],
        specialty=row.practitioner.specialty,
        latest_day=latest_day,
        date_of_birth=date.fromisoformat(reveal_row(session, row.patient)["date_of_birth"]),
        language=agreed["language"],
    )


def _take(
    session: Session, clinic: Clinic, row: Appointment, wanted: Wanted, *, target: Target
) -> None:
    """The new cells; the visit's own, kept or not, do not stand in its way."""
    if target.hold:
        _use_up(session, target.hold, wanted)
    kept = kept_for_undo(session, row)
    assert kept is not None
    overbooks = bool(target.overbook_reason)
    placement = placing.place(session, clinic, wanted, own=[kept.id], overbooks=overbooks)
    placement.onto(row)
    row.practitioner = queries.practitioner(session, wanted.slot.practitioner)
    row.practitioner_id = row.practitioner.id
    row.start, row.end = wanted.span.start, wanted.span.end
    cells = wanted.span.cells
    again = Claim.resource.in_([row.practitioner_id, *placement.resources])
    within = Claim.cell.between(cells.start, cells.stop - 1)
    session.execute(sa.delete(Claim).where(Claim.hold_id == kept.id, again, within))
    session.flush()
    placing.take(session, wanted, placement, appointment_id=row.id)


def _places(session: Session, clinic: Clinic, slot: SlotName, change: Change) -> set[ledger.Place]:
    wanted = queries.wanted(session, clinic, slot, asker=Asker("staff"), now=change.now)
    return placing.places_of(session, wanted)


def _use_up(session: Session, hold_id: str, wanted: Wanted) -> None:
    hold = session.get(Hold, hold_id, populate_existing=True)
    kept = (wanted.slot.practitioner, wanted.slot.start)
    if hold is None or hold.expires_at <= wanted.now or (hold.practitioner_id, hold.start) != kept:
        raise HoldExpired
    session.delete(hold)
    session.flush()
