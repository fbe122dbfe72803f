"""Cases of the safety check: facts with the level and the rules they must lead to. The published
ones and those that hold every rule at its edges are data; a changed rule set is tried on them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .conditions import NUMBERS, Facts
from .rules import RuleSet
from .safety import evaluate


@dataclass(frozen=True, slots=True)
class Case:
    id: str
    title: str
    facts: Facts
    level: str
    fired: frozenset[str]


def parse_cases(data: Mapping[str, Any]) -> tuple[Case, ...]:
    return tuple(_case(item) for item in data["cases"])


def _case(item: Mapping[str, Any]) -> Case:
    given = item["input"]
    facts = Facts(
        region=given["region"],
        mechanism=given["mechanism"],
        symptoms=frozenset(given["symptoms"]),
        unsure=frozenset(given["unsure"]),
        flags=frozenset(flag for flag, is_set in given["flags"].items() if is_set),
        **{name: given[name] for name in NUMBERS},
    )
    fired = frozenset(item["rules_must_fire"])
    return Case(item["id"], item["title"], facts, item["expected_level"], fired)


def differences(rules: RuleSet, cases: Sequence[Case]) -> Iterator[tuple[Case, str]]:
    """The cases that these rules judge otherwise than expected, each with a sentence."""
    for case in cases:
        result = evaluate(rules, case.facts)
        fired = frozenset(rule.id for rule in result.fired)
        words = []
        if result.urgency != case.level:
            words.append(f"{case.level} expected, {result.urgency} given")
        if more := sorted(fired - case.fired):
            words.append(f"also fired: {', '.join(more)}")
        if missing := sorted(case.fired - fired):
            words.append(f"did not fire: {', '.join(missing)}")
        if words:
            yield case, "; ".join(words)


def changed_levels(
    before: RuleSet, after: RuleSet, cases: Sequence[Case]
) -> Iterator[tuple[Case, str, str]]:
    """The cases whose level differs between two rule sets: case, old level, new level."""
    for case in cases:
        old, new = (evaluate(rules, case.facts).urgency.value for rules in (before, after))
        if old != new:
            yield case, old, new
