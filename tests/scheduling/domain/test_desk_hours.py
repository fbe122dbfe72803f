"""Promises to call are counted while somebody is at the desk."""

from datetime import date, datetime, time, timedelta

import pytest

from services.scheduling.domain.desk_hours import FURTHEST, after_open_minutes
from tests.scheduling.build import TUESDAY, ZONE, at, days_after

OPEN = {weekday: (time(8), time(16, 30)) for weekday in range(5)}
FRIDAY = days_after(TUESDAY, 3)
MONDAY = days_after(TUESDAY, 6)
DUE = {  # asked at, minutes, closed days, due
    "inside the hours": (at(TUESDAY, 10), 30, (), at(TUESDAY, 10, 30)),
    "before opening": (at(TUESDAY, 6), 30, (), at(TUESDAY, 8, 30)),
    "just before closing": (at(TUESDAY, 16, 20), 30, (), at(days_after(TUESDAY, 1), 8, 20)),
    "to the minute": (at(TUESDAY, 16), 30, (), at(TUESDAY, 16, 30)),
    "over the weekend": (at(FRIDAY, 16, 20), 30, (), at(MONDAY, 8, 20)),
    "on Sunday": (at(days_after(FRIDAY, 2), 12), 30, (), at(MONDAY, 8, 30)),
    "a holiday between": (at(FRIDAY, 16, 20), 30, (MONDAY,), at(days_after(MONDAY, 1), 8, 20)),
    "over a day long": (at(TUESDAY, 8), 600, (), at(days_after(TUESDAY, 1), 9, 30)),
    # Clocks change on March 14, 2027: Friday 4:20pm to Monday 8:20am on the wall all the same.
    "clocks change": (
        at(date(2027, 3, 12), 16, 20), 30, (), at(date(2027, 3, 15), 8, 20),
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", DUE)
def test_a_promise_is_due_after_so_many_open_minutes(case):
    start, minutes, closed, expected = DUE[case]
    found = after_open_minutes(start, minutes, opening=OPEN, closed=closed, zone=ZONE)
    assert found == expected


def test_a_clinic_that_never_opens_has_an_end_too():
    start = datetime(2027, 3, 2, 18, tzinfo=ZONE)
    found = after_open_minutes(start, 30, opening={}, closed=(), zone=ZONE)
    assert found == start + timedelta(days=FURTHEST)
