"""What staff type to find somebody, and the texts under which people are kept."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.scheduling.domain.people import normalised
from services.scheduling.domain.search import (
    Asked,
    letters,
    name_keys,
    phone_keys,
    read,
    sought_keys,
)

TODAY = date(2027, 3, 1)
MARCH = (date(1980, 3, 4),)
NUMBER = "+15035550123"

TYPED = {
    "7F3K9C": Asked("7F3K9C"),
    "7f3 k9c": Asked("7F3K9C"),  # read out and typed with a gap
    "HYTHMM": Asked("HYTHMM", ("hythmm",)),  # a reference without a digit may be a name
    "smith": Asked(words=("smith",)),
    "O’Brien": Asked(words=("obrien",)),
    "Smith, Ann": Asked(words=("smith", "ann")),
    "smith 3/4/1980": Asked(words=("smith",), born=MARCH),
    "smith 3/4/80": Asked(words=("smith",), born=MARCH),
    "3/4/80": Asked(born=MARCH),
    "03/04/1980": Asked(born=MARCH),
    "3-4-1980": Asked(born=MARCH),
    "3.4.1980": Asked(born=MARCH),
    "1980-03-04": Asked(born=MARCH),
    "03041980": Asked(born=MARCH),
    "March 4, 1980": Asked(born=MARCH),
    "Mar 4th 1980": Asked(born=MARCH),
    "4 mar 1980": Asked(born=MARCH),
    "3/4/25": Asked(born=(date(1925, 3, 4), date(2025, 3, 4))),  # a child, or very old
    "3/4/28": Asked(born=(date(1928, 3, 4),)),  # not yet
    "13/45/1980": Asked(born=()),  # no date: nobody
    "0123": Asked(phone="0123"),
    "555-0123": Asked(phone="5550123"),
    "(503) 555-0123": Asked(phone=NUMBER),
    "503.555.0123": Asked(phone=NUMBER),
    "1 503 555 0123": Asked(phone=NUMBER),
    "+15035550123": Asked(phone=NUMBER),
    "smith 0123": Asked(words=("smith",), phone="0123"),
    "%": Asked(),
    "' OR 1=1 --": Asked(words=("or", "11")),
    "": Asked(),
}


@pytest.mark.parametrize("text", TYPED)
def test_what_is_typed_is_taken_apart(text):
    assert read(text, today=TODAY) == TYPED[text]


@given(st.text(max_size=120))
def test_any_text_can_be_read(text):
    read(text, today=TODAY)


SUITS = {  # typed, given name, family name, found
    "beginning": ("obr", "Ann", "O'Brien-Núñez", True),
    "second part": ("nun", "Ann", "O'Brien-Núñez", True),
    "with accents": ("Núñez", "Ann", "O'Brien-Núñez", True),
    "whole, without hyphen": ("obriennunez", "Ann", "O'Brien-Núñez", True),
    "apostrophe as a gap": ("o brien", "Ann", "O'Brien-Núñez", True),
    "given name too": ("ann obrien", "Ann", "O'Brien-Núñez", True),
    "another given name": ("bob obrien", "Ann", "O'Brien-Núñez", False),
    "longer than the keys": ("obrienx", "Ann", "O'Brien-Núñez", False),
    "several small words": ("de la cruz", "Eva", "De la Cruz", True),
    "two letters": ("li", "Wei", "Li", True),
    "not the middle": ("rien", "Ann", "O'Brien", False),
}


@pytest.mark.parametrize("case", SUITS)
def test_a_name_is_found_by_its_beginnings(case):
    typed, given_name, family, found = SUITS[case]
    asked = read(typed, today=TODAY)
    is_candidate = bool(name_keys(family) & sought_keys(asked.words))
    assert (is_candidate and asked.suits(given_name, family)) is found


@given(st.text(min_size=1, max_size=30), st.integers(3, 30))
def test_every_beginning_of_a_family_name_finds_it(family, length):
    whole = letters(family)
    if len(whole) >= 3:
        words = (whole[: max(3, length)],)
        assert name_keys(normalised(family)) & sought_keys(words)


def test_a_phone_number_is_kept_whole_and_by_its_end():
    assert phone_keys(NUMBER) == {NUMBER, "0123", "5550123"}
