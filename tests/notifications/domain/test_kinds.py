"""What the kinds of messages differ in."""

from datetime import timedelta

import pytest

from services.notifications.domain.content import KINDS
from services.notifications.domain.kinds import (
    CANCELLED,
    NEWS,
    PLANNED,
    RULES,
    TURNS,
    overdue_state,
    turn,
)
from services.notifications.domain.states import State
from tests.notifications.builders import MONDAY_AT_TEN as NOW
from tests.notifications.builders import make_content


def test_every_kind_has_rules() -> None:
    assert set(RULES) == set(KINDS)
    assert CANCELLED < NEWS < set(KINDS)


def test_what_is_new_goes_before_what_is_planned_and_what_was_tried_goes_last() -> None:
    assert max(turn(kind, was_tried=True) for kind in NEWS) < min(
        turn(kind, was_tried=False) for kind in PLANNED
    )
    assert turn("confirmation", was_tried=False) < turn("confirmation", was_tried=True)
    assert sorted(TURNS) == TURNS


def test_only_what_is_planned_is_never_repeated() -> None:
    assert {kind for kind, rules in RULES.items() if not rules.is_repeated} == set(PLANNED)


@pytest.mark.parametrize(
    ("kind", "start_in", "after", "state"),
    [
        pytest.param("confirmation", 100, 72, None, id="inside three days it is still tried"),
        pytest.param("confirmation", 100, 72.1, State.FAILED, id="after three days it has failed"),
        pytest.param("cancelled", 10, 9.9, None, id="before the visit it is still tried"),
        pytest.param("cancelled", 10, 10, State.EXPIRED, id="once the visit began it is useless"),
        pytest.param("rescheduled", 72, 73, State.EXPIRED, id="both at once: the visit decides"),
        pytest.param("reminder_1d", 24, 6, None, id="six hours late a reminder still goes out"),
        pytest.param("reminder_1d", 24, 6.1, State.EXPIRED, id="later it does not"),
        pytest.param("reminder_1d", 2, 1.4, None, id="36 minutes before the visit it does"),
        pytest.param("reminder_3d", 2, 1.5, State.EXPIRED, id="half an hour before it does not"),
        pytest.param("no_show", -8, 6, None, id="no-shows are about the past"),
        pytest.param("no_show", -8, 6.1, State.EXPIRED, id="but not told at night"),
        pytest.param("waitlist_offer", 90, 1, State.EXPIRED, id="an offer ends with its end"),
        pytest.param("visit_links", None, 71, None, id="links have no visit"),
    ],
)
def test_trying_ends(kind: str, start_in: float | None, after: float, state: State | None) -> None:
    start = None if start_in is None else NOW + timedelta(hours=start_in)
    content = make_content(start=start, expires_at=NOW + timedelta(minutes=30))
    at = NOW + timedelta(hours=after)
    assert overdue_state(kind, content, due=NOW, at=at) is state
