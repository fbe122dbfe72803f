"""Which service listens to which events. A test holds this equal to the services' HANDLERS."""

from shared.events.intake import SubmissionReceived
from shared.events.scheduling import AppointmentBooked, StaffSessionsRevoked
from shared.settings import SERVICES

EXCHANGE = "clinic.events"
QUEUES = SERVICES  # one queue per service, named after it
DELIVERY_LIMIT = 20  # crashes while handling one message, before it goes to <queue>.dead

LISTENERS: dict[str, tuple[str, ...]] = {
    SubmissionReceived.TYPE: (),
    AppointmentBooked.TYPE: ("intake", "notifications"),
    StaffSessionsRevoked.TYPE: ("intake", "notifications"),
}


def dead_letters(queue: str) -> str:
    return f"{queue}.dead"
