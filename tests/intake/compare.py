"""The engine beside the oracle, on the same answers."""

from typing import Any

from services.intake.domain.conditions import Facts
from services.intake.domain.rules import RuleSet
from services.intake.domain.safety import evaluate


def make_facts(answers: dict[str, Any]) -> Facts:
    lists = {name: frozenset(answers[name]) for name in ("symptoms", "unsure", "flags")}
    return Facts(**{**answers, **lists})


def engine_check(rules: RuleSet, answers: dict[str, Any]) -> tuple[str, set[str]]:
    result = evaluate(rules, make_facts(answers))
    return result.urgency.value, {rule.id for rule in result.fired}
