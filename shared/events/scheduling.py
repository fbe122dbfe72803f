"""Events that scheduling publishes. Personal fields, urgency and visit type are sealed."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from shared.events.fields import Sealed


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """What all events about one visit tell: how it stands after the change.

    `notify` false: nobody is to be told (demo visits, "do not notify"). `email` None: a patient
    without e-mail. `version` counts the visit's changes from 1.
    """

    SUBJECT: ClassVar[str] = "appointment"

    appointment: str
    version: int
    submission: str
    patient: str
    start: datetime
    end: datetime
    notify: bool
    reference: Sealed[str]
    practitioner: Sealed[str]
    given_name: Sealed[str]
    email: Sealed[str | None]
    language: Sealed[str]
    manage_url: Sealed[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class AppointmentBooked(Visit):
    """A visit was booked; holds all that a confirmation needs."""

    TYPE: ClassVar[str] = "scheduling.appointment_booked.v1"

    booked_by: str  # "patient" | "staff"
    safety_check: str  # "done" | "not_done"
    urgency: Sealed[str]
    visit_type: Sealed[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitChanged(Visit):
    """A later change. Mails about what staff did wait 90 seconds, so that an undo un-sends."""

    changed_by: str  # "patient" | "staff" | "system"


@dataclass(frozen=True, slots=True, kw_only=True)
class AppointmentRescheduled(VisitChanged):
    """The visit has another time, practitioner or both; id and calendar entry stay."""

    TYPE: ClassVar[str] = "scheduling.appointment_rescheduled.v1"

    previous_start: datetime
    cause: str  # "request" | "waitlist" | "closure" | "undo"


@dataclass(frozen=True, slots=True, kw_only=True)
class AppointmentCancelled(VisitChanged):
    """The visit will not take place. `by`: who wanted that, not who pressed the button."""

    TYPE: ClassVar[str] = "scheduling.appointment_cancelled.v1"

    by: str  # "patient" | "clinic" | "other"
    cause: str  # "request" | "closure"


@dataclass(frozen=True, slots=True, kw_only=True)
class AppointmentStatusChanged(VisitChanged):
    """Arrived, roomed, done, not come, entered by mistake; or booked again by an undo."""

    TYPE: ClassVar[str] = "scheduling.appointment_status_changed.v1"

    status: str  # FHIR's Appointment.status
    previous_status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactChanged(VisitChanged):
    """E-mail or language were corrected: what is unsent follows."""

    TYPE: ClassVar[str] = "scheduling.contact_changed.v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientMerged:
    """Two records were one person: `appointments` moved from `merged` to `patient`.

    With `is_undone` they moved back.
    """

    TYPE: ClassVar[str] = "scheduling.patient_merged.v1"
    SUBJECT: ClassVar[str] = "patient"

    patient: str
    merged: str
    appointments: tuple[str, ...]
    is_undone: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RemindersStopped:
    """The patient wants no reminders for this visit (`is_stopped` false: wants them again)."""

    TYPE: ClassVar[str] = "scheduling.reminders_stopped.v1"
    SUBJECT: ClassVar[str] = "appointment"

    appointment: str
    is_stopped: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AttendanceConfirmed:
    """The patient said: I will be there."""

    TYPE: ClassVar[str] = "scheduling.attendance_confirmed.v1"
    SUBJECT: ClassVar[str] = "appointment"

    appointment: str
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitlistOffered:
    """A freed time is kept for one waiting person until `expires_at`."""

    TYPE: ClassVar[str] = "scheduling.waitlist_offered.v1"
    SUBJECT: ClassVar[str] = "offer"

    offer: str
    entry: str
    appointment: str | None  # the visit that they have now
    start: datetime
    end: datetime
    current_start: datetime | None
    expires_at: datetime
    notify: bool
    practitioner: Sealed[str]
    given_name: Sealed[str]
    email: Sealed[str | None]
    language: Sealed[str]
    offer_url: Sealed[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitlistResolved:
    """An offer ended. Who accepted is told by the rescheduled or booked visit itself;
    `notify` is true where somebody must hear that the time is gone."""

    TYPE: ClassVar[str] = "scheduling.waitlist_resolved.v1"
    SUBJECT: ClassVar[str] = "offer"

    offer: str
    entry: str
    appointment: str | None
    outcome: str  # "accepted" | "declined" | "expired" | "gone"
    start: datetime
    current_start: datetime | None
    notify: bool
    practitioner: Sealed[str]
    given_name: Sealed[str]
    email: Sealed[str | None]
    language: Sealed[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitLinksRequested:
    """Somebody who lost the mail asked for it; goes to the address on file, never elsewhere."""

    TYPE: ClassVar[str] = "scheduling.visit_links_requested.v1"
    SUBJECT: ClassVar[str] = "request"

    request: str
    starts: tuple[datetime, ...]
    given_name: Sealed[str]
    email: Sealed[str]
    language: Sealed[str]
    manage_urls: Sealed[tuple[str, ...]]  # one for each of `starts`


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffSessionsRevoked:
    """These sessions and tokens are no longer to be honoured; forgotten after `until`."""

    TYPE: ClassVar[str] = "scheduling.staff_sessions_revoked.v1"
    SUBJECT: ClassVar[str] = "staff"

    staff: str
    sessions: tuple[str, ...]
    until: datetime
