"""The engine: its own reasons, and that the list and the judgement never disagree."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.scheduling.domain.availability import Cells, judge, last_day, open_starts
from services.scheduling.domain.time import Start, TimeRange, days_between, read_either, wall_time
from tests.scheduling.build import (
    ALL_DAY,
    NOW,
    TUESDAY,
    ZONE,
    at,
    days_after,
    make_calendar,
    make_clinic,
    make_rules,
    make_wish,
)

RULES = make_rules(date(2026, 1, 1), date(2037, 12, 31))
NINE = Start.at(at(TUESDAY, 9), ZONE)
NINE_CELLS = frozenset(TimeRange.lasting(at(TUESDAY, 9), 30).cells)


@pytest.mark.parametrize(
    ("calendar", "wish", "reasons"),
    [
        pytest.param({}, {}, [], id="free"),
        pytest.param({"offered": frozenset({"FU"})}, {}, ["NOT_OFFERED"], id="another type"),
        pytest.param({}, {"visit_type": "WC"}, ["NOT_OFFERED"], id="staff type, patient asks"),
        pytest.param({}, {"visit_type": "WC", "channel": "staff"}, [], id="staff type, staff asks"),
        pytest.param({"working": {}}, {}, ["NOT_WORKING"], id="a day off"),
        pytest.param(
            {"working": {1: ((time(8), time(9, 15)), (time(9, 30), time(12)))}},
            {},
            ["NOT_WORKING"],
            id="over a gap",
        ),
        pytest.param({"taken": Cells(NINE_CELLS)}, {}, ["TAKEN"], id="taken"),
        pytest.param({"held": Cells(NINE_CELLS)}, {}, ["HELD"], id="held"),
        pytest.param(
            {"taken": Cells(frozenset({min(NINE_CELLS) - 1}))}, {}, [], id="ends as it starts"
        ),
        pytest.param(
            {"taken": Cells(frozenset({max(NINE_CELLS) + 1}))}, {}, [], id="starts as it ends"
        ),
        pytest.param({}, {"latest_day": date(2027, 3, 1)}, ["TOO_FAR"], id="after the latest day"),
        pytest.param({}, {"latest_day": TUESDAY}, [], id="on the latest day"),
        pytest.param(
            {"blocks": (TimeRange(at(TUESDAY, 0), at(TUESDAY, 23)),), "taken": Cells(NINE_CELLS)},
            {"minutes": 20},
            ["INVALID_DURATION", "BLOCKED", "TAKEN"],
            id="several at once, in order",
        ),
    ],
)
def test_each_reason_has_its_cause(calendar, wish, reasons):
    found = judge(RULES, make_wish(**wish), NINE, calendar=make_calendar(**calendar))
    assert list(found) == reasons


@pytest.mark.parametrize(
    ("channel", "start", "reasons"),
    [
        pytest.param("patient", "2027-03-02T12:20", ["NOT_ALIGNED"], id="exactly two hours ahead"),
        pytest.param("patient", "2027-03-02T12:15", ["TOO_SOON"], id="less than two hours"),
        pytest.param("patient", "2027-03-02T10:15", ["IN_PAST"], id="begun five minutes ago"),
        pytest.param("staff", "2027-03-02T10:15", [], id="staff: the running quarter"),
        pytest.param("staff", "2027-03-02T10:00", ["IN_PAST"], id="staff: the quarter before"),
        pytest.param("patient", "2027-06-30T10:00", [], id="patient: day 120"),
        pytest.param("patient", "2027-07-01T10:00", ["TOO_FAR"], id="patient: day 121"),
        pytest.param("staff", "2028-04-05T10:00", [], id="staff: day 400"),
        pytest.param("staff", "2028-04-06T10:00", ["TOO_FAR"], id="staff: day 401"),
    ],
)
def test_lead_times_and_horizons_depend_on_who_asks(channel, start, reasons):
    wish = make_wish(channel=channel, now=at(TUESDAY, 10, 20))
    found = judge(RULES, wish, read_either(start, ZONE), calendar=make_calendar())
    assert list(found) == reasons


@pytest.mark.parametrize("minutes", [0, -15, 20, 75, 10**12], ids=str)
def test_absurd_lengths_are_refused_and_never_overflow(minutes):
    found = judge(RULES, make_wish(minutes=minutes), NINE, calendar=make_calendar())
    assert "INVALID_DURATION" in found


def test_a_full_day_offers_34_quarter_hours_and_the_last_ends_at_half_past_four():
    wish = make_wish(visit_type="FU", minutes=15, channel="staff")
    starts = list(open_starts(RULES, wish, make_calendar(), day=TUESDAY))
    assert len(starts) == 34
    assert starts[-1].local == datetime(2027, 3, 2, 16, 15)


DAYS = st.dates(date(2026, 1, 1), date(2036, 12, 31))
MINUTES = st.sampled_from([15, 30, 45, 60])


@settings(max_examples=300, deadline=None)
@given(DAYS, MINUTES, st.sampled_from(["patient", "staff"]))
def test_no_offered_slot_lies_outside_opening_hours_or_on_a_closed_day(day, minutes, channel):
    wish = make_wish(minutes=minutes, channel=channel, visit_type=None, now=at(day, 5))
    round_the_clock = {weekday: ((time(0), time(23, 59)),) for weekday in range(7)}
    calendar = make_calendar(working=round_the_clock)
    for start in open_starts(RULES, wish, calendar, day=day):
        ends = wall_time(start.instant + timedelta(minutes=minutes), ZONE)
        assert start.local.weekday() < 5
        assert not make_clinic().closed_dates(day, day)
        assert time(8) <= start.local.time()
        assert ends <= datetime.combine(day, time(16, 30))


def test_no_day_from_2026_to_2036_offers_a_time_outside_opening_hours_or_on_a_closed_day():
    calendar = make_calendar()
    for day in days_between(date(2026, 1, 1), date(2036, 12, 31)):
        wish = make_wish(minutes=60, channel="staff", visit_type=None, now=at(day, 5))
        starts = [start.local.time() for start in open_starts(RULES, wish, calendar, day=day)]
        is_open = day.weekday() < 5 and day not in RULES.closed
        assert starts[:1] + starts[-1:] == ([time(8), time(15, 30)] if is_open else [])


@st.composite
def calendars(draw):
    cells = st.integers(0, 24 * 12 * 3).map(lambda n: min(NINE_CELLS) + n)
    hours = st.tuples(st.integers(6, 12), st.integers(13, 18))
    working = {
        weekday: ((time(first), time(last)),)
        for weekday, (first, last) in enumerate(draw(st.lists(hours, min_size=7, max_size=7)))
        if draw(st.booleans())
    }
    blocks = tuple(
        TimeRange(at(TUESDAY, hour), at(TUESDAY, hour + 1))
        for hour in draw(st.lists(st.integers(7, 17), max_size=2))
    )
    return make_calendar(
        working=working,
        blocks=blocks,
        taken=Cells(frozenset(draw(st.lists(cells, max_size=8)))),
        held=Cells(frozenset(draw(st.lists(cells, max_size=8)))),
    )


@settings(max_examples=200, deadline=None)
@given(calendars(), MINUTES, st.sampled_from(["patient", "staff"]), st.integers(0, 4))
def test_offered_means_bookable_and_not_offered_means_refused(calendar, minutes, channel, ahead):
    day = days_after(TUESDAY, ahead)
    wish = make_wish(minutes=minutes, channel=channel, now=at(TUESDAY, 7, 10))
    offered = {start.instant for start in open_starts(RULES, wish, calendar, day=day)}
    for step in range(24 * 12):
        instant = at(day, 0) + timedelta(minutes=5 * step)
        reasons = judge(RULES, wish, Start.at(instant, ZONE), calendar=calendar)
        assert (instant in offered) == (reasons == ())


@pytest.mark.parametrize(
    ("day", "first_instant"),
    [
        pytest.param(date(2027, 3, 12), datetime(2027, 3, 12, 16, tzinfo=UTC), id="before spring"),
        pytest.param(date(2027, 3, 15), datetime(2027, 3, 15, 15, tzinfo=UTC), id="after spring"),
        pytest.param(date(2027, 11, 5), datetime(2027, 11, 5, 15, tzinfo=UTC), id="before autumn"),
        pytest.param(date(2027, 11, 8), datetime(2027, 11, 8, 16, tzinfo=UTC), id="after autumn"),
    ],
)
def test_the_first_visit_is_at_eight_on_both_sides_of_a_clock_change(day, first_instant):
    wish = make_wish(channel="staff", now=NOW)
    starts = list(open_starts(RULES, wish, make_calendar(working=ALL_DAY), day=day))
    assert starts[0].instant == first_instant
    assert len(starts) == 33


def test_a_clinic_open_on_the_night_the_clocks_change_offers_only_times_that_exist_once():
    night = make_rules()
    sunday = date(2027, 11, 7)
    opening = {6: (time(0), time(4))}
    rules = type(night)(
        **{name: getattr(night, name) for name in night.__slots__} | {"opening": opening}
    )
    calendar = make_calendar(working={6: ((time(0), time(4)),)})
    wish = make_wish(minutes=15, channel="staff", visit_type=None)
    starts = list(open_starts(rules, wish, calendar, day=sunday))
    assert len(starts) == 20
    assert all(judge(rules, wish, start, calendar=calendar) == () for start in starts)


def test_the_horizon_is_the_nearer_of_the_channels_and_the_latest_day():
    assert last_day(RULES, make_wish()) == date(2027, 6, 29)
    assert last_day(RULES, make_wish(latest_day=TUESDAY)) == TUESDAY
