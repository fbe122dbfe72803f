"""The rules of the safety check, read from plain data and checked: every error names the rule
and the field. What they say about one patient's facts is in safety.py."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from .catalog import Catalog
from .conditions import (
    COMPARISONS,
    NUMBERS,
    Condition,
    IsOneOf,
    Not,
    Number,
    Several,
    Ticked,
    leaves,
)
from .errors import DataError


class Urgency(StrEnum):
    """Most urgent first; the order is the meaning."""

    EMERGENCY = "EMERGENCY"
    SAME_DAY = "SAME_DAY"
    URGENT_2BD = "URGENT_2BD"
    ROUTINE = "ROUTINE"


@dataclass(frozen=True, slots=True)
class Rule:
    id: str
    level: Urgency
    reason: str  # for staff; never shown to a patient
    when: Condition

    def asks_for(self, attribute: str) -> frozenset[str]:
        """The codes of this attribute that the rule looks at."""
        asked = (leaf for leaf in leaves(self.when) if leaf.attribute == attribute)
        return frozenset().union(*(leaf.codes for leaf in asked if isinstance(leaf, Ticked)))


@dataclass(frozen=True, slots=True)
class RuleSet:
    version: str
    missing_values: Mapping[str, int | None]
    rules: tuple[Rule, ...]


def parse_rules(data: Mapping[str, Any], catalog: Catalog) -> RuleSet:
    missing = dict(data["missing_values"])
    for name in set(missing) - set(NUMBERS):
        raise DataError(f"rules, missing_values.{name}: not a number the rules know")
    rules: dict[str, Rule] = {}
    for position, item in enumerate(data["rules"]):
        rule = _rule(item, position, catalog)
        if rule.id in rules:
            raise DataError(f"rule {rule.id}, id: stated twice")
        rules[rule.id] = rule
    return RuleSet(str(data["version"]), missing, tuple(rules.values()))


def _rule(item: Mapping[str, Any], position: int, catalog: Catalog) -> Rule:
    name = str(item.get("id") or f"number {position + 1}")
    for field in ("id", "level", "staff_reason", "when"):
        if not item.get(field):
            raise DataError(f"rule {name}, {field}: missing")
    if item["level"] not in tuple(Urgency)[:-1]:
        raise DataError(f"rule {name}, level: {item['level']!r} is not a level a rule may give")
    when = _Reader(name, catalog).condition(item["when"], "when")
    return Rule(name, Urgency(item["level"]), str(item["staff_reason"]), when)


class _Reader:
    """Reads one rule's conditions; knows the rule's name for its errors."""

    def __init__(self, rule: str, catalog: Catalog) -> None:
        self._rule = rule
        self._codes = {
            "any_symptom": ("symptoms", frozenset(catalog.symptoms)),
            "any_unsure": ("unsure", frozenset(catalog.symptoms)),
            "any_flag": ("flags", frozenset(catalog.flags)),
            "region": ("region", frozenset(catalog.regions)),
            "mechanism": ("mechanism", frozenset(catalog.mechanisms)),
        }

    def condition(self, data: Any, at: str) -> Condition:
        if not isinstance(data, Mapping) or len(data) != 1:
            raise self._error(at, "must hold exactly one condition")
        ((kind, body),) = data.items()
        at = f"{at}.{kind}"
        if kind in self._codes:
            return self._code(kind, body, at)
        readers: dict[str, Callable[[Any, str], Condition]] = {
            "all": lambda body, at: Several(self._parts(body, at), decider=False),
            "any": lambda body, at: Several(self._parts(body, at), decider=True),
            "not": self._not,
            "num": self._number,
        }
        if kind not in readers:
            raise self._error(at, "no such condition")
        return readers[kind](body, at)

    def _code(self, kind: str, body: Any, at: str) -> Condition:
        attribute, known = self._codes[kind]
        if not isinstance(body, list) or not body:
            raise self._error(at, "must be a list of codes")
        for code in body:
            if code not in known:
                raise self._error(at, f"{code!r} is not in the catalog")
        leaf = IsOneOf if kind in ("region", "mechanism") else Ticked
        return leaf(attribute, frozenset(body))

    def _number(self, body: Any, at: str) -> Condition:
        if not isinstance(body, list) or len(body) != 3:
            raise self._error(at, "must be [name, comparison, number]")
        name, comparison, bound = body
        if name not in NUMBERS:
            raise self._error(at, f"{name!r} is not a number the rules know")
        if comparison not in COMPARISONS:
            raise self._error(at, f"{comparison!r} is not a comparison")
        if type(bound) is not int:
            raise self._error(at, f"{bound!r} is not a whole number")
        return Number(name, comparison, bound)

    def _not(self, body: Any, at: str) -> Condition:
        part = self.condition(body, at)
        if any(isinstance(leaf, Ticked) and leaf.attribute != "flags" for leaf in leaves(part)):
            # Ticking one more sign could then silence a rule: urgency may only ever rise.
            raise self._error(at, "may not look at symptoms")
        return Not(part)

    def _parts(self, body: Any, at: str) -> tuple[Condition, ...]:
        if not isinstance(body, list) or not body:
            raise self._error(at, "must be a list of conditions")
        return tuple(self.condition(part, f"{at}[{i}]") for i, part in enumerate(body))

    def _error(self, at: str, sentence: str) -> DataError:
        return DataError(f"rule {self._rule}, {at}: {sentence}")
