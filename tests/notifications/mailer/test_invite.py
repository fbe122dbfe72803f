"""The calendar entry, read by the icalendar library and by a small parser of our own."""

from datetime import UTC, datetime, timedelta

import pytest
from icalendar import Calendar

from services.notifications.mailer.invite import invite
from tests.notifications.builders import APPOINTMENT, make_clinic, make_content, make_letter


def lines_of(content: bytes) -> list[str]:
    """Unfolded content lines, by the letter of RFC 5545, 3.1."""
    assert content.endswith(b"\r\n")
    assert not content.replace(b"\r\n", b"").count(b"\n")
    assert all(len(line) <= 75 for line in content.split(b"\r\n"))
    return content.decode().replace("\r\n ", "").rstrip().split("\r\n")


def test_the_lines_of_an_entry() -> None:
    lines = lines_of(invite(make_letter(version=3), make_clinic()))
    assert (lines[0], lines[-1]) == ("BEGIN:VCALENDAR", "END:VCALENDAR")
    for line in (
        "VERSION:2.0",
        "METHOD:REQUEST",
        f"UID:{APPOINTMENT}@clinic.example",
        "SEQUENCE:3",
        "DTSTAMP:20270301T180000Z",
        "DTSTART:20270316T160000Z",
        "DTEND:20270316T163000Z",
        "SUMMARY:Appointment - OSM",
        r"LOCATION:1515 NW 18th Ave\, 3rd Floor\, Portland\, OR 97209",
        "DESCRIPTION:503-224-8399. Use the link in your email to change or cancel.",
        "CLASS:PRIVATE",
        "STATUS:CONFIRMED",
        "ORGANIZER;CN=OSM:mailto:visits@osm.example",
        "ATTENDEE;PARTSTAT=ACCEPTED;RSVP=FALSE:mailto:ann@example.com",
        "TRIGGER:-PT2H",
    ):
        assert lines.count(line) == 1, line
    names = [line.partition(":")[0].partition(";")[0] for line in lines]
    assert names.count("BEGIN") == names.count("END") == 3


def test_the_library_reads_the_same_entry() -> None:
    calendar = Calendar.from_ical(invite(make_letter(), make_clinic()))
    assert calendar["METHOD"] == "REQUEST"
    (event,) = calendar.walk("VEVENT")
    assert event["DTSTART"].dt == datetime(2027, 3, 16, 16, tzinfo=UTC)
    assert event["DTEND"].dt - event["DTSTART"].dt == timedelta(minutes=30)
    assert event["LOCATION"] == "1515 NW 18th Ave, 3rd Floor, Portland, OR 97209"
    (alarm,) = event.walk("VALARM")
    assert alarm["TRIGGER"].dt == timedelta(hours=-2)


def test_an_entry_is_shared_and_so_holds_no_link_and_no_names() -> None:
    text = invite(make_letter(), make_clinic()).decode()
    for secret in ("http", "/l/", "Alder", "Ann,", "7F3K2M"):
        assert secret not in text


@pytest.mark.parametrize("address", ["o'brien+a;b@example.com", "x" * 60 + "@example.com"])
def test_odd_addresses_stay_whole(address: str) -> None:
    address = address.replace(";", "")
    content = invite(make_letter(content=make_content(address=address)), make_clinic())
    assert f"ATTENDEE;PARTSTAT=ACCEPTED;RSVP=FALSE:mailto:{address}" in lines_of(content)


def test_the_instant_is_right_on_both_sides_of_a_clock_change() -> None:
    for day, utc_hour in ((12, 17), (15, 16)):  # the clocks change on Sunday, March 14, 2027
        visit = make_content(start=datetime(2027, 3, day, utc_hour, tzinfo=UTC))
        lines = lines_of(invite(make_letter(content=visit), make_clinic()))
        assert f"DTSTART:202703{day}T{utc_hour}0000Z" in lines
