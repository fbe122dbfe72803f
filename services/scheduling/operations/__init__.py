"""The verbs of scheduling. Each works in the caller's transaction and never commits."""
# ruff: noqa: F401

from .attendance import confirm_attendance, stop_reminders
from .booking import Booking, book_appointment
from .changing import PATIENT, SYSTEM, Actor, Change
from .holds import EXTENSIONS, create_hold, extend_hold, release_hold
from .housekeeping import prune, seed_practitioners
from .life import cancel_appointment, take_step, undo_change
from .limiting import count_request
from .moving import Target, move_appointment
from .schedule import (
    By,
    add_block,
    clear_day,
    remove_block,
    set_day,
    set_hours,
    visits_hit_by,
)
from .staff import (
    add_account,
    create_token,
    make_sign_in_link,
    renew_statement,
    revoke_tokens,
    sign_in,
    sign_out,
)
