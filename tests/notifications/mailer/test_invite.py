"""The calendar entry, read by the strict reader of tests/notifications/rfc5545.py."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.notifications.domain.content import KINDS
from services.notifications.domain.errors import MessageUnfit
from services.notifications.domain.samples import sample_names
from services.notifications.mailer.invite import CANCEL, REQUEST, invite, method_of
from tests.notifications.builders import (
    APPOINTMENT,
    make_clinic,
    make_content,
    make_letter,
    make_sample,
)
from tests.notifications.rfc5545 import Component, Refused, read

WITH_ENTRY = {
    "confirmation": REQUEST,
    "rescheduled": REQUEST,
    "waitlist_result": REQUEST,
    "cancelled": CANCEL,
    "cancelled_by_clinic": CANCEL,
}


def event_of(content: bytes) -> Component:
    (event,) = read(content).children
    assert event.name == "VEVENT"
    return event


def test_an_entry_says_when_and_where() -> None:
    calendar = read(invite(make_letter(version=3), make_clinic(), REQUEST))
    assert calendar.values == {
        "PRODID": "-//OSM clinic suite//notifications//EN",
        "VERSION": "2.0",
        "METHOD": "REQUEST",
    }
    (event,) = calendar.children
    assert event.values == {
        "UID": f"{APPOINTMENT}@clinic.example",
        "SEQUENCE": "3",
        "DTSTAMP": "20270301T180000Z",
        "DTSTART": "20270316T160000Z",
        "DTEND": "20270316T163000Z",
        "SUMMARY": "Appointment - OSM",
        "LOCATION": "1515 NW 18th Ave, 3rd Floor, Portland, OR 97209",
        "DESCRIPTION": "503-224-8399. Use the link in your email to change or cancel.",
        "CLASS": "PRIVATE",
        "STATUS": "CONFIRMED",
        "ORGANIZER": "mailto:visits@osm.example",
        "ATTENDEE": "mailto:ann@example.com",
    }
    assert event.parameters["ORGANIZER"] == {"CN": "OSM"}
    assert event.parameters["ATTENDEE"] == {"PARTSTAT": "ACCEPTED", "RSVP": "FALSE"}
    (alarm,) = event.children
    assert alarm.values == {
        "ACTION": "DISPLAY",
        "DESCRIPTION": "Appointment - OSM",
        "TRIGGER": "-PT2H",
    }


def test_a_cancelled_visit_leaves_the_calendar() -> None:
    letter = make_letter(kind="cancelled", version=4)
    calendar = read(invite(letter, make_clinic(), CANCEL))
    (event,) = calendar.children
    assert calendar.values["METHOD"] == "CANCEL"
    assert event.values["STATUS"] == "CANCELLED"
    assert event.values["UID"] == f"{APPOINTMENT}@clinic.example"
    assert event.values["SEQUENCE"] == "4"
    assert event.values["DESCRIPTION"] == "503-224-8399"
    assert event.children == [], "RFC 5546, 3.2.5: no alarm"


def test_an_entry_speaks_spanish() -> None:
    event = event_of(invite(make_letter(language="es"), make_clinic(), REQUEST))
    assert event.values["SUMMARY"] == "Cita - OSM"
    assert event.values["DESCRIPTION"].startswith("503-224-8399. Use el enlace de su correo")


def test_only_mails_that_set_or_end_a_visit_have_an_entry() -> None:
    methods = {name: method_of(make_sample(name)) for name in sample_names()}
    assert {name: method for name, method in methods.items() if method} == WITH_ENTRY
    assert set(KINDS) <= methods.keys()


def test_an_entry_is_shared_and_so_holds_no_link_and_no_names() -> None:
    text = invite(make_letter(), make_clinic(), REQUEST).decode()
    for secret in ("http", "/l/", "Alder", "Ann,", "7F3K2M"):
        assert secret not in text


@pytest.mark.parametrize("address", ["o'brien+a=b@example.com", "x" * 60 + "@example.com"])
def test_odd_addresses_stay_whole(address: str) -> None:
    letter = make_letter(content=make_content(address=address))
    event = event_of(invite(letter, make_clinic(), REQUEST))
    assert event.values["ATTENDEE"] == f"mailto:{address}"


@settings(deadline=None)
@given(st.text(max_size=120), st.text(max_size=40))
def test_no_text_of_a_clinic_file_breaks_an_entry(line: str, short_name: str) -> None:
    """Whatever it holds, no property is added and none is lost."""
    clinic = replace(make_clinic(), address_lines=(line, "Portland"), short_name=short_name)
    event = event_of(invite(make_letter(), clinic, REQUEST))
    assert event.values["STATUS"] == "CONFIRMED"
    assert event.values["LOCATION"].endswith("Portland")


@pytest.mark.parametrize("text", ["A\r\nATTENDEE:mailto:x@evil.test", "A\rB", "A;B,C\\nD", '"A"'])
def test_a_line_of_text_cannot_become_a_property(text: str) -> None:
    clinic = replace(make_clinic(), address_lines=(text,), short_name=text)
    event = event_of(invite(make_letter(), clinic, REQUEST))
    assert event.values["ATTENDEE"] == "mailto:ann@example.com"


def test_commas_and_semicolons_survive() -> None:
    clinic = replace(make_clinic(), address_lines=("1; A, B\\C",))
    assert event_of(invite(make_letter(), clinic, REQUEST)).values["LOCATION"] == "1; A, B\\C"


def test_the_instant_is_right_on_both_sides_of_a_clock_change() -> None:
    for day, utc_hour in ((12, 17), (15, 16)):  # the clocks change on Sunday, March 14, 2027
        start = datetime(2027, 3, day, utc_hour, tzinfo=UTC)
        local = start.astimezone(make_clinic().time_zone)
        content = make_content(start=local, end=local + timedelta(minutes=45))
        event = event_of(invite(make_letter(content=content), make_clinic(), REQUEST))
        assert event.instant("DTSTART") == start
        assert event.instant("DTEND") == start + timedelta(minutes=45)


def test_an_entry_without_an_end_is_refused() -> None:
    with pytest.raises(MessageUnfit):
        invite(make_letter(content=make_content(end=None)), make_clinic(), REQUEST)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param(b"\r\n", b"\n", id="line ends"),
        pytest.param(b"VERSION:2.0\r\n", b"", id="no version"),
        pytest.param(b"SEQUENCE:1\r\n", b"SEQUENCE:1\r\nSEQUENCE:1\r\n", id="twice"),
        pytest.param(b"END:VEVENT\r\n", b"", id="not closed"),
        pytest.param(rb"Ave\, 3rd", b"Ave, 3rd", id="not escaped"),
        pytest.param(b"STATUS:CONFIRMED", b"STATUS;CONFIRMED", id="no value"),
        pytest.param(b"STATUS:CONFIRMED", b"X-URL:http://x", id="unknown property"),
        pytest.param(b"DESCRIPTION:503", b"DESCRIPTION:" + b"x" * 75, id="not folded"),
    ],
)
def test_the_reader_is_strict(old: bytes, new: bytes) -> None:
    content = invite(make_letter(), make_clinic(), REQUEST)
    with pytest.raises(Refused):
        read(content.replace(old, new))
