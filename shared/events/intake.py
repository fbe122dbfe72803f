"""Events that intake publishes. Never symptoms, pain or free text."""

from dataclasses import dataclass
from datetime import datetime
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


@dataclass(frozen=True, slots=True, kw_only=True)
class UrgencyChanged:
    """Staff raised or lowered the level of a submission."""

    TYPE: ClassVar[str] = "intake.urgency_changed.v1"
    SUBJECT: ClassVar[str] = "submission"

    submission: str
    appointment: str | None
    urgency: Sealed[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackRequested:
    """After a SAME_DAY answer somebody asked to be called. `reference` is 4 characters that a
    person can read out; it names nothing else."""

    TYPE: ClassVar[str] = "intake.callback_requested.v1"
    SUBJECT: ClassVar[str] = "callback"

    callback: str
    submission: str
    requested_at: datetime
    reference: Sealed[str]
    urgency: Sealed[str]
    name: Sealed[str]
    phone: Sealed[str]  # E.164
    email: Sealed[str | None]
    language: Sealed[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class DetailsCompleted:
    """The long questions are answered to the end: no nudge is needed any more."""

    TYPE: ClassVar[str] = "intake.details_completed.v1"
    SUBJECT: ClassVar[str] = "submission"

    submission: str
    appointment: str | None
