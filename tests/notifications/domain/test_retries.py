"""Back-off, and the end of trying."""

from datetime import timedelta

import pytest

from services.notifications.domain.retries import due_at, next_attempt, overdue_state
from services.notifications.domain.states import State
from tests.notifications.builders import MONDAY_AT_TEN as NOW


def test_a_patients_mail_is_due_at_once_and_a_desk_mail_90_seconds_later() -> None:
    assert due_at(NOW, "patient") == NOW
    assert due_at(NOW, "staff") == NOW + timedelta(seconds=90)


@pytest.mark.parametrize(
    ("attempts", "minutes"),
    [(1, 1), (2, 5), (3, 15), (4, 30), (5, 60), (6, 120), (7, 240), (8, 240), (20, 240)],
)
def test_waits_grow_to_four_hours(attempts: int, minutes: int) -> None:
    assert next_attempt(attempts, now=NOW, jitter=0.0) == NOW + timedelta(minutes=minutes)


@pytest.mark.parametrize(("jitter", "seconds"), [(-1.0, 48), (0.5, 66), (1.0, 72)])
def test_jitter_moves_a_wait_by_at_most_a_fifth(jitter: float, seconds: int) -> None:
    assert next_attempt(1, now=NOW, jitter=jitter) == NOW + timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("start_in", "after", "state"),
    [
        pytest.param(100, 71, None, id="inside three days it is still tried"),
        pytest.param(100, 72, State.FAILED, id="after three days it has failed"),
        pytest.param(10, 9, None, id="before the visit it is still tried"),
        pytest.param(10, 10, State.EXPIRED, id="once the visit began it is of no use"),
        pytest.param(72, 72, State.EXPIRED, id="both at once: the visit decides"),
    ],
)
def test_trying_ends(start_in: int, after: int, state: State | None) -> None:
    start, at = NOW + timedelta(hours=start_in), NOW + timedelta(hours=after)
    assert overdue_state(NOW, start, at=at) is state
