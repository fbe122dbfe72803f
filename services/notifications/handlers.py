"""Reactions to events of the other services. A second delivery changes nothing."""

from datetime import datetime

from sqlalchemy.orm import Session

from shared.events.intake import CallbackRequested, DetailsCompleted
from shared.events.scheduling import (
    AppointmentBooked,
    AppointmentCancelled,
    AppointmentRescheduled,
    AppointmentStatusChanged,
    ContactChanged,
    RemindersStopped,
    StaffSessionsRevoked,
    VisitLinksRequested,
    WaitlistOffered,
    WaitlistResolved,
)
from shared.idempotency import insert_new
from shared.messaging.worker import Handler
from shared.tables import revoked_sessions

from . import operations


def on_appointment_booked(session: Session, event: AppointmentBooked, now: datetime) -> None:
    """Patients without e-mail are told by the desk; demo visits are told to nobody."""
    visit = operations.note_visit(session, event, now=now, status="booked")
    operations.owe_news(session, visit, event, "confirmation", author=event.booked_by, now=now)


def on_appointment_rescheduled(
    session: Session, event: AppointmentRescheduled, now: datetime
) -> None:
    visit = operations.note_visit(session, event, now=now, status="booked")
    more = {"previous_start": event.previous_start, "changed_by": event.changed_by}
    kind = "rescheduled"
    if event.cause == "waitlist":
        kind, more = "waitlist_result", more | {"outcome": "accepted"}
    operations.owe_news(
        session, visit, event, kind, author=event.changed_by, now=now, cause=event.cause, **more
    )


def on_appointment_cancelled(session: Session, event: AppointmentCancelled, now: datetime) -> None:
    visit = operations.note_visit(session, event, now=now, status="cancelled")
    kind = "cancelled_by_clinic" if event.by == "clinic" else "cancelled"
    facts = {"by": event.by, "cause": event.cause, "changed_by": event.changed_by}
    operations.owe_news(session, visit, event, kind, author=event.changed_by, now=now, **facts)


def on_appointment_status_changed(
    session: Session, event: AppointmentStatusChanged, now: datetime
) -> None:
    """Only two changes are told: the visit takes place after all, and it was missed."""
    visit = operations.note_visit(session, event, now=now, status=event.status)
    if event.status == "booked" and event.previous_status in operations.GONE:
        by = event.changed_by
        operations.owe_news(session, visit, event, "confirmation", author=by, now=now)
    if event.status == "noshow":
        operations.owe_no_show(session, visit, event, now=now)


def on_contact_changed(session: Session, event: ContactChanged, now: datetime) -> None:
    operations.change_contact(session, event, now=now)


def on_reminders_stopped(session: Session, event: RemindersStopped, now: datetime) -> None:
    operations.stop_reminders(session, event.appointment, is_stopped=event.is_stopped, now=now)


def on_details_completed(session: Session, event: DetailsCompleted, now: datetime) -> None:
    operations.finish_intake(
        session, submission=event.submission, appointment=event.appointment, now=now
    )


def on_waitlist_offered(session: Session, event: WaitlistOffered, now: datetime) -> None:
    operations.owe_offer(session, event, now=now)


def on_waitlist_resolved(session: Session, event: WaitlistResolved, now: datetime) -> None:
    """Who never heard of the offer need not hear of its end."""
    has_heard = operations.offer_resolved(session, event, now=now)
    if event.notify and has_heard:
        operations.owe_gone(session, event, now=now)


def on_visit_links_requested(session: Session, event: VisitLinksRequested, now: datetime) -> None:
    operations.owe_links(session, event, now=now)


def on_callback_requested(session: Session, event: CallbackRequested, now: datetime) -> None:
    operations.owe_alert(session, event, now=now)


def on_staff_sessions_revoked(session: Session, event: StaffSessionsRevoked, now: datetime) -> None:
    for revoked in event.sessions:
        insert_new(session, revoked_sessions, {"session": revoked, "until": event.until})


HANDLERS: dict[str, Handler] = {
    AppointmentBooked.TYPE: on_appointment_booked,
    AppointmentRescheduled.TYPE: on_appointment_rescheduled,
    AppointmentCancelled.TYPE: on_appointment_cancelled,
    AppointmentStatusChanged.TYPE: on_appointment_status_changed,
    ContactChanged.TYPE: on_contact_changed,
    RemindersStopped.TYPE: on_reminders_stopped,
    DetailsCompleted.TYPE: on_details_completed,
    WaitlistOffered.TYPE: on_waitlist_offered,
    WaitlistResolved.TYPE: on_waitlist_resolved,
    VisitLinksRequested.TYPE: on_visit_links_requested,
    CallbackRequested.TYPE: on_callback_requested,
    StaffSessionsRevoked.TYPE: on_staff_sessions_revoked,
}
