"""triage: the safety check against a second reading of its rules, on many random answers."""

import os
from collections import Counter

import pytest

from services.intake.domain.knowledge import knowledge
from tests.intake import naive
from tests.intake.compare import engine_check

ALONE, AMONG_OTHERS = 100_000, 2000


@pytest.fixture
def size(pytestconfig: pytest.Config) -> int:
    """As asked for; else many when this check alone is run, few within all the tests."""
    is_alone = any(argument.endswith("test_triage.py") for argument in pytestconfig.args)
    return int(os.environ.get("CHECK_SIZE") or (ALONE if is_alone else AMONG_OTHERS))


def test_engine_and_oracle_agree_and_every_rule_fires(size: int) -> None:
    drawn, data = naive.RandomAnswers(seed=size), naive.load("rules.json")
    rules = knowledge().rules
    levels: Counter[str] = Counter()
    fired: Counter[str] = Counter()
    differences = 0
    for _ in range(size):
        answers = drawn.draw()
        expected = naive.naive_check(data, answers)
        differences += engine_check(rules, answers) != expected
        levels[expected[0]] += 1
        fired.update(expected[1])
    print(f"\n{size} answers: {differences} differences; {dict(levels)}")
    never = [rule.id for rule in rules.rules if rule.id not in fired]
    print(
        f"{len(fired)} of {len(rules.rules)} rules fired; least often: {fired.most_common()[-3:]}"
    )
    assert differences == 0
    assert not never or size < ALONE
