"""Which service listens to which events. A test holds this equal to the services' HANDLERS."""

from shared.events import intake, notifications, scheduling
from shared.settings import SERVICES

EXCHANGE = "clinic.events"
QUEUES = SERVICES  # one queue per service, named after it
DELIVERY_LIMIT = 20  # crashes while handling one message, before it goes to <queue>.dead

LISTENERS: dict[str, tuple[str, ...]] = {
    intake.SubmissionReceived.TYPE: (),
    intake.UrgencyChanged.TYPE: (),
    intake.CallbackRequested.TYPE: (),
    intake.DetailsCompleted.TYPE: (),
    scheduling.AppointmentBooked.TYPE: ("intake", "notifications"),
    scheduling.AppointmentRescheduled.TYPE: ("intake",),
    scheduling.AppointmentCancelled.TYPE: ("intake",),
    scheduling.AppointmentStatusChanged.TYPE: ("intake",),
    scheduling.ContactChanged.TYPE: (),
    scheduling.PatientMerged.TYPE: ("intake",),
    scheduling.RemindersStopped.TYPE: (),
    scheduling.AttendanceConfirmed.TYPE: (),
    scheduling.WaitlistOffered.TYPE: (),
    scheduling.WaitlistResolved.TYPE: (),
    scheduling.VisitLinksRequested.TYPE: (),
    scheduling.StaffSessionsRevoked.TYPE: ("intake", "notifications"),
    notifications.DeliveryFailed.TYPE: (),
}


def dead_letters(queue: str) -> str:
    return f"{queue}.dead"
