"""The verbs of scheduling. Each works in the caller's transaction and never commits."""
# ruff: noqa: F401

from .booking import Booking, book_appointment
from .holds import EXTENSIONS, create_hold, extend_hold, release_hold
from .housekeeping import prune, seed_practitioners
from .staff import (
    add_account,
    create_token,
    make_sign_in_link,
    renew_statement,
    revoke_tokens,
    sign_in,
    sign_out,
)
