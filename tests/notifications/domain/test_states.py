"""Which state may follow which."""

import pytest

from services.notifications.domain.errors import TransitionRefused
from services.notifications.domain.states import (
    ALLOWED,
    FINAL,
    IN_HAND,
    WAITING,
    State,
    check_transition,
)


def test_every_state_says_what_may_follow() -> None:
    assert set(ALLOWED) == set(State)
    assert set(State) == WAITING | IN_HAND | FINAL


def test_a_final_state_is_final() -> None:
    assert all(not ALLOWED[state] for state in FINAL)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param("queued", State.SENT, id="nothing is sent without a lease"),
        pytest.param("leased", State.SENT, id="nothing is sent before its body began"),
        pytest.param("leased", State.AMBIGUOUS, id="before the body there is no doubt"),
        pytest.param("sent", State.RETRY, id="a sent mail is never tried again"),
        pytest.param("suppressed", State.LEASED, id="an outdated mail stays unsent"),
        pytest.param("data_started", State.SUPPRESSED, id="a mail under way cannot be called back"),
    ],
)
def test_forbidden_steps_are_refused(old: str, new: State) -> None:
    with pytest.raises(TransitionRefused):
        check_transition(old, new)


def test_every_waiting_message_can_reach_an_end() -> None:
    for state in WAITING:
        reached, frontier = set(), {state}
        while frontier:
            reached |= frontier
            frontier = {after for one in frontier for after in ALLOWED[one]} - reached
        assert State.SENT in reached
        assert State.FAILED in reached
