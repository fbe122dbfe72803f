"""What intake does when something happened elsewhere; each handler may meet an event twice."""

from datetime import datetime

from sqlalchemy.orm import Session

from shared.events.scheduling import (
    AppointmentBooked,
    AppointmentCancelled,
    AppointmentRescheduled,
    AppointmentStatusChanged,
    PatientMerged,
    StaffSessionsRevoked,
)
from shared.idempotency import insert_new
from shared.messaging.worker import Handler
from shared.tables import revoked_sessions

from . import operations

NOT_TAKING_PLACE = ("cancelled", "noshow", "entered-in-error")


def on_appointment_booked(session: Session, event: AppointmentBooked, now: datetime) -> None:
    operations.follow_visit(session, event, takes_place=True, now=now)


def on_appointment_rescheduled(
    session: Session, event: AppointmentRescheduled, now: datetime
) -> None:
    operations.follow_visit(session, event, takes_place=True, now=now)


def on_appointment_cancelled(session: Session, event: AppointmentCancelled, now: datetime) -> None:
    operations.follow_visit(session, event, takes_place=False, now=now)


def on_appointment_status_changed(
    session: Session, event: AppointmentStatusChanged, now: datetime
) -> None:
    takes_place = event.status not in NOT_TAKING_PLACE
    operations.follow_visit(session, event, takes_place=takes_place, now=now)


def on_patient_merged(session: Session, event: PatientMerged, now: datetime) -> None:
    patient = event.merged if event.is_undone else event.patient
    operations.move_to_patient(session, event.appointments, patient)


def on_staff_sessions_revoked(session: Session, event: StaffSessionsRevoked, now: datetime) -> None:
    for revoked in event.sessions:
        insert_new(session, revoked_sessions, {"session": revoked, "until": event.until})


HANDLERS: dict[str, Handler] = {
    AppointmentBooked.TYPE: on_appointment_booked,
    AppointmentRescheduled.TYPE: on_appointment_rescheduled,
    AppointmentCancelled.TYPE: on_appointment_cancelled,
    AppointmentStatusChanged.TYPE: on_appointment_status_changed,
    PatientMerged.TYPE: on_patient_merged,
    StaffSessionsRevoked.TYPE: on_staff_sessions_revoked,
}
