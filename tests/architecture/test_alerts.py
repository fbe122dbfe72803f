"""The alert rules: well formed, and about metrics that the services really give."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from shared.settings import SERVICES
from tests.architecture.tree import ROOT
from tests.conftest import MakeClient, MakeService

RULES = ROOT / "deploy" / "prometheus" / "alerts.yml"
METRIC = re.compile(r"\bclinic_[a-z_]+")
BALANCED = {"(": ")", "[": "]", "{": "}"}


def _rules() -> Iterator[dict[str, Any]]:
    for group in yaml.safe_load(RULES.read_text(encoding="utf-8"))["groups"]:
        assert set(group) == {"name", "rules"}
        yield from group["rules"]


@pytest.mark.parametrize("rule", list(_rules()), ids=lambda rule: rule["alert"])
def test_a_rule_says_what_is_wrong_and_what_to_do(rule: dict[str, Any]) -> None:
    assert {"alert", "expr", "labels", "annotations"} <= set(rule) <= {
        "alert", "expr", "for", "labels", "annotations",
    }  # fmt: skip
    assert re.fullmatch("[A-Z][A-Za-z]+", rule["alert"])
    assert re.fullmatch(r"\d+[smh]", rule.get("for", "0s"))
    assert rule["labels"]["severity"] in {"page", "ticket"}
    assert set(rule["annotations"]) == {"summary", "action"}
    assert _is_balanced(rule["expr"])


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_every_metric_in_a_rule_exists(
    make_service: MakeService, make_client: MakeClient, database_kind: str
) -> None:
    services = [make_service(name) for name in SERVICES]
    client = make_client(*services)
    given = set()
    for name in SERVICES:
        given |= set(METRIC.findall(client.get(f"/{name}/metrics").text))
    used = {metric for rule in _rules() for metric in METRIC.findall(rule["expr"])}
    assert used
    assert used <= given
    states = {state for rule in _rules() for state in re.findall('state=~?"([^"]+)"', rule["expr"])}
    page = client.get("/notifications/metrics").text
    for state in {one for group in states for one in group.split("|")}:
        assert f'state="{state}"' in page


def _is_balanced(expression: str) -> bool:
    closing: list[str] = []
    for character in re.sub('"[^"]*"', "", expression):
        if character in BALANCED:
            closing.append(BALANCED[character])
        elif character in BALANCED.values() and (not closing or closing.pop() != character):
            return False
    return not closing
