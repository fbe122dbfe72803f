"""What scheduling does when something happened elsewhere: tasks for the desk, and the urgency of
visits. Each handler may meet an event twice, early or late."""

from datetime import datetime

from sqlalchemy.orm import Session

from shared.events.intake import (
    CallbackRequested,
    DetailsCompleted,
    SubmissionReceived,
    UrgencyChanged,
)
from shared.events.notifications import DeliveryFailed
from shared.messaging.worker import Handler

from . import operations


def on_submission_received(session: Session, event: SubmissionReceived, now: datetime) -> None:
    """EMERGENCY was sent to 911: a call from the desk would come too late."""
    operations.ask_for_urgent_call(session, event.submission, event.urgency, now=now)


def on_urgency_changed(session: Session, event: UrgencyChanged, now: datetime) -> None:
    operations.follow_urgency(session, event.submission, event.urgency, now=now)


def on_callback_requested(session: Session, event: CallbackRequested, now: datetime) -> None:
    operations.ask_for_callback(session, event, now=now)


def on_details_completed(session: Session, event: DetailsCompleted, now: datetime) -> None:
    operations.note_details(session, event.submission, now=now)


def on_delivery_failed(session: Session, event: DeliveryFailed, now: datetime) -> None:
    operations.ask_to_phone(session, event, now=now)


HANDLERS: dict[str, Handler] = {
    SubmissionReceived.TYPE: on_submission_received,
    UrgencyChanged.TYPE: on_urgency_changed,
    CallbackRequested.TYPE: on_callback_requested,
    DetailsCompleted.TYPE: on_details_completed,
    DeliveryFailed.TYPE: on_delivery_failed,
}
