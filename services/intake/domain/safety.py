"""The safety check itself: which rules fire for these facts, and which questions are worth asking.
The most urgent rule decides; a missing number is filled to the safe side first."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any

from .conditions import NUMBERS, Facts
from .rules import Rule, RuleSet, Urgency

ORDER = tuple(Urgency)


@dataclass(frozen=True, slots=True)
class Result:
    urgency: Urgency
    fired: tuple[Rule, ...]
    signs: tuple[str, ...]  # the reported symptoms that made it this urgent, sorted


def fill_missing(rules: RuleSet, facts: Facts) -> Facts:
    filled: dict[str, Any] = {
        name: value
        for name, value in rules.missing_values.items()
        if getattr(facts, name) is None and value is not None
    }
    return replace(facts, **filled) if filled else facts


def evaluate(rules: RuleSet, facts: Facts) -> Result:
    filled = fill_missing(rules, facts)
    fired = tuple(rule for rule in rules.rules if rule.when.truth(filled))
    urgency = min((rule.level for rule in fired), key=ORDER.index, default=Urgency.ROUTINE)
    looked_at = (rule.asks_for("symptoms") for rule in fired if rule.level is urgency)
    signs = facts.symptoms.intersection(frozenset().union(*looked_at))
    return Result(urgency, fired, tuple(sorted(signs)))


def flags_worth_asking(
    rules: RuleSet, facts: Facts, *, symptoms: Collection[str], flags: Collection[str]
) -> tuple[str, ...]:
    """Of these flags, the ones some rule could still use: a flag that can change nothing for this
    region, age, mechanism and start is not asked. Symptoms and pain are not answered yet."""
    pain = tuple(name for name in NUMBERS if name.startswith("nrs_"))
    unanswered = frozenset((*symptoms, *flags, *pain))
    filled = replace(fill_missing(rules, facts), symptoms=frozenset(), flags=frozenset())
    open_rules = (rule for rule in rules.rules if rule.when.truth(filled, unanswered) is None)
    useful = frozenset().union(*(rule.asks_for("flags") for rule in open_rules))
    return tuple(flag for flag in flags if flag in useful)
