"""Which service listens to which events. A test holds this equal to the services' HANDLERS."""

from shared.events import intake, notifications, scheduling
from shared.settings import SERVICES

EXCHANGE = "clinic.events"
QUEUES = SERVICES  # one queue per service, named after it
DELIVERY_LIMIT = 20  # crashes while handling one message, before it goes to <queue>.dead

LISTENERS: dict[str, tuple[str, ...]] = {
    intake.SubmissionReceived.TYPE: ("scheduling",),
    intake.UrgencyChanged.TYPE: ("scheduling",),
    intake.CallbackRequested.TYPE: ("scheduling", "notifications"),
    intake.DetailsCompleted.TYPE: ("scheduling", "notifications"),
    scheduling.AppointmentBooked.TYPE: ("intake", "notifications"),
    scheduling.AppointmentRescheduled.TYPE: ("intake", "notifications"),
    scheduling.AppointmentCancelled.TYPE: ("intake", "notifications"),
    scheduling.AppointmentStatusChanged.TYPE: ("intake", "notifications"),
    scheduling.ContactChanged.TYPE: ("notifications",),
    scheduling.PatientMerged.TYPE: ("intake",),
    scheduling.RemindersStopped.TYPE: ("notifications",),
    scheduling.AttendanceConfirmed.TYPE: (),
    scheduling.WaitlistOffered.TYPE: ("notifications",),
    scheduling.WaitlistResolved.TYPE: ("notifications",),
    scheduling.VisitLinksRequested.TYPE: ("notifications",),
    scheduling.StaffSessionsRevoked.TYPE: ("intake", "notifications"),
    notifications.DeliveryFailed.TYPE: ("scheduling",),
}


def dead_letters(queue: str) -> str:
    return f"{queue}.dead"
