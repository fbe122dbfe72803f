"""The verbs of intake. Each works in the caller's transaction and never commits."""
# ruff: noqa: F401

from .audit import PATIENT, note
from .callbacks import Caller, clinic_is_open, request_callback
from .details import Writer, save_details
from .levels import change_level
from .submissions import shown, submit_answers
from .visits import follow_visit, move_to_patient
