"""The JSON routes of scheduling, by what they are about."""
# ruff: noqa: F401

from . import appointments, calendar, changes, holds, schedule, slots
from .blueprint import blueprint
