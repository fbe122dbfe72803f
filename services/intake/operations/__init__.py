"""The verbs of intake. Each works in the caller's transaction and never commits."""
# ruff: noqa: F401

from .callbacks import Caller, clinic_is_open, request_callback
from .levels import change_level
from .submissions import link_to_visit, shown, submit_answers
