"""Reading the rules: the shipped file is whole, and a wrong one names the rule and the field."""

import json
from typing import Any

import pytest

from services.intake.domain.errors import DataError
from services.intake.domain.knowledge import FOLDER, knowledge
from services.intake.domain.rules import Urgency, parse_rules

CATALOG = knowledge().catalog
MISSING = {"age": None, "onset_days": 0, "nrs_worst": 5, "nrs_now": 5, "postop_days": None}


def make_rules(**changes: Any) -> dict[str, Any]:
    rule = {
        "id": "X-1",
        "level": "SAME_DAY",
        "staff_reason": "Because",
        "when": {"region": ["hip"]},
    }
    return {"version": "1", "missing_values": MISSING, "rules": [rule | changes]}


def test_the_shipped_files_hold_every_rule_and_word() -> None:
    shipped = knowledge()
    assert len(shipped.rules.rules) == 64
    assert len(shipped.catalog.symptoms) == 79
    assert len(shipped.catalog.flags) == 13
    assert len(shipped.catalog.regions) == 11
    assert len(shipped.catalog.mechanisms) == 8
    assert shipped.rules.version == "osm-triage-draft-1"
    assert shipped.catalog.version == "osm-catalog-draft-1"


def test_every_emergency_sign_of_the_catalog_is_covered_when_unsure() -> None:
    signs = {code for code, item in CATALOG.symptoms.items() if item["emergency_sign"]}
    unsure = next(rule for rule in knowledge().rules.rules if rule.id == "S-98")
    assert unsure.asks_for("unsure") == signs


def test_every_rule_names_a_published_source() -> None:
    data = json.loads((FOLDER / "rules.json").read_text(encoding="utf-8"))
    named = {source for rule in data["rules"] for source in rule["sources"]}
    assert named == set(data["sources"])


WRONG = {
    "no id": ({"id": ""}, "rule number 1, id: missing"),
    "no reason for staff": ({"staff_reason": ""}, "rule X-1, staff_reason: missing"),
    "a level nobody knows": ({"level": "SOON"}, "rule X-1, level: 'SOON'"),
    "a rule that lowers to routine": ({"level": "ROUTINE"}, "rule X-1, level: 'ROUTINE'"),
    "no condition": ({"when": {}}, "rule X-1, when: missing"),
    "two conditions in one": (
        {"when": {"region": ["hip"], "mechanism": ["none"]}},
        "rule X-1, when: must hold exactly one condition",
    ),
    "an unknown condition": ({"when": {"most": []}}, "rule X-1, when.most: no such condition"),
    "an unknown symptom": (
        {"when": {"all": [{"region": ["hip"]}, {"any_symptom": ["itch"]}]}},
        "rule X-1, when.all[1].any_symptom: 'itch' is not in the catalog",
    ),
    "a code instead of a list": (
        {"when": {"any_flag": "diabetes"}},
        "rule X-1, when.any_flag: must be a list of codes",
    ),
    "an empty list of conditions": (
        {"when": {"any": []}},
        "rule X-1, when.any: must be a list of conditions",
    ),
    "a number nobody knows": (
        {"when": {"num": ["weight", ">", 3]}},
        "rule X-1, when.num: 'weight' is not a number",
    ),
    "an unknown comparison": (
        {"when": {"num": ["age", "=", 3]}},
        "rule X-1, when.num: '=' is not a comparison",
    ),
    "a bound that is no number": (
        {"when": {"num": ["age", ">", True]}},
        "rule X-1, when.num: True is not a whole number",
    ),
    "a short comparison": ({"when": {"num": ["age", ">"]}}, "rule X-1, when.num: must be"),
    "a symptom that could silence the rule": (
        {"when": {"not": {"any": [{"region": ["hip"]}, {"any_symptom": ["limp"]}]}}},
        "rule X-1, when.not: may not look at symptoms",
    ),
}


@pytest.mark.parametrize(("change", "sentence"), WRONG.values(), ids=WRONG)
def test_a_wrong_rule_is_refused_by_name_and_field(change: dict[str, Any], sentence: str) -> None:
    with pytest.raises(DataError) as error:
        parse_rules(make_rules(**change), CATALOG)
    assert sentence in str(error.value)


def test_the_same_id_may_not_be_used_twice() -> None:
    data = make_rules()
    data["rules"] *= 2
    with pytest.raises(DataError, match=r"rule X-1, id: stated twice"):
        parse_rules(data, CATALOG)


def test_missing_values_must_name_numbers_that_rules_use() -> None:
    data = make_rules() | {"missing_values": {"shoe_size": 9}}
    with pytest.raises(DataError, match=r"missing_values\.shoe_size"):
        parse_rules(data, CATALOG)


def test_urgency_is_ordered_from_the_most_urgent_down() -> None:
    assert list(Urgency) == ["EMERGENCY", "SAME_DAY", "URGENT_2BD", "ROUTINE"]
