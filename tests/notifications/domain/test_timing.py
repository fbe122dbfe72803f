"""When messages are due: by wall clock, by day, in opening hours."""

import json
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notifications.domain import timing
from tests.notifications.builders import MONDAY_AT_TEN as NOW

PORTLAND = ZoneInfo("America/Los_Angeles")
CASES = json.loads(Path(__file__).with_name("reminder_cases.json").read_text(encoding="utf-8"))
WEEK = {day: (time(8), time(16, 30)) for day in range(5)}
ZONES = (
    "America/Los_Angeles", "America/New_York", "Europe/Berlin", "Australia/Lord_Howe",
    "Asia/Kathmandu", "America/St_Johns", "Pacific/Apia", "UTC",
)  # fmt: skip


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=PORTLAND)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_the_published_reminder_cases(case: dict[str, str]) -> None:
    start, booked = local(case["appointment_local"]), local(case["booked_local"])
    found = timing.reminders(start.astimezone(UTC), booked.astimezone(UTC), PORTLAND)
    for kind, name in (("reminder_3d", "send_72h"), ("reminder_1d", "send_24h")):
        expected = case[name] and datetime.fromisoformat(case[name])
        assert found.get(kind) == expected, case["note"]


@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2036, 12, 31)),
    st.sampled_from(ZONES),
    st.integers(8 * 4, 20 * 4),
)
def test_a_reminder_comes_at_the_visits_wall_time_some_days_before(
    day: datetime, zone_name: str, quarter: int
) -> None:
    zone = ZoneInfo(zone_name)
    wall = datetime.combine(day.date(), time(quarter // 4 % 24, quarter % 4 * 15), zone)
    for kind, due in timing.reminders(wall.astimezone(UTC), None, zone).items():
        days = {"reminder_3d": 3, "reminder_1d": 1}[kind]
        there = due.astimezone(zone)
        assert there.date() == wall.date() - timedelta(days=days)
        assert there.time() == wall.time()


def test_a_patients_mail_is_due_at_once_and_a_desk_mail_90_seconds_later() -> None:
    assert timing.due_at(NOW, "patient") == timing.due_at(NOW, "system") == NOW
    assert timing.due_at(NOW, "staff") == NOW + timedelta(seconds=90)


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("2027-03-01T08:00", "2027-03-01T08:00"),
        ("2027-03-01T19:59", "2027-03-01T19:59"),
        ("2027-03-01T20:00", "2027-03-02T08:00"),
        ("2027-03-01T07:59", "2027-03-01T08:00"),
        ("2027-03-14T01:30", "2027-03-14T08:00"),  # the night the clocks change
    ],
)
def test_nudges_and_offers_keep_quiet_at_night(moment: str, expected: str) -> None:
    assert timing.by_day(local(moment), PORTLAND) == local(expected)


@pytest.mark.parametrize(
    ("booked", "start", "expected"),
    [
        pytest.param("2027-03-01T10:00", "2027-03-16T09:00", "2027-03-02T10:00", id="a day later"),
        pytest.param("2027-03-01T22:00", "2027-03-16T09:00", "2027-03-03T08:00", id="not at night"),
        pytest.param("2027-03-01T10:00", "2027-03-03T09:59", None, id="not on the last day"),
        pytest.param("2027-03-01T10:00", "2027-03-03T10:00", "2027-03-02T10:00", id="just not"),
    ],
)
def test_a_nudge_comes_a_day_after_booking(booked: str, start: str, expected: str | None) -> None:
    found = timing.nudge(local(booked), local(start), PORTLAND)
    assert found == (local(expected) if expected else None)


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("2027-03-01T09:10", "2027-03-01T17:00:00"),
        ("2027-03-01T16:59", "2027-03-01T17:00:30"),
        ("2027-03-02T08:00", "2027-03-02T08:01:30"),
    ],
)
def test_who_did_not_come_hears_in_the_evening(now: str, expected: str) -> None:
    assert timing.no_show(local("2027-03-01T09:00"), local(now), PORTLAND) == local(expected)


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        pytest.param("2027-03-01T08:00", "2027-03-01T08:00", id="open"),
        pytest.param("2027-03-01T16:30", "2027-03-02T08:00", id="just closed"),
        pytest.param("2027-03-01T07:00", "2027-03-01T08:00", id="not yet open"),
        pytest.param("2027-03-05T17:00", "2027-03-09T08:00", id="a weekend and a holiday"),
        pytest.param("2027-03-08T10:00", "2027-03-09T08:00", id="on a holiday"),
    ],
)
def test_alerts_wait_until_somebody_is_there(now: str, expected: str) -> None:
    closed = [date(2027, 3, 8)]
    found = timing.in_hours(local(now), PORTLAND, opening=WEEK, closed=closed)
    assert found == local(expected)
