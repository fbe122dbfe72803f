"""Every case of the safety check, published or at the edge of a rule: its level, and exactly the
rules that fire."""

from typing import Any

import pytest

from services.intake.domain.advice import ONLINE_BOOKING
from services.intake.domain.conditions import Facts
from services.intake.domain.knowledge import FOLDER, knowledge, read_data
from services.intake.domain.routing import specialty
from services.intake.domain.safety import evaluate

CASES = read_data(FOLDER / "cases.json")["cases"]
BOOKING = {"stop": "stop", "within_2_business_days": "limited", "any_slot": "open"}


def make_facts(given: dict[str, Any]) -> Facts:
    flags = frozenset(flag for flag, is_set in given["flags"].items() if is_set)
    numbers = {name: given[name] for name in ("age", "onset_days", "nrs_now", "nrs_worst")}
    return Facts(
        region=given["region"],
        mechanism=given["mechanism"],
        postop_days=given["postop_days"],
        symptoms=frozenset(given["symptoms"]),
        unsure=frozenset(given["unsure"]),
        flags=flags,
        **numbers,
    )


@pytest.mark.parametrize("case", CASES, ids=[f"{c['id']} {c['title']}" for c in CASES])
def test_a_published_case_gets_its_level_from_exactly_its_rules(case: dict[str, Any]) -> None:
    facts = make_facts(case["input"])
    result = evaluate(knowledge().rules, facts)
    fired = {rule.id for rule in result.fired}
    assert result.urgency == case["expected_level"]
    assert fired == set(case["rules_must_fire"])
    assert not fired & set(case["rules_must_not_fire"])
    assert ONLINE_BOOKING[result.urgency] == BOOKING[case["online_booking"]]
    if case.get("expected_specialty"):
        assert specialty(facts, knowledge().catalog) == case["expected_specialty"]
