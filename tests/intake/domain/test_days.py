"""Ages and business days, on the days where counting goes wrong."""

from datetime import date, datetime, time

import pytest

from services.intake.domain.days import age_on, business_day_after, is_open

HOURS = (time(8), time(16, 30))
OPENING = dict.fromkeys(range(5), HOURS)

AGES = {
    "the day before a birthday": (date(1980, 3, 27), date(2027, 3, 26), 46),
    "on the birthday": (date(1980, 3, 27), date(2027, 3, 27), 47),
    "born today": (date(2027, 3, 27), date(2027, 3, 27), 0),
    "born on a leap day, the day before": (date(2008, 2, 29), date(2027, 2, 28), 18),
    "born on a leap day, the day after": (date(2008, 2, 29), date(2027, 3, 1), 19),
}


@pytest.mark.parametrize(("born", "day", "age"), AGES.values(), ids=AGES)
def test_age_is_counted_in_whole_years(born: date, day: date, age: int) -> None:
    assert age_on(day, born=born) == age


SECOND_DAYS = {
    "Tuesday to Thursday": (date(2027, 3, 2), set(), date(2027, 3, 4)),
    "Thursday over the weekend": (date(2027, 3, 4), set(), date(2027, 3, 8)),
    "Friday to Tuesday": (date(2027, 3, 5), set(), date(2027, 3, 9)),
    "Friday before a Monday holiday": (date(2027, 5, 28), {date(2027, 5, 31)}, date(2027, 6, 2)),
    "Saturday to Tuesday": (date(2027, 3, 6), set(), date(2027, 3, 9)),
    "Sunday to Tuesday": (date(2027, 3, 7), set(), date(2027, 3, 9)),
    "over New Year": (date(2026, 12, 31), {date(2027, 1, 1)}, date(2027, 1, 5)),
}


@pytest.mark.parametrize(("today", "closed", "latest"), SECOND_DAYS.values(), ids=SECOND_DAYS)
def test_the_second_business_day_skips_closed_days(
    today: date, closed: set[date], latest: date
) -> None:
    assert business_day_after(today, 2, opening=OPENING, closed=closed) == latest


MOMENTS = {
    "at opening": (datetime(2027, 3, 2, 8, 0), True),
    "a minute before opening": (datetime(2027, 3, 2, 7, 59), False),
    "a minute before closing": (datetime(2027, 3, 2, 16, 29), True),
    "at closing": (datetime(2027, 3, 2, 16, 30), False),
    "on Saturday": (datetime(2027, 3, 6, 10, 0), False),
    "on a holiday": (datetime(2027, 5, 31, 10, 0), False),
}


@pytest.mark.parametrize(("moment", "open_"), MOMENTS.values(), ids=MOMENTS)
def test_the_phone_is_answered_in_clinic_hours_only(moment: datetime, open_: bool) -> None:
    assert is_open(moment, opening=OPENING, closed={date(2027, 5, 31)}) is open_
