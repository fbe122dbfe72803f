"""Builders for scheduling's tests: plain functions with sensible defaults."""

from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from services.scheduling.domain.availability import Calendar, Rules, Wish
from services.scheduling.queries.rules import rules_for
from shared.clinic import Clinic
from shared.settings import ROOT

ZONE = ZoneInfo("America/Los_Angeles")
NOW = datetime(2027, 3, 1, 15, 30, tzinfo=UTC)  # Monday 7:30am at the clinic
TUESDAY = date(2027, 3, 2)
ALL_DAY = {weekday: ((time(8), time(16, 30)),) for weekday in range(5)}
EVERY_TYPE = frozenset({"NP", "NPX", "FU", "URG", "WC", "PO", "INJ", "CST"})


@cache
def make_clinic() -> Clinic:
    """The shipped clinic file."""
    return Clinic.load(ROOT / "shared" / "clinic.toml")


def make_rules(first: date = date(2026, 1, 1), last: date = date(2029, 12, 31)) -> Rules:
    return rules_for(make_clinic(), first, last)


def make_calendar(**changes) -> Calendar:
    return Calendar(
        **{"practitioner": "alder", "offered": EVERY_TYPE, "working": ALL_DAY} | changes
    )


def make_wish(**changes) -> Wish:
    return Wish(**{"minutes": 30, "channel": "patient", "now": NOW, "visit_type": "NP"} | changes)


def at(day: date, hour: int, minute: int = 0) -> datetime:
    """An instant, given as wall time at the clinic."""
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=ZONE).astimezone(UTC)


def days_after(day: date, count: int) -> date:
    return day + timedelta(days=count)
