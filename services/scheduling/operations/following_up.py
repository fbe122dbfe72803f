"""After a closure: other times are kept for each patient, one is chosen or somebody phones, until
every case is done."""

from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from shared.events.scheduling import AppointmentRescheduled
from shared.messaging import outbox
from shared.sealing import reveal_row
from shared.service import Service

from .. import queries
from ..domain import errors, life
from ..domain.codes import SlotName
from ..domain.handoff import Asker, Wanted
from ..models import Appointment, ClosureCase, Hold, Practitioner, Task
from . import ledger
from .changing import Actor, Change, lock_visit, record_change, state_of
from .inbox import PHONE_WITHIN, due
from .keeping import keep_time
from .tasks import open_task, settle
from .telling import visit_facts

ALTERNATIVES = 3
KEPT = timedelta(hours=24)
NOT_BEFORE = timedelta(hours=3)  # an alternative within the hour helps nobody
UNRESOLVED = ("new", "offered", "to_phone")


def keep_alternatives(
    session: Session, service: Service, case: ClosureCase, *, now: datetime
) -> None:
    """Up to three of the nearest times are this patient's alone for a day. Without e-mail, and
    where there is no other time, somebody phones."""
    row = session.get_one(ClosureCase, (case.closure_id, case.appointment_id), with_for_update=True)
    if row.state != "new":
        return
    visit = session.get_one(Appointment, case.appointment_id)
    agreed = reveal_row(session, visit)
    slot = SlotName(agreed["visit_type"], visit.practitioner_id, visit.start)
    kind = queries.visit_type(service.clinic, slot.visit_type)
    lost = Wanted(slot, kind, Asker("staff"), now)
    after = now + NOT_BEFORE
    nearest = queries.nearest_slots(session, service.clinic, lost, now=now, after=after)
    kept = 0
    for found in nearest:
        if kept == ALTERNATIVES:
            break
        wanted = replace(lost, slot=SlotName.read(found.slot))
        kept += _keep(session, service, wanted, visit, number=kept)
    row.state, row.updated_at = ("offered" if kept and visit.email_key else "to_phone"), now
    if row.state == "to_phone":
        ask_to_phone_about(session, row, now=now)
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
    places = [(kept.practitioner_id, kept.start)]
    change = Change(visit=visit_id, actor=actor, now=now)
    row = lock_visit(session, service.clinic, change, more=places)
    hold = session.get(Hold, hold_id, populate_existing=True)
    if hold is None or hold.expires_at <= now:
        raise errors.HoldExpired
    if row.status != "cancelled":
        raise errors.TransitionRefused(f"This visit is {life.WORDS[row.status]} already.")
    before = state_of(row)
    _put(session, service, row, hold, now=now)
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


def give_to_desk(session: Session, case: ClosureCase, *, now: datetime) -> None:
    """Nobody chose in time: somebody phones."""
    row = session.get_one(ClosureCase, (case.closure_id, case.appointment_id), with_for_update=True)
    if row.state == "offered":
        row.state, row.updated_at = "to_phone", now
        ask_to_phone_about(session, row, now=now)
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


def _keep(
    session: Session, service: Service, wanted: Wanted, visit: Appointment, *, number: int
) -> bool:
    """False when the time was just taken by somebody else."""
    until = min(wanted.now + KEPT, wanted.slot.start - timedelta(hours=2))
    owner = f"closure:{visit.id}:{number}"
    try:
        with session.begin_nested():
            keep_time(
                session,
                service.clinic,
                wanted,
                owner=owner,
                until=until,
                appointment_id=visit.id,
            )
    except (errors.SlotTaken, errors.NotBookable):
        return False
    return True


def _put(
    session: Session, service: Service, row: Appointment, hold: Hold, *, now: datetime
) -> None:
    """The hold's cells become the visit's."""
    slot = hold.slot
    kind = queries.visit_type(service.clinic, slot.visit_type)
    row.status, row.start, row.end, row.lane = "booked", hold.start, hold.end, 0
    row.buffer_before, row.buffer_after = hold.buffer_before, hold.buffer_after
    row.resources = list(hold.resources)
    row.practitioner = session.get_one(Practitioner, hold.practitioner_id)
    row.practitioner_id, row.attendance_confirmed_at = hold.practitioner_id, None
    session.delete(hold)
    session.flush()
    wanted = Wanted(slot, kind, Asker("staff"), now)
    ledger.claim(session, wanted, appointment_id=row.id)
