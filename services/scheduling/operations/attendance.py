"""What a patient says about a visit without changing it: I will be there; no reminders, please.
The version stays, so that mails and pages that are under way stay true."""

from sqlalchemy.orm import Session

from shared.events.scheduling import AttendanceConfirmed, RemindersStopped
from shared.messaging import outbox
from shared.service import Service

from ..domain.errors import TransitionRefused
from ..models import Appointment
from .audit import note
from .changing import Change, lock_visit

NOT_COMING = "This visit is not coming up any more."


def confirm_attendance(session: Session, service: Service, change: Change) -> Appointment:
    """Said twice is said once. Raises TransitionRefused unless the visit is still to come."""
    row = _coming_visit(session, service, change)
    if row.attendance_confirmed_at is None:
        row.attendance_confirmed_at = change.now
        note(session, "attendance", row.id, actor=change.actor.id, now=change.now)
        event = AttendanceConfirmed(appointment=row.id, version=row.version)
        outbox.record(session, event, now=change.now)
    return row


def stop_reminders(
    session: Session, service: Service, change: Change, *, is_stopped: bool = True
) -> Appointment:
    """`is_stopped` false: the patient wants them again."""
    row = _coming_visit(session, service, change)
    if (row.reminders_stopped_at is not None) != is_stopped:
        row.reminders_stopped_at = change.now if is_stopped else None
        action = "reminders_stopped" if is_stopped else "reminders_wanted"
        note(session, action, row.id, actor=change.actor.id, now=change.now)
        event = RemindersStopped(appointment=row.id, is_stopped=is_stopped)
        outbox.record(session, event, now=change.now)
    return row


def _coming_visit(session: Session, service: Service, change: Change) -> Appointment:
    row = lock_visit(session, service.clinic, change)
    if row.status != "booked" or row.start <= change.now:
        raise TransitionRefused(NOT_COMING)
    return row
