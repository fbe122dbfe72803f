"""Which service listens to which events. A test holds this equal to the services' HANDLERS."""

from shared.events import intake, notifications, scheduling
from shared.settings import SERVICES

EXCHANGE = "clinic.events"
QUEUES = SERVICES  # one queue per service, named after it
DELIVERY_LIMIT = 20  # crashes while handling one message, before it goes to <queue>.dead

LISTENERS: dict[str, tuple[str, ...]] = {
    intake.SubmissionReceived.TYPE: (),
    intake.UrgencyChanged.TYPE: (),
    intake.CallbackRequested.TYPE: ("notifications",),
    intake.DetailsCompleted.TYPE: ("notifications",),
    scheduling.AppointmentBooked.TYPE: ("intake", "notifications"),
    scheduling.AppointmentRescheduled.TYPE: ("notifications",),
    scheduling.AppointmentCancelled.TYPE: ("notifications",),
    scheduling.AppointmentStatusChanged.TYPE: ("notifications",),
    scheduling.ContactChanged.TYPE: ("notifications",),
    scheduling.PatientMerged.TYPE: (),
    scheduling.RemindersStopped.TYPE: ("notifications",),
    scheduling.AttendanceConfirmed.TYPE: (),
    scheduling.WaitlistOffered.TYPE: ("notifications",),
    scheduling.WaitlistResolved.TYPE: ("notifications",),
    scheduling.VisitLinksRequested.TYPE: ("notifications",),
    scheduling.StaffSessionsRevoked.TYPE: ("intake", "notifications"),
    notifications.DeliveryFailed.TYPE: (),
}


def dead_letters(queue: str) -> str:
    return f"{queue}.dead"
