"""Tables of scheduling, by what they are about. Rows of people hold one sealed document; what must
be found has a keyed hash beside it."""
# ruff: noqa: F401

from .appointments import OCCUPYING, Appointment, AppointmentChange, Claim, Hold
from .calendar import (
    Block,
    CalendarDay,
    ClosureCase,
    Practitioner,
    Resource,
    ResourceDay,
    ScheduleVersion,
)
from .desk import Task, WaitlistEntry, WaitlistOffer
from .people import Patient, PatientMerge, SearchKey
from .rows import AuditEntry, Base, Row
from .staff import SignInLink, StaffAccount, StaffSession, StaffToken
