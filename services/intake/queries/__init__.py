"""Reads of intake. Nothing here changes a row."""
# ruff: noqa: F401

from .details import Saved, details_status, saved_details, visits_of_patient
from .statements import VISIT_STATEMENT, Visitor, read_visit_statement
from .submissions import (
    Judged,
    callback_reference,
    current_level,
    judged,
    level_changes,
    locked_submission,
    submission,
)
