"""The JSON routes of scheduling, by what they are about."""
# ruff: noqa: F401

from . import (
    appointments,
    calendar,
    changes,
    closures,
    holds,
    people,
    schedule,
    slots,
    tasks,
    waitlist,
)
from .blueprint import blueprint
