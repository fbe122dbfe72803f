"""After a closure: other times are kept for each patient, one is chosen or somebody phones, until
every case is done."""

from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from shared.events.scheduling import AppointmentRescheduled
from shared.messaging import outbox
from shared.sealing import reveal_row
from shared.service import Service

from .. import queries
from ..domain import errors, life
from ..domain.codes import SlotName
from ..domain.handoff import Asker, Wanted
from ..models import Appointment, Claim, ClosureCase, Hold, Practitioner, Task
from .changing import Actor, Change, lock_visit, record_change, state_of
from .inbox import PHONE_WITHIN, due
from .keeping import keep_time
from .tasks import open_task, settle
from .telling import visit_facts

ALTERNATIVES = 3
KEPT = timedelta(hours=24)
NOT_BEFORE = timedelta(hours=3)  # an alternative within the hour helps nobody
LAST_CHOICE = timedelta(hours=2)  # before its start
TRIED = 12  # of the nearest times, when others are booking too
UNRESOLVED = ("new", "offered", "to_phone")


def keep_alternative(
    session: Session, service: Service, visit_id: str, slot: SlotName, *, number: int, now: datetime
) -> bool:
    """Keep one time for the patient alone, for a day; False when somebody else just took it, or
    another worker keeps times for this patient. In a transaction of its own: it locks a day."""
    wanted = _wanted(service, slot, now=now)
    until = min(now + KEPT, slot.start - LAST_CHOICE)
    owner = f"closure:{visit_id}:{number}"
    try:
        with session.begin_nested():
            keep_time(
                session, service.clinic, wanted, owner=owner, until=until, appointment_id=visit_id
            )
    except (errors.SlotTaken, errors.NotBookable, IntegrityError):
        return False
    return True


def other_times(
    session: Session, service: Service, visit_id: str, *, now: datetime
) -> list[SlotName]:
    """The times nearest to a cancelled visit's, best first."""
    visit = session.get_one(Appointment, visit_id)
    slot = SlotName(reveal_row(session, visit)["visit_type"], visit.practitioner_id, visit.start)
    lost = _wanted(service, slot, now=now)
    found = queries.nearest_slots(session, service.clinic, lost, now=now, after=now + NOT_BEFORE)
    return [SlotName.read(one.slot) for one in found[:TRIED]]


def hand_over(
    session: Session, closure_id: str, visit_id: str, *, since: str, now: datetime
) -> None:
    """From `new` to the patient, who has a mail that leads to the times that are kept; else to
    the desk, who phones: without e-mail, without a time, and when nobody chose ("offered")."""
    case = session.get(
        ClosureCase, (closure_id, visit_id), with_for_update=True, populate_existing=True
    )
    if case is None or case.state != since:
        return
    visit = session.get_one(Appointment, visit_id)
    is_kept = bool(queries.kept_alternatives(session, visit_id, now=now))
    case.state, case.updated_at = ("offered" if is_kept and visit.email_key else "to_phone"), now
    if case.state == "to_phone":
        ask_to_phone_about(session, case, now=now)
    session.flush()


def choose_alternative(
    session: Session, service: Service, visit_id: str, hold_id: str, *, actor: Actor, now: datetime
) -> Appointment:
    """The cancelled visit takes place after all, at the time that was kept for it; id, reference
    and links stay. Choosing the same time twice changes nothing.

    Raises NoSuchAppointment, HoldExpired, TransitionRefused.
    """
    kept = session.get(Hold, hold_id)
    if kept is None or kept.appointment_id != visit_id or kept.purpose != "closure":
        raise errors.HoldExpired
    places = [(one, kept.start) for one in (kept.practitioner_id, *kept.resources)]
    change = Change(visit=visit_id, actor=actor, now=now)
    row = lock_visit(session, service.clinic, change, more=places)
    hold = session.get(Hold, hold_id, populate_existing=True)
    if hold is None or hold.expires_at <= now:
        raise errors.HoldExpired
    if row.status != "cancelled":
        raise errors.TransitionRefused(f"This visit is {life.WORDS[row.status]} already.")
    before = state_of(row)
    _put(session, row, hold)
    record_change(session, row, change, action=life.MOVED, before=before)
    event = AppointmentRescheduled(
        changed_by=actor.kind,
        previous_start=datetime.fromisoformat(before["start"]),
        cause="closure",
        **visit_facts(session, service, row, notify=True),
    )
    outbox.record(session, event, now=now)
    finish_cases(session, visit_id, "moved", now=now)
    return row


def finish_cases(session: Session, visit_id: str, state: str, *, now: datetime) -> None:
    """The patient has been helped: what else was kept for them is free, nobody phones."""
    unresolved = ClosureCase.appointment_id == visit_id, ClosureCase.state.in_(UNRESOLVED)
    for case in session.scalars(select(ClosureCase).where(*unresolved).with_for_update()):
        case.state, case.updated_at = state, now
    theirs = Hold.appointment_id == visit_id, Hold.purpose == "closure"
    session.execute(delete(Hold).where(*theirs))
    about = Task.appointment_id == visit_id, Task.kind == "closure"
    settle(session, *about, outcome=state, now=now)
    session.flush()


def ask_to_phone_about(session: Session, case: ClosureCase, *, now: datetime) -> None:
    visit = session.get_one(Appointment, case.appointment_id)
    open_task(
        session,
        "closure",
        f"{case.closure_id}:{case.appointment_id}",
        now=now,
        appointment_id=visit.id,
        patient_id=visit.patient_id,
        closure_id=case.closure_id,
        due_at=due(session, now, PHONE_WITHIN),
        about={"phone": reveal_row(session, visit)["contact"]["phone"]},
    )


def _wanted(service: Service, slot: SlotName, *, now: datetime) -> Wanted:
    kind = queries.visit_type(service.clinic, slot.visit_type)
    return Wanted(slot, kind, Asker("staff"), now)


def _put(session: Session, row: Appointment, hold: Hold) -> None:
    """The hold's cells become the visit's."""
    row.status, row.start, row.end, row.lane = "booked", hold.start, hold.end, hold.lane
    row.buffer_before, row.buffer_after = hold.buffer_before, hold.buffer_after
    row.resources = list(hold.resources)
    row.practitioner = session.get_one(Practitioner, hold.practitioner_id)
    row.practitioner_id, row.attendance_confirmed_at = hold.practitioner_id, None
    session.flush()
    owned = update(Claim).where(Claim.hold_id == hold.id)
    session.execute(owned.values(hold_id=None, expires_at=None, appointment_id=row.id))
    session.delete(hold)
    session.flush()
