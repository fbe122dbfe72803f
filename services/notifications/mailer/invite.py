"""The calendar entry of a visit (RFC 5545/5546): when and where, never why, and no link."""

from datetime import UTC, timedelta
from typing import Any

from icalendar import Alarm, Calendar, Event, vCalAddress

from shared.clinic import Clinic

from ..domain.content import Letter
from .letterhead import read_letterhead

PRODUCT = "-//OSM clinic suite//notifications//EN"


def invite(letter: Letter, clinic: Clinic) -> bytes:
    """Times in UTC: every calendar reads them right without a time zone table."""
    calendar = Calendar()
    for name, value in (("PRODID", PRODUCT), ("VERSION", "2.0"), ("METHOD", "REQUEST")):
        calendar.add(name, value)
    event = Event()
    for name, value in _properties(letter, clinic).items():
        event.add(name, value)
    event.add_component(_alarm(clinic))
    calendar.add_component(event)
    content: bytes = calendar.to_ical()
    return content


def _properties(letter: Letter, clinic: Clinic) -> dict[str, Any]:
    """The sequence is the version of the appointment: a calendar keeps the highest it has seen."""
    domain = letter.message_id.rpartition("@")[2].rstrip(">")
    return {
        "UID": f"{letter.appointment}@{domain}",
        "SEQUENCE": letter.version,
        "DTSTAMP": letter.dated_at.astimezone(UTC).replace(microsecond=0),
        "DTSTART": letter.content.start,
        "DTEND": letter.content.end,
        "SUMMARY": _summary(clinic),
        "LOCATION": ", ".join(clinic.address_lines),
        "DESCRIPTION": f"{clinic.phone}. Use the link in your email to change or cancel.",
        "STATUS": "CONFIRMED",
        "CLASS": "PRIVATE",
        "ORGANIZER": _organizer(clinic),
        "ATTENDEE": _attendee(letter.content.address),
    }


def _summary(clinic: Clinic) -> str:
    return f"Appointment - {clinic.short_name}"


def _organizer(clinic: Clinic) -> vCalAddress:
    organizer = vCalAddress(f"mailto:{read_letterhead(clinic).sender}")
    organizer.params["CN"] = clinic.short_name
    return organizer


def _attendee(address: str) -> vCalAddress:
    """Already accepted and no answer wanted: the clinic's mailbox reads no calendar replies."""
    attendee = vCalAddress(f"mailto:{address}")
    attendee.params["PARTSTAT"] = "ACCEPTED"
    attendee.params["RSVP"] = "FALSE"
    return attendee


def _alarm(clinic: Clinic) -> Alarm:
    alarm = Alarm()
    alarm.add("ACTION", "DISPLAY")
    alarm.add("DESCRIPTION", _summary(clinic))
    alarm.add("TRIGGER", timedelta(hours=-2))
    return alarm
