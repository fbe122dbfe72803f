"""When two records may be one person."""

from datetime import date

import pytest

from services.scheduling.domain.matching import likenesses

BORN = date(1980, 3, 4)
ANN = ("Ann", "O'Brien-Núñez", BORN, ["ann@example.com", "+15035550123"])

ALIKE = {
    "another spelling": ("ANN", "OBrien Nunez", BORN, []),
    "another first name": ("Annie", "O’Brien-Núñez", BORN, []),
    "names in each other's field": ("O'Brien-Núñez", "Ann", BORN, []),
    "day and month turned": ("Ann", "O'Brien-Núñez", date(1980, 4, 3), []),
    "married: same e-mail": ("Ann", "Smith", BORN, ["ann@example.com"]),
    "married: same phone": ("Ann", "Smith", BORN, ["+15035550123"]),
}
DIFFERENT = {
    "a child on the same e-mail": ("Bea", "O'Brien-Núñez", date(2015, 6, 7), ["ann@example.com"]),
    "somebody else of that day": ("Ann", "Smith", BORN, ["smith@example.com"]),
    "turned, but another name": ("Bea", "O'Brien-Núñez", date(1980, 4, 3), []),
    "a namesake": ("Ann", "O'Brien-Núñez", date(1981, 3, 4), []),
}


@pytest.mark.parametrize("other", ALIKE)
def test_slips_of_forms_are_alike(other):
    assert likenesses(*ANN) & likenesses(*ALIKE[other])


@pytest.mark.parametrize("other", DIFFERENT)
def test_a_family_is_not_one_person(other):
    assert not likenesses(*ANN) & likenesses(*DIFFERENT[other])


def test_a_day_that_is_no_month_cannot_be_turned():
    assert not likenesses("A", "B", date(1980, 3, 27), []) & likenesses("A", "B", BORN, [])
