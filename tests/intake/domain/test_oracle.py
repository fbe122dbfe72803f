"""The engine says what a second, deliberately plain reading of the rules says."""

import ast
from collections import Counter
from pathlib import Path

from services.intake.domain.knowledge import knowledge
from tests.intake import naive
from tests.intake.compare import engine_check

ANSWERS = 2000


def test_engine_and_oracle_agree_on_random_answers() -> None:
    drawn, data = naive.RandomAnswers(seed=20270301), naive.load("rules.json")
    levels: Counter[str] = Counter()
    for _ in range(ANSWERS):
        answers = drawn.draw()
        expected = naive.naive_check(data, answers)
        assert engine_check(knowledge().rules, answers) == expected, answers
        levels[expected[0]] += 1
    assert set(levels) == set(naive.LEVELS)  # otherwise the answers were too tame


def test_the_oracle_shares_nothing_with_the_engine() -> None:
    module = ast.parse(Path(naive.__file__).read_text(encoding="utf-8"))
    imported = {
        name.name.partition(".")[0]
        for node in ast.walk(module)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in (
            [ast.alias(node.module or "")] if isinstance(node, ast.ImportFrom) else node.names
        )
    }
    assert imported == {"json", "random", "pathlib", "typing"}
