"""Which step may follow which status, and when."""

from datetime import timedelta

import pytest

from services.scheduling.domain.errors import TooLate, TransitionRefused, ago
from services.scheduling.domain.life import (
    STEPS,
    WORDS,
    Standing,
    check_move,
    check_patient_may_change,
    check_step,
    last_standing,
    undo_until,
)
from tests.scheduling.build import TUESDAY, ZONE, at, days_after

START = at(TUESDAY, 9)
MAY_FOLLOW = {
    "arrive": {"booked"},
    "room": {"arrived", "checked-in"},
    "complete": {"arrived", "checked-in"},
    "no-show": {"booked"},
    "cancel": {"booked", "arrived", "checked-in"},
    "enter-in-error": set(WORDS) - {"entered-in-error", "waitlist"},
}


def standing(status="booked", start=START, created_at=None):
    end = start + timedelta(minutes=30)
    return Standing(status=status, start=start, end=end, created_at=created_at or START)


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("status", WORDS)
def test_only_the_listed_steps_may_be_taken(step, status):
    soon_after = START + timedelta(minutes=20)
    if status in MAY_FOLLOW[step]:
        check_step(STEPS[step], standing(status), soon_after, ZONE)
    else:
        with pytest.raises(TransitionRefused, match=WORDS[status]):
            check_step(STEPS[step], standing(status), soon_after, ZONE)


LATE_EVENING = at(TUESDAY, 23, 59)
MIDNIGHT = at(days_after(TUESDAY, 1), 0)
THE_DAY_BEFORE = at(days_after(TUESDAY, -1), 23, 59)
MADE_LONG_AGO = at(days_after(TUESDAY, -20), 10)


@pytest.mark.parametrize(
    ("step", "now", "is_allowed"),
    [
        pytest.param("arrive", at(TUESDAY, 0), True, id="arrives on the day, however early"),
        pytest.param("arrive", LATE_EVENING, True, id="arrival marked late in the evening"),
        pytest.param("arrive", THE_DAY_BEFORE, False, id="arrives a minute before the day"),
        pytest.param("arrive", MIDNIGHT, False, id="arrives the day after"),
        pytest.param("no-show", at(TUESDAY, 9, 14), False, id="no-show after 14 minutes"),
        pytest.param("no-show", at(TUESDAY, 9, 15), True, id="no-show after 15 minutes"),
        pytest.param("no-show", MIDNIGHT, True, id="no-show marked the next day"),
        pytest.param("cancel", LATE_EVENING, True, id="cancelled the same evening"),
        pytest.param("cancel", MIDNIGHT, False, id="cancelled when it is over"),
        pytest.param("enter-in-error", at(TUESDAY, 10), True, id="mistake on the visit's day"),
        pytest.param("enter-in-error", MADE_LONG_AGO, True, id="mistake on the day it was made"),
        pytest.param("enter-in-error", THE_DAY_BEFORE, False, id="mistake on another day"),
    ],
)
def test_a_step_has_its_time(step, now, is_allowed):
    visit = standing(created_at=MADE_LONG_AGO)
    if is_allowed:
        check_step(STEPS[step], visit, now, ZONE)
    else:
        with pytest.raises(TransitionRefused):
            check_step(STEPS[step], visit, now, ZONE)


@pytest.mark.parametrize(
    ("status", "day", "is_allowed"),
    [
        pytest.param("booked", TUESDAY, True, id="booked, same day"),
        pytest.param("booked", days_after(TUESDAY, 8), True, id="booked, another day"),
        pytest.param("arrived", TUESDAY, True, id="arrived, same day"),
        pytest.param("arrived", days_after(TUESDAY, 1), False, id="arrived, another day"),
        pytest.param("checked-in", TUESDAY, False, id="in a room"),
        pytest.param("cancelled", TUESDAY, False, id="cancelled"),
        pytest.param("fulfilled", TUESDAY, False, id="done"),
    ],
)
def test_what_may_be_moved(status, day, is_allowed):
    if is_allowed:
        check_move(standing(status), at(day, 11), ZONE)
    else:
        with pytest.raises(TransitionRefused):
            check_move(standing(status), at(day, 11), ZONE)


def test_patients_change_until_the_cutoff_and_are_told_the_phone_after_it():
    rule = {"cutoff": timedelta(hours=2), "phone": "503-224-8399"}
    check_patient_may_change(standing(), at(TUESDAY, 7), **rule)
    with pytest.raises(TooLate, match="503-224-8399"):
        check_patient_may_change(standing(), at(TUESDAY, 7, 1), **rule)
    with pytest.raises(TransitionRefused, match="503-224-8399"):
        check_patient_may_change(standing("arrived"), at(TUESDAY, 7), **rule)


@pytest.mark.parametrize(
    ("action", "by_patient", "until"),
    [
        pytest.param("cancelled", True, at(TUESDAY, 10, 15), id="a patient's cancellation"),
        pytest.param("cancelled", False, at(TUESDAY, 10) + timedelta(seconds=90), id="the desk's"),
        pytest.param("moved", False, at(TUESDAY, 10) + timedelta(seconds=90), id="a move"),
        pytest.param("arrived", False, MIDNIGHT, id="an arrival, all day"),
        pytest.param("no_show", False, MIDNIGHT, id="a no-show, all day"),
    ],
)
def test_how_long_a_change_can_be_undone(action, by_patient, until):
    assert undo_until(action, at(TUESDAY, 10), by_patient=by_patient, zone=ZONE) == until


@pytest.mark.parametrize(
    ("actions", "undone"),
    [
        pytest.param(["booked"], None, id="a booking is cancelled, not undone"),
        pytest.param(["booked", "arrived"], 2, id="the last change"),
        pytest.param(["booked", "arrived", "undone"], None, id="no undo of an undo"),
        pytest.param(["booked", "arrived", "roomed", "undone"], 2, id="one step further back"),
        pytest.param(
            ["booked", "arrived", "contact"], 2, id="what cannot be undone is passed over"
        ),
        pytest.param(["booked", "arrived", "undone", "moved"], 4, id="a new change after an undo"),
    ],
)
def test_which_change_an_undo_takes_back(actions, undone):
    assert last_standing(enumerate(actions, start=1)) == undone


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "1 second ago"),
        (20, "20 seconds ago"),
        (60, "1 minute ago"),
        (7199, "1 hour ago"),
        (200_000, "2 days ago"),
    ],
)
def test_how_long_ago_is_said_in_words(seconds, words):
    assert ago(timedelta(seconds=seconds)) == words
