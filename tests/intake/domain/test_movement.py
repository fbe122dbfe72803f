"""The exercise card of the brief, who may read about moving, and the chart of the trend."""

from datetime import date
from fractions import Fraction
from typing import Any

import pytest

from services.intake.domain.movement import exercise_card, may_read_about_moving
from services.intake.domain.trend import HEIGHT, MARGIN, WIDTH, Visit, points, with_changes

CARDS = [
    ({"exercise_plan": "yes", "plan_days_per_week": 5, "done_days_last_week": 4}, (4, 5)),
    ({"exercise_plan": "yes", "plan_days_per_week": 3, "done_days_last_week": 7}, (3, 3)),
    ({"exercise_plan": "yes", "plan_days_per_week": 5, "done_days_last_week": 0}, (0, 5)),
    ({"exercise_plan": "yes", "plan_days_per_week": 0, "done_days_last_week": 4}, (None, None)),
    ({"exercise_plan": "yes", "plan_days_per_week": 5}, (None, None)),
    ({"exercise_plan": "no", "plan_days_per_week": 5, "done_days_last_week": 4}, (None, None)),
    ({}, (None, None)),
]


@pytest.mark.parametrize(("answers", "expected"), CARDS, ids=str)
def test_adherence_is_days_done_of_days_planned(
    answers: dict[str, Any], expected: tuple[int | None, int | None]
) -> None:
    card = exercise_card(answers)
    assert (card.done, card.planned) == expected


def test_who_stops_because_it_hurts_needs_pain_control_first() -> None:
    assert exercise_card({"exercise_barriers": ["cost", "hurts_more"]}).pain_control_first
    assert not exercise_card({"exercise_barriers": ["cost"]}).pain_control_first


def make_document(level: str = "ROUTINE", rules: tuple[str, ...] = (), **inputs: Any) -> Any:
    usual = {
        "region": "low_back", "mechanism": "lifting", "flags": [], "postop_days": None,
        "visit_reason": "new_problem",
    }  # fmt: skip
    fired = [{"id": rule} for rule in rules]
    return {"urgency": level, "rules": fired, "inputs": usual | inputs}


READERS = [
    ("an ordinary back", make_document(), "ROUTINE", True),
    ("an urgent one", make_document("URGENT_2BD", ("U-91",)), "URGENT_2BD", True),
    ("a neck", make_document(region="neck"), "ROUTINE", True),
    ("a knee", make_document(region="knee"), "ROUTINE", False),
    ("seen today", make_document("SAME_DAY"), "SAME_DAY", False),
    ("an emergency", make_document("EMERGENCY"), "EMERGENCY", False),
    ("raised by staff", make_document(), "SAME_DAY", False),
    ("lowered by staff", make_document("EMERGENCY"), "ROUTINE", False),
    ("a broken bone", make_document(flags=["er_fracture_diagnosed"]), "ROUTINE", False),
    ("a cast", make_document(flags=["in_cast"]), "ROUTINE", False),
    ("perhaps broken", make_document("URGENT_2BD", ("U-19",)), "URGENT_2BD", False),
    ("after surgery", make_document(postop_days=40), "ROUTINE", False),
    ("coming after surgery", make_document(visit_reason="after_surgery"), "ROUTINE", False),
    ("started with surgery", make_document(mechanism="surgery"), "ROUTINE", False),
    ("not checked", {}, None, False),
]


@pytest.mark.parametrize(
    ("document", "level", "may"), [row[1:] for row in READERS], ids=[row[0] for row in READERS]
)
def test_the_page_about_moving_is_for_calm_backs(document: Any, level: str, may: bool) -> None:
    assert may_read_about_moving(document, level) is may


def test_a_visit_without_a_score_is_skipped_when_scores_are_compared() -> None:
    scores = (Fraction(8), None, Fraction(5), Fraction(6))
    visits = [Visit(day=date(2027, 3, 1), submission=str(n), peg=s) for n, s in enumerate(scores)]
    assert [visit.change for visit in with_changes(visits)] == [None, None, "better", "worse"]


def test_the_chart_puts_ten_on_top_and_leaves_the_place_of_a_missing_visit() -> None:
    right, foot = WIDTH - MARGIN, HEIGHT - MARGIN
    assert points([10, None, 0]) == [(MARGIN, MARGIN), (right, foot)]
    assert points([Fraction(5)]) == [(MARGIN, HEIGHT / 2)]
    assert points([]) == []
