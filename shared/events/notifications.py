"""Events that notifications publishes."""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryFailed:
    """Somebody was not reached and a person has to phone. One per subject, version and kind.

    `subject` is what the message was about: an appointment, a waitlist offer, a call back.
    """

    TYPE: ClassVar[str] = "notifications.delivery_failed.v1"
    SUBJECT: ClassVar[str] = "subject"

    subject: str
    version: int
    kind: str  # confirmation, reminder_1d …
    reason: str  # "no_email" | "refused" | "failed" | "expired" | "unknown"
    message: str | None  # None: there was no address to write to
    appointment: str | None
