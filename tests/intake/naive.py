"""The safety check once more, as plainly as it can be said and without the product's engine.
Reads rules.json as it lies there. Slow on purpose: an oracle, and random answers to ask it."""

import json
import random
from pathlib import Path
from typing import Any

DATA = Path(__file__).resolve().parents[2] / "services" / "intake" / "data"
LEVELS = ["EMERGENCY", "SAME_DAY", "URGENT_2BD", "ROUTINE"]
LISTS = {"any_symptom": "symptoms", "any_unsure": "unsure", "any_flag": "flags"}


def load(name: str) -> Any:
    return json.loads((DATA / name).read_text(encoding="utf-8"))


def naive_check(rules: dict[str, Any], answers: dict[str, Any]) -> tuple[str, set[str]]:
    """The level, and the ids of the rules that fire."""
    filled = dict(answers)
    for name, stand_in in rules["missing_values"].items():
        if filled[name] is None:
            filled[name] = stand_in
    level, fired = "ROUTINE", set()
    for rule in rules["rules"]:
        if holds(rule["when"], filled):
            fired.add(rule["id"])
            if LEVELS.index(rule["level"]) < LEVELS.index(level):
                level = rule["level"]
    return level, fired


def holds(condition: dict[str, Any], answers: dict[str, Any]) -> bool:
    for kind, body in condition.items():
        if kind == "all":
            return False not in [holds(part, answers) for part in body]
        if kind == "any":
            return True in [holds(part, answers) for part in body]
        if kind == "not":
            return not holds(body, answers)
        if kind in ("region", "mechanism"):
            return answers[kind] in body
        if kind in LISTS:
            return len([code for code in body if code in answers[LISTS[kind]]]) > 0
        if kind == "num":
            return compare(answers[body[0]], body[1], body[2])
    raise AssertionError(f"no such condition: {condition}")


def compare(value: int | None, sign: str, bound: int) -> bool:
    if value is None:
        return False
    if sign == "<=":
        return value < bound or value == bound
    if sign == "<":
        return value < bound
    if sign == ">=":
        return value > bound or value == bound
    if sign == ">":
        return value > bound
    if sign == "==":
        return value == bound
    raise AssertionError(f"no such comparison: {sign}")


def bounds_of(rules: dict[str, Any]) -> dict[str, list[int]]:
    """Every number that a rule compares with: where answers are worth trying."""
    found: dict[str, list[int]] = {name: [] for name in rules["missing_values"]}

    def look(condition: Any) -> None:
        if isinstance(condition, dict):
            for kind, body in condition.items():
                if kind == "num":
                    found[body[0]].append(body[2])
                else:
                    look(body)
        elif isinstance(condition, list):
            for part in condition:
                look(part)

    for rule in rules["rules"]:
        look(rule["when"])
    return found


class RandomAnswers:
    """Answers of anybody at all, leaning to the numbers at which a rule turns."""

    LIMITS = {"age": 120, "onset_days": 36500, "nrs_worst": 10, "nrs_now": 10, "postop_days": 3650}

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        rules, catalog = load("rules.json"), load("catalog.json")
        self.bounds = bounds_of(rules)
        self.codes = {
            name: [item["code"] for item in catalog[source]]
            for name, source in (
                ("region", "regions"),
                ("mechanism", "mechanisms"),
                ("symptoms", "symptoms"),
                ("unsure", "symptoms"),
                ("flags", "history_flags"),
            )
        }

    def draw(self) -> dict[str, Any]:
        chance = self.chance
        drawn: dict[str, Any] = {name: self._number(name) for name in self.LIMITS}
        for name in ("region", "mechanism"):
            drawn[name] = chance.choice(self.codes[name])
        for name, most in (("symptoms", 6), ("unsure", 2), ("flags", 4)):
            drawn[name] = chance.sample(self.codes[name], chance.randint(0, most))
        return drawn

    def _number(self, name: str) -> int | None:
        chance, kind = self.chance, self.chance.random()
        if kind < 0.1 and name != "age":
            return None
        if kind < 0.6 and self.bounds[name]:
            near = chance.choice(self.bounds[name]) + chance.choice((-1, 0, 1))
            return min(max(near, 0), self.LIMITS[name])
        small = min(self.LIMITS[name], 100)
        return chance.randint(0, small if kind < 0.95 else self.LIMITS[name])
