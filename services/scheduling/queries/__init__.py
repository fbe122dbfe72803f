"""Reads: what pages, routes and operations need to know. Nothing here changes a row."""
# ruff: noqa: F401

from .appointments import (
    AppointmentDetails,
    appointment,
    appointment_for_token,
    appointments,
    history,
)
from .calendars import practitioner, practitioners
from .clinic import catalog_of, links_of, read_handoff, visit_type
from .fitting import choose_practitioner, misfits
from .free_times import FreeTime, FreeTimes
from .ledger import buffer_breaches, ledger_faults
from .occupancy import stamp
from .schedule import Person, Schedule, schedule, schedule_between
from .slots import (
    Search,
    Slot,
    alternatives,
    check_slot,
    explain,
    first_available,
    hold_of,
    open_slots,
    wanted,
)
