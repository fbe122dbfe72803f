"""Every published case of the clinic's hours, through the engine."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime, time
from pathlib import Path

import pytest

from services.scheduling.domain.availability import judge
from services.scheduling.domain.reasons import Reason
from services.scheduling.domain.time import TimeRange, instant_of, read_either, read_instant
from tests.scheduling.build import ZONE, make_calendar, make_rules, make_wish

PUBLISHED = json.loads((Path(__file__).parent / "hours_cases.json").read_text())


def blocks_of(case: dict) -> tuple[TimeRange, ...]:
    day = date.fromisoformat(case["start"][:10]) if case["provider_blocks"] else None
    return tuple(
        TimeRange(*(instant_of(day, time.fromisoformat(block[end]), ZONE) for end in block_ends))
        for block in case["provider_blocks"]
        for block_ends in [("start", "end")]
    )


@pytest.mark.parametrize("case", PUBLISHED["cases"], ids=lambda case: case["id"])
def test_a_published_case_is_judged_as_published(case):
    rules = replace(make_rules(), online=frozenset())
    read = read_either if case["input_kind"] == "local" else read_instant
    start = read(case["start"], ZONE)
    wish = make_wish(
        minutes=case["duration_min"],
        channel=case["channel"],
        visit_type=None,
        now=datetime.fromisoformat(case["now"]).astimezone(UTC),
    )
    reasons = judge(rules, wish, start, calendar=make_calendar(blocks=blocks_of(case)))
    assert list(reasons) == case["reasons"]
    assert (case["expected"] == "accept") == (not reasons)
    if "expected_local_start" in case:
        assert start.local.isoformat(timespec="minutes") == case["expected_local_start"]
    assert judge(rules, wish, start) == tuple(r for r in case["reasons"] if r != "BLOCKED")


def test_reasons_are_told_in_the_published_order_and_ours_follow():
    published = PUBLISHED["reason_order"]
    assert list(Reason)[: len(published)] == published
    ours = ["NOT_OFFERED", "NOT_WORKING", "URGENT_ONLY", "HELD", "TAKEN"]
    assert list(Reason)[len(published) :] == ours
