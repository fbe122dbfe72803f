"""Rule sets with one mistake each, as a slip of the clinician's pen would make them."""

import copy
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from services.intake.domain.cases import Case, differences
from services.intake.domain.catalog import Catalog
from services.intake.domain.errors import DataError
from services.intake.domain.rules import parse_rules

LEVELS = ("EMERGENCY", "SAME_DAY", "URGENT_2BD")
NEIGHBOURS = {"<=": "<", "<": "<=", ">=": ">", ">": ">=", "==": ">="}
REFUSED, SEEN, MISSED = "refused", "seen", "missed"


@dataclass(frozen=True, slots=True)
class Mutant:
    rule: str
    kind: str
    what: str
    data: dict[str, Any]

    def __str__(self) -> str:
        return f"{self.rule}, {self.kind}: {self.what}"


def fate(mutant: Mutant, catalog: Catalog, cases: tuple[Case, ...]) -> str:
    """Refused when the file is read, seen by a case, or missed by all of them."""
    try:
        rules = parse_rules(mutant.data, catalog)
    except DataError:
        return REFUSED
    return SEEN if next(differences(rules, cases), None) else MISSED


def mutants(data: dict[str, Any]) -> Iterator[Mutant]:
    for name, value in data["missing_values"].items():
        if value is not None:
            for other in (value - 1, value + 1):
                changed = copy.deepcopy(data)
                changed["missing_values"][name] = other
                yield Mutant("missing_values", "number", f"{name} {value} to {other}", changed)
    for position, rule in enumerate(data["rules"]):
        yield _with(data, position, None, "drop the rule", rule["title"])
        for level in LEVELS:
            if level != rule["level"]:
                yield _with(data, position, {**rule, "level": level}, "level", f"to {level}")
        for kind, what, when in _changes(rule["when"]):
            yield _with(data, position, {**rule, "when": when}, kind, what)


def _with(
    data: dict[str, Any], position: int, rule: dict[str, Any] | None, kind: str, what: str
) -> Mutant:
    rules = list(data["rules"])
    name = rules[position]["id"]
    rules[position : position + 1] = [rule] if rule else []
    return Mutant(name, kind, what, {**data, "rules": rules})


def _changes(condition: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """One change anywhere inside: kind, in words, and the changed condition."""
    ((kind, body),) = condition.items()
    if kind in ("all", "any"):
        yield from _changes_of_parts(kind, body)
    elif kind == "not":
        yield "flip", "without its not", body
        for name, what, inner in _changes(body):
            yield name, what, {"not": inner}
    else:
        yield "flip", f"not {kind} {body}", {"not": condition}
        yield from _changes_of_leaf(kind, body)


def _changes_of_parts(kind: str, parts: list[Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    if len(parts) > 1:
        yield "flip", f"{kind} becomes the other", {"any" if kind == "all" else "all": parts}
        for position, part in enumerate(parts):
            rest = parts[:position] + parts[position + 1 :]
            yield "drop a condition", str(part), {kind: rest}
    for position, part in enumerate(parts):
        for name, what, inner in _changes(part):
            yield name, what, {kind: [*parts[:position], inner, *parts[position + 1 :]]}


def _changes_of_leaf(kind: str, body: list[Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    if kind == "num":
        name, sign, bound = body
        for other in (bound - 1, bound + 1):
            yield "number", f"{name} {sign} {bound} to {other}", {"num": [name, sign, other]}
        yield "flip", f"{name} {sign} {bound} its edge", {"num": [name, NEIGHBOURS[sign], bound]}
    elif len(body) > 1:
        for code in body:
            yield "drop a code", f"{kind} {code}", {kind: [one for one in body if one != code]}
