"""Reactions to events of the other services. A second delivery changes nothing."""

from datetime import datetime

from sqlalchemy.orm import Session

from shared.events.scheduling import AppointmentBooked, StaffSessionsRevoked
from shared.idempotency import insert_new
from shared.messaging.worker import Handler
from shared.tables import revoked_sessions

from . import operations


def on_appointment_booked(session: Session, event: AppointmentBooked, now: datetime) -> None:
    """Patients without e-mail are told by the desk; demo visits are told to nobody."""
    if event.email and event.notify:
        operations.owe_confirmation(session, event, now=now)


def on_staff_sessions_revoked(session: Session, event: StaffSessionsRevoked, now: datetime) -> None:
    for revoked in event.sessions:
        insert_new(session, revoked_sessions, {"session": revoked, "until": event.until})


HANDLERS: dict[str, Handler] = {
    AppointmentBooked.TYPE: on_appointment_booked,
    StaffSessionsRevoked.TYPE: on_staff_sessions_revoked,
}
