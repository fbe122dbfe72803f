"""The clinic file: what is read, what is refused, and which days are holidays."""

import json
from dataclasses import replace
from datetime import date, time
from pathlib import Path

import pytest

from shared.clinic import Clinic, ClinicError
from shared.settings import ROOT

SHIPPED = ROOT / "shared" / "clinic.toml"
PUBLISHED = ROOT / "tests" / "scheduling" / "domain" / "hours_cases.json"
SMALL = """
[clinic]
name = "A Clinic"
short_name = "AC"
address_lines = ["1 Road"]
phone = "503-555-0100"
time_zone = "America/Los_Angeles"
[hours]
monday = ["08:00", "12:00"]
wednesday = ["08:00", "12:00"]
thursday = ["08:00", "12:00"]
[holidays]
set = "us_federal"
"""


def load(tmp_path: Path, text: str) -> Clinic:
    path = tmp_path / "clinic.toml"
    path.write_text(text, encoding="utf-8")
    return Clinic.load(path)


def test_the_shipped_file_holds_the_facts_of_the_clinic():
    clinic = Clinic.load(SHIPPED)
    assert clinic.address_lines == ("1515 NW 18th Ave, 3rd Floor", "Portland, OR 97209")
    assert clinic.phone == "503-224-8399"
    assert clinic.hours == "Monday to Friday, 8:00am to 4:30pm"
    assert clinic.opening[4] == (time(8), time(16, 30))


@pytest.mark.parametrize("holiday_set", ["us_federal", "oregon_legal"])
def test_the_holidays_of_three_years_are_the_published_ones(holiday_set):
    published = json.loads(PUBLISHED.read_text())["config"]["holidays"][holiday_set]
    clinic = replace(Clinic.load(SHIPPED), holiday_set=holiday_set)
    closed = clinic.closed_dates(date(2026, 1, 1), date(2028, 12, 31))
    assert [day.isoformat() for day in closed] == list(published)


def test_the_lists_add_and_take_away_closed_days():
    clinic = replace(
        Clinic.load(SHIPPED),
        extra_closed=frozenset({date(2027, 11, 26)}),
        extra_open=frozenset({date(2027, 11, 25)}),
    )
    closed = clinic.closed_dates(date(2027, 11, 20), date(2027, 11, 30))
    assert closed == {date(2027, 11, 26): "Closed"}


def test_both_ends_of_the_asked_days_are_included():
    clinic = Clinic.load(SHIPPED)
    assert list(clinic.closed_dates(date(2027, 12, 24), date(2027, 12, 31))) == [
        date(2027, 12, 24),
        date(2027, 12, 31),
    ]


def test_hours_in_words_name_each_run_of_equal_days(tmp_path):
    assert load(tmp_path, SMALL).hours == (
        "Monday, 8:00am to 12:00pm; Wednesday and Thursday, 8:00am to 12:00pm"
    )


@pytest.mark.parametrize(
    ("find", "put", "named"),
    [
        pytest.param("[hours]", "[hour]", "[hours]", id="a missing section"),
        pytest.param('phone = "503-555-0100"', "", "clinic.phone", id="a missing fact"),
        pytest.param("phone =", "fax = 'x'\nphone =", "clinic.fax", id="an unknown fact"),
        pytest.param('"A Clinic"', "7", "clinic.name", id="a number for a text"),
        pytest.param('["1 Road"]', '"1 Road"', "clinic.address_lines", id="one line, no list"),
        pytest.param("America/Los_Angeles", "Mars/Base", "clinic.time_zone", id="no such zone"),
        pytest.param("America/Los_Angeles", "../etc", "clinic.time_zone", id="a path as zone"),
        pytest.param('"12:00"]\n[holidays]', '"8:00"]\n[holidays]', "hours.thursday", id="no time"),
        pytest.param('"12:00"]\n[hol', '"07:00"]\n[hol', "hours.thursday", id="closes too early"),
        pytest.param("us_federal", "martian", "holidays.set", id="an unknown set"),
        pytest.param("[holidays]", "[holidays]\nclosed = [7]", "holidays.closed", id="no date"),
        pytest.param(
            "[holidays]",
            "[holidays]\nclosed = [2027-01-04]\nopen = ['2027-01-04']",
            "both closed and open",
            id="a date in both lists",
        ),
        pytest.param("[hours]", "[hours", "Cannot read", id="not TOML"),
    ],
)
def test_a_wrong_clinic_file_is_refused_by_name(tmp_path, find, put, named):
    with pytest.raises(ClinicError) as refusal:
        load(tmp_path, SMALL.replace(find, put))
    assert named in str(refusal.value)


def test_a_missing_file_is_refused():
    with pytest.raises(ClinicError, match="Cannot read"):
        Clinic.load(Path("no-such-file.toml"))
