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
from .closures import (
    DONE,
    CaseDetails,
    cases,
    closure,
    hit_details,
    kept_alternatives,
    nearest_slots,
    open_cases,
    visits_hit,
)
from .fitting import choose_practitioner, misfits
from .free_times import FreeTime, FreeTimes
from .ledger import buffer_breaches, ledger_faults
from .occupancy import stamp
from .people import (
    coming_visits,
    find_patients,
    patient,
    patient_details,
    patients,
    search_hash,
    sharing,
    surviving,
)
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
from .tasks import TaskDetails, task, tasks
from .waitlist import (
    EntryDetails,
    asker_of,
    best_first,
    by_urgency,
    entry,
    entry_details,
    freed_times,
    next_in_line,
    offer,
    offer_for_token,
    offers_due,
    open_offer_of,
    opening,
    practitioner_name,
    waiting_people,
)
