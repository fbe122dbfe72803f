"""Events that scheduling publishes. Personal fields, urgency and visit type are sealed."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from shared.events.fields import Sealed


@dataclass(frozen=True, slots=True, kw_only=True)
class AppointmentBooked:
    """A visit was booked; holds all that a confirmation needs.

    `notify` false: nobody is to be told (demo visits). `email` None: a patient without e-mail.
    """

    TYPE: ClassVar[str] = "scheduling.appointment_booked.v1"
    SUBJECT: ClassVar[str] = "appointment"

    appointment: str
    version: int
    submission: str
    patient: str
    start: datetime
    end: datetime
    booked_by: str  # "patient" | "staff"
    safety_check: str  # "done" | "not_done"
    notify: bool
    reference: Sealed[str]
    urgency: Sealed[str]
    visit_type: Sealed[str]
    practitioner: Sealed[str]
    given_name: Sealed[str]
    email: Sealed[str | None]
    language: Sealed[str]
    manage_url: Sealed[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffSessionsRevoked:
    """These sessions and tokens are no longer to be honoured; forgotten after `until`."""

    TYPE: ClassVar[str] = "scheduling.staff_sessions_revoked.v1"
    SUBJECT: ClassVar[str] = "staff"

    staff: str
    sessions: tuple[str, ...]
    until: datetime
