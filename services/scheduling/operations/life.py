"""What happens to a booked visit but a move: arrivals, no-shows, cancellations, and undo."""

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shared.clinic import Clinic
from shared.events.scheduling import (
    AppointmentCancelled,
    AppointmentRescheduled,
    AppointmentStatusChanged,
)
from shared.messaging import outbox
from shared.service import Service

from .. import queries
from ..domain import life
from ..domain.errors import NotBookable, TransitionRefused
from ..domain.reasons import Reason
from ..models import OCCUPYING, Appointment, AppointmentChange, Block, Practitioner
from . import giving_up
from .changing import Change, lock_visit, record_change, standing_of, state_of
from .telling import visit_facts

NOTHING = "There is nothing to undo."
TOO_OLD = "It is too late to undo this. Move the visit, or book it again, instead."
NOT_YOURS = "Our staff changed this visit last. Please call us at {phone}."


def take_step(
    session: Session, service: Service, change: Change, step: str, *, room: str | None = None
) -> Appointment:
    """`arrive`, `room`, `complete`, `no-show` or `enter-in-error`. Raises TransitionRefused."""
    row = lock_visit(session, service.clinic, change)
    before = state_of(row)
    _step(session, service, row, change, life.STEPS[step], room=room)
    event = AppointmentStatusChanged(
        changed_by=change.actor.kind,
        status=row.status,
        previous_status=before["status"],
        **visit_facts(session, service, row, notify=change.notify),
    )
    outbox.record(session, event, now=change.now)
    return row


def cancel_appointment(
    session: Session, service: Service, change: Change, *, by: str, cause: str = "request"
) -> Appointment:
    """`by`: who wanted it ("patient", "clinic", "other"). Raises TransitionRefused or TooLate."""
    row = lock_visit(session, service.clinic, change)
    check_patient(service.clinic, row, change)
    _step(session, service, row, change, life.STEPS["cancel"])
    is_over = row.end <= change.now  # nobody needs a mail about a visit of this morning
    event = AppointmentCancelled(
        changed_by=change.actor.kind,
        by=by,
        cause=cause,
        **visit_facts(session, service, row, notify=change.notify and not is_over),
    )
    outbox.record(session, event, now=change.now)
    return row


def undo_change(session: Session, service: Service, change: Change) -> Appointment:
    """Take the last change back that is not taken back yet: status, time, practitioner.

    Raises TransitionRefused; SlotTaken or NotBookable when the old time cannot be had any more.
    """
    row = lock_visit(session, service.clinic, change)
    undone = _to_undo(session, row, change, phone=service.clinic.phone)
    before = state_of(row)
    _restore(session, row, undone.before)
    has_moved = (row.practitioner_id, row.start.isoformat()) != (
        before["practitioner"],
        before["start"],
    )
    if row.status in OCCUPYING and (has_moved or before["status"] not in OCCUPYING):
        _check_not_closed(session, row)
        wanted = giving_up.wanted_again(session, service, row, now=change.now)
        giving_up.take_again(session, row, wanted)
    record_change(session, row, change, action=life.TAKEN_BACK, before=before)
    facts = visit_facts(session, service, row, notify=change.notify)
    by = change.actor.kind
    event: Any
    if has_moved:
        was = datetime.fromisoformat(before["start"])
        event = AppointmentRescheduled(changed_by=by, previous_start=was, cause="undo", **facts)
    else:
        event = AppointmentStatusChanged(
            changed_by=by, status=row.status, previous_status=before["status"], **facts
        )
    outbox.record(session, event, now=change.now)
    return row


def check_patient(clinic: Clinic, row: Appointment, change: Change) -> None:
    """Staff may at any time; patients until the cut-off."""
    if change.actor.kind == "patient":
        cutoff = timedelta(minutes=queries.catalog_of(clinic).patient_change_cutoff_minutes)
        life.check_patient_may_change(
            standing_of(row), change.now, cutoff=cutoff, phone=clinic.phone
        )


def _step(
    session: Session,
    service: Service,
    row: Appointment,
    change: Change,
    step: life.Step,
    *,
    room: str | None = None,
) -> None:
    zone, before = service.clinic.time_zone, state_of(row)
    life.check_step(step, standing_of(row), change.now, zone)
    if row.status == step.status and room in (None, row.room):
        raise TransitionRefused("This visit is in that room already.")
    by_patient = change.actor.kind == "patient"
    until = life.undo_until(step.action, change.now, by_patient=by_patient, zone=zone)
    if step.frees and row.status in OCCUPYING:
        kept = min(until, change.now + (life.PATIENT_UNDO if by_patient else life.DESK_UNDO))
        giving_up.give_up(session, row, until=kept, now=change.now)
    row.status, row.room = step.status, room or row.room
    record_change(session, row, change, action=step.action, before=before, undo_until=until)


def _to_undo(
    session: Session, row: Appointment, change: Change, *, phone: str
) -> AppointmentChange:
    mine = AppointmentChange.appointment_id == row.id
    ordered = sa.select(AppointmentChange).where(mine).order_by(AppointmentChange.version)
    history = {entry.version: entry for entry in session.scalars(ordered)}
    version = life.last_standing((entry.version, entry.action) for entry in history.values())
    if version is None:
        raise TransitionRefused(NOTHING)
    undone = history[version]
    if change.actor.kind == "patient" and undone.actor != change.actor.id:
        raise TransitionRefused(NOT_YOURS.format(phone=phone))
    if undone.undo_until is None or change.now >= undone.undo_until:
        raise TransitionRefused(TOO_OLD)
    return undone


def _restore(session: Session, row: Appointment, before: dict[str, Any]) -> None:
    row.status, row.room = before["status"], before["room"]
    row.practitioner = session.get_one(Practitioner, before["practitioner"])
    row.practitioner_id = row.practitioner.id
    row.start, row.end = (datetime.fromisoformat(before[name]) for name in ("start", "end"))
    for name in ("lane", "resources", "buffer_before", "buffer_after"):
        setattr(row, name, before[name])
    session.flush()


def _check_not_closed(session: Session, row: Appointment) -> None:
    """What was closed in the meantime stays closed."""
    whose = sa.or_(Block.practitioner_id.is_(None), Block.practitioner_id == row.practitioner_id)
    closed = sa.select(Block.id).where(whose, Block.start < row.end, Block.end > row.start)
    if session.scalar(closed.limit(1)):
        raise NotBookable((Reason.BLOCKED,))
