"""The verbs of scheduling. Each works in the caller's transaction and never commits."""
# ruff: noqa: F401

from .accepting import accept_offer
from .attendance import confirm_attendance, stop_reminders
from .booking import Booking, book_appointment
from .changing import PATIENT, SYSTEM, Actor, Change
from .closing import Closing, check_closing, close_time, reopen_time
from .contacting import change_contact
from .following_up import (
    ALTERNATIVES,
    choose_alternative,
    finish_cases,
    hand_over,
    keep_alternative,
    other_times,
)
from .holds import EXTENSIONS, create_hold, extend_hold, release_hold
from .housekeeping import prune, seed_practitioners
from .inbox import (
    ask_for_callback,
    ask_for_urgent_call,
    ask_to_phone,
    follow_urgency,
    note_details,
)
from .life import cancel_appointment, take_step, undo_change
from .limiting import count_request
from .looking import note_look
from .merging import merge_patients, undo_merge
from .moving import Target, move_appointment
from .offers import decline_offer, expire_offer, offer_by_hand, offer_next, withdraw
from .patients import index_forgotten_patients
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
from .tasks import claim_task, open_task, release_task, resolve_task, settle
from .waiting import Person, Wishes, wait_with_visit, wait_without_visit
