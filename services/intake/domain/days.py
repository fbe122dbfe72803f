"""Counting days as a clinic does: ages, business days, and whether someone answers the phone now.
Everything is local wall time; the caller brings the clinic's zone, hours and closed dates."""

from collections.abc import Collection, Mapping
from datetime import date, datetime, time, timedelta

Opening = Mapping[int, tuple[time, time]]  # weekday (Monday = 0) -> opens, closes


def age_on(day: date, *, born: date) -> int:
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def business_day_after(
    today: date, count: int, *, opening: Opening, closed: Collection[date]
) -> date:
    """The count-th day after today on which the clinic is open."""
    day = today
    while count:
        day += timedelta(days=1)
        count -= day.weekday() in opening and day not in closed
    return day


def is_open(local: datetime, *, opening: Opening, closed: Collection[date]) -> bool:
    if local.date() in closed or local.weekday() not in opening:
        return False
    opens, closes = opening[local.weekday()]
    return opens <= local.time() < closes
