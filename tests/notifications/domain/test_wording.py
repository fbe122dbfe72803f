"""Dates and times as patients read them."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from services.notifications.domain.wording import long_date, short_date, time_of_day, zone_name

PORTLAND = ZoneInfo("America/Los_Angeles")


@pytest.mark.parametrize(
    ("instant", "long", "short", "time"),
    [
        pytest.param(
            datetime(2027, 3, 16, 16, tzinfo=UTC),
            "Tuesday, March 16, 2027",
            "Tue, Mar 16",
            "9:00am",
            id="summer time",
        ),
        pytest.param(
            datetime(2027, 12, 1, 20, 15, tzinfo=UTC),
            "Wednesday, December 1, 2027",
            "Wed, Dec 1",
            "12:15pm",
            id="winter time, just after noon",
        ),
        pytest.param(
            datetime(2027, 1, 2, 7, 45, tzinfo=UTC),
            "Friday, January 1, 2027",
            "Fri, Jan 1",
            "11:45pm",
            id="still yesterday in Portland",
        ),
        pytest.param(
            datetime(2027, 9, 6, 7, 5, tzinfo=UTC),
            "Monday, September 6, 2027",
            "Mon, Sep 6",
            "12:05am",
            id="just after midnight",
        ),
    ],
)
def test_dates_are_said_in_clinic_time(instant: datetime, long: str, short: str, time: str) -> None:
    assert long_date(instant, PORTLAND) == long
    assert short_date(instant, PORTLAND) == short
    assert time_of_day(instant, PORTLAND) == time


@pytest.mark.parametrize(
    ("zone", "name"),
    [
        ("America/Los_Angeles", "Pacific"),
        ("America/Boise", "Boise"),
        ("Asia/Ho_Chi_Minh", "Ho Chi Minh"),
    ],
)
def test_zones_have_names_that_people_use(zone: str, name: str) -> None:
    assert zone_name(ZoneInfo(zone)) == name
