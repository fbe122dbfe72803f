"""Reads: what pages, routes and operations need to know. Nothing here changes a row."""
# ruff: noqa: F401

from ..domain.handoff import Asker
from .appointments import (
    AppointmentDetails,
    AppointmentFilter,
    appointment,
    appointment_for_token,
    appointments,
    day_list,
)
from .calendars import practitioner, practitioners
from .handoffs import read_handoff
from .judging import check_slot, explain, hold_of, wanted
from .ledger import ledger_faults
from .rules import catalog_of, links_of, rules_for, visit_type
from .slots import Search, Slot, alternatives, first_available, open_slots
