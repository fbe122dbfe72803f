"""Back-off."""

from datetime import timedelta

import pytest

from services.notifications.domain.retries import next_attempt
from tests.notifications.builders import MONDAY_AT_TEN as NOW


@pytest.mark.parametrize(
    ("attempts", "minutes"),
    [(1, 1), (2, 5), (3, 15), (4, 30), (5, 60), (6, 120), (7, 240), (8, 240), (20, 240)],
)
def test_waits_grow_to_four_hours(attempts: int, minutes: int) -> None:
    assert next_attempt(attempts, now=NOW, jitter=0.0) == NOW + timedelta(minutes=minutes)


@pytest.mark.parametrize(("jitter", "seconds"), [(-1.0, 48), (0.5, 66), (1.0, 72)])
def test_jitter_moves_a_wait_by_at_most_a_fifth(jitter: float, seconds: int) -> None:
    assert next_attempt(1, now=NOW, jitter=jitter) == NOW + timedelta(seconds=seconds)
