"""The rules of the safety check, read from plain data and checked: every error names the rule
and the field. What they say about one patient's facts is in safety.py."""

from collections.abc import Callable, Iterator, Mapping
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


def parse_rules(data: Any, catalog: Catalog) -> RuleSet:
    """All that is wrong with the file is told at once."""
    if not isinstance(data, Mapping):
        raise DataError("rules: must be an object with version, missing_values and rules")
    faults = [*_missing_faults(data.get("missing_values"))]
    if not (isinstance(data.get("version"), str) and data["version"]):
        faults.append(DataError("rules, version: must be a text"))
    items = data.get("rules")
    if not isinstance(items, list) or not items:
        raise DataError.of([*faults, DataError("rules, rules: must be a list of rules")])
    rules: dict[str, Rule] = {}
    for position, item in enumerate(items, start=1):
        try:
            rule = _rule(item, f"number {position}", catalog)
        except DataError as error:
            faults.append(error)
            continue
        if rule.id in rules:
            faults.append(DataError(f"rule {rule.id}, id: stated twice"))
        rules[rule.id] = rule
    if faults:
        raise DataError.of(faults)
    return RuleSet(data["version"], dict(data["missing_values"]), tuple(rules.values()))


def _missing_faults(values: Any) -> Iterator[DataError]:
    """Every number has its stand-in: a forgotten one would count as "no" and lean unsafe."""
    if not isinstance(values, Mapping):
        yield DataError("rules, missing_values: must name a stand-in for each number")
        return
    for name in values:
        if name not in NUMBERS:
            yield DataError(f"rules, missing_values.{name}: not a number the rules know")
        elif values[name] is not None and type(values[name]) is not int:
            yield DataError(f"rules, missing_values.{name}: must be a whole number or null")
    for name in NUMBERS:
        if name not in values:
            yield DataError(f"rules, missing_values.{name}: missing")


def _rule(item: Any, name: str, catalog: Catalog) -> Rule:
    if not isinstance(item, Mapping):
        raise DataError(f"rule {name}: must be an object")
    name = str(item.get("id") or name)
    for field in ("id", "level", "staff_reason"):
        if not (isinstance(item.get(field), str) and item[field]):
            raise DataError(f"rule {name}, {field}: missing")
    if not item.get("when"):
        raise DataError(f"rule {name}, when: missing")
    if item["level"] not in tuple(Urgency)[:-1]:
        raise DataError(f"rule {name}, level: {item['level']!r} is not a level a rule may give")
    when = _Reader(name, catalog).condition(item["when"], "when")
    return Rule(name, Urgency(item["level"]), item["staff_reason"], when)


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
            if not isinstance(code, str) or code not in known:
                raise self._error(at, f"{code!r} is not in the catalog")
        leaf = IsOneOf if kind in ("region", "mechanism") else Ticked
        return leaf(attribute, frozenset(body))

    def _number(self, body: Any, at: str) -> Condition:
        if not isinstance(body, list) or len(body) != 3:
            raise self._error(at, "must be [name, comparison, number]")
        name, comparison, bound = body
        if not isinstance(name, str) or name not in NUMBERS:
            raise self._error(at, f"{name!r} is not a number the rules know")
        if not isinstance(comparison, str) or comparison not in COMPARISONS:
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
