"""Events that intake publishes. Never symptoms, pain or free text."""

from dataclasses import dataclass
from typing import ClassVar

from shared.events.fields import Sealed


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmissionReceived:
    """A visitor's answers were judged."""

    TYPE: ClassVar[str] = "intake.submission_received.v1"
    SUBJECT: ClassVar[str] = "submission"

    submission: str
    urgency: Sealed[str]
    visit_type: Sealed[str | None]
