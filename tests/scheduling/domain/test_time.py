"""What counts as a readable start."""

from datetime import UTC, datetime

import pytest

from services.scheduling.domain.time import read_either, read_instant
from tests.scheduling.build import ZONE


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        pytest.param("2027-03-15T08:00:00-07:00", [], id="an offset"),
        pytest.param("2027-03-15T15:00:00Z", [], id="UTC"),
        pytest.param("2027-03-15t15:00:00.250z", [], id="lower case and a fraction"),
        pytest.param("2027-03-15T08:00-07:00", [], id="without seconds"),
        pytest.param("2027-03-16T09:00:00", ["NAIVE_DATETIME"], id="naive"),
        pytest.param("2027-02-29T09:00:00", ["BAD_FORMAT"], id="naive and impossible"),
        pytest.param("2027-02-29T09:00:00-08:00", ["BAD_FORMAT"], id="an impossible date"),
        pytest.param("2027-03-15T25:00:00Z", ["BAD_FORMAT"], id="an impossible hour"),
        pytest.param("2027-03-15T08:00:00-25:00", ["BAD_FORMAT"], id="an impossible offset"),
        pytest.param("2027-03-15", ["BAD_FORMAT"], id="a day only"),
        pytest.param("1805220000", ["BAD_FORMAT"], id="seconds since 1970"),
        pytest.param("", ["BAD_FORMAT"], id="nothing"),
        pytest.param("２０２７-03-15T08:00:00Z", ["BAD_FORMAT"], id="other digits"),
        pytest.param("2027-03-15T08:00:00Z\n", ["BAD_FORMAT"], id="a line break"),
        pytest.param("0001-01-01T00:00:00+10:00", ["BAD_FORMAT"], id="before the calendar"),
        pytest.param("9999-12-31T23:59:00-08:00", ["BAD_FORMAT"], id="after the calendar"),
    ],
)
def test_an_instant_needs_a_date_a_time_and_an_offset(text, faults):
    start = read_instant(text, ZONE)
    assert list(start.faults) == faults
    assert (start.instant is None) == bool(faults)


@pytest.mark.parametrize(
    ("text", "instant", "faults"),
    [
        pytest.param("2027-03-12T08:00", datetime(2027, 3, 12, 16), [], id="winter"),
        pytest.param("2027-03-15T08:00", datetime(2027, 3, 15, 15), [], id="summer"),
        pytest.param(
            "2027-03-14T02:30",
            datetime(2027, 3, 14, 10, 30),
            ["NONEXISTENT_LOCAL_TIME"],
            id="skipped",
        ),
        pytest.param(
            "2027-11-07T01:30", datetime(2027, 11, 7, 8, 30), ["AMBIGUOUS_LOCAL_TIME"], id="twice"
        ),
    ],
)
def test_wall_time_is_read_in_the_clinics_zone(text, instant, faults):
    start = read_either(text, ZONE)
    assert start.instant == instant.replace(tzinfo=UTC)
    assert start.local == datetime.fromisoformat(text)
    assert list(start.faults) == faults


def test_an_instant_tells_apart_the_two_half_past_ones_of_autumn():
    first, second = (read_either(f"2027-11-07T01:30:00-0{hours}:00", ZONE) for hours in (7, 8))
    assert first.faults == second.faults == ()
    assert first.local == second.local
    assert (second.instant - first.instant).seconds == 3600
