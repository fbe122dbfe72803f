"""Time at the desk: a promise to call is counted in minutes in which somebody is there."""

from collections.abc import Container, Mapping
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from .availability import Span
from .time import instant_of, wall_time

FURTHEST = 60  # days: no clinic is closed for longer


def after_open_minutes(
    start: datetime,
    minutes: int,
    *,
    opening: Mapping[int, Span],
    closed: Container[date],
    zone: ZoneInfo,
) -> datetime:
    """When the clinic will have been open for so long, from start on."""
    left = timedelta(minutes=minutes)
    first = wall_time(start, zone).date()
    for day in (first + timedelta(days=count) for count in range(FURTHEST)):
        if day.weekday() not in opening or day in closed:
            continue
        opens, closes = (instant_of(day, wall, zone) for wall in opening[day.weekday()])
        begins = max(start, opens)
        if begins + left <= closes:
            return begins + left
        left -= max(closes - begins, timedelta())
    return start + timedelta(days=FURTHEST)
