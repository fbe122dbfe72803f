"""What intake does when something happened elsewhere; each handler may meet an event twice."""

from datetime import datetime

from sqlalchemy.orm import Session

from shared.events.scheduling import AppointmentBooked, StaffSessionsRevoked
from shared.idempotency import insert_new
from shared.messaging.worker import Handler
from shared.tables import revoked_sessions

from . import operations


def on_appointment_booked(session: Session, event: AppointmentBooked, now: datetime) -> None:
    visit = {"appointment": event.appointment, "patient": event.patient}
    operations.link_to_visit(session, event.submission, **visit, now=now)


def on_staff_sessions_revoked(session: Session, event: StaffSessionsRevoked, now: datetime) -> None:
    for revoked in event.sessions:
        insert_new(session, revoked_sessions, {"session": revoked, "until": event.until})


HANDLERS: dict[str, Handler] = {
    AppointmentBooked.TYPE: on_appointment_booked,
    StaffSessionsRevoked.TYPE: on_staff_sessions_revoked,
}
