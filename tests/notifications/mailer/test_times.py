"""Days and times as mails say them."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from services.notifications.mailer.times import SAID, Times

PORTLAND = ZoneInfo("America/Los_Angeles")
MONDAY = date(2027, 3, 15)
ON_MONDAY = Times("en", PORTLAND, MONDAY)
EN_LUNES = Times("es", PORTLAND, MONDAY)
NINE_ON_TUESDAY = datetime(2027, 3, 16, 16, tzinfo=UTC)
QUARTER_PAST_ONE = datetime(2027, 3, 15, 20, 15, tzinfo=UTC)


@pytest.mark.parametrize(
    ("instant", "full", "short", "clock"),
    [
        pytest.param(
            NINE_ON_TUESDAY, "Tuesday, March 16, 2027", "Tue, Mar 16", "9:00am", id="summer time"
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
    ],
)
def test_dates_are_said_in_clinic_time(
    instant: datetime, full: str, short: str, clock: str
) -> None:
    assert ON_MONDAY.date(instant) == full
    assert ON_MONDAY.short(instant) == short
    assert ON_MONDAY.clock(instant) == clock
    assert ON_MONDAY.moment(instant) == f"{full} at {clock}"


def test_spanish_says_one_o_clock_in_the_singular() -> None:
    assert EN_LUNES.at(QUARTER_PAST_ONE) == "a la 1:15pm"
    assert EN_LUNES.moment(NINE_ON_TUESDAY) == "martes 16 de marzo de 2027 a las 9:00am"


@pytest.mark.parametrize(
    ("today", "day", "near_day", "dia"),
    [
        ((2027, 3, 15), "tomorrow", "tomorrow, Tuesday, March 16, 2027", "mañana"),
        ((2027, 3, 16), "today", "today, Tuesday, March 16, 2027", "hoy"),
        # Mails that were held up, or sent a second time, do not lie about the day.
        ((2027, 3, 17), "on Tuesday, March 16, 2027", None, "el martes 16 de marzo de 2027"),
        ((2027, 3, 13), "on Tuesday, March 16, 2027", None, "el martes 16 de marzo de 2027"),
    ],
)
def test_near_days_have_names(
    today: tuple[int, int, int], day: str, near_day: str | None, dia: str
) -> None:
    times = Times("en", PORTLAND, date(*today))
    assert times.day(NINE_ON_TUESDAY) == day
    assert times.near_day(NINE_ON_TUESDAY) == (near_day or day)
    assert Times("es", PORTLAND, date(*today)).day(NINE_ON_TUESDAY) == dia
    assert times.is_today(NINE_ON_TUESDAY) == (day == "today")
    assert times.is_tomorrow(NINE_ON_TUESDAY) == (day == "tomorrow")


def test_templates_may_say_all_of_it() -> None:
    assert set(SAID) == {name for name in vars(Times) if not name.startswith("_")} - {
        "language", "zone", "today", "local",
    }  # fmt: skip
