"""The calendar entry of a visit (RFC 5545/5546): when and where, never why, and no link."""

from datetime import UTC, datetime, timedelta
from typing import Any

from icalendar import Alarm, Calendar, Event, vCalAddress

from shared.clinic import Clinic

from ..domain.content import ACCEPTED, Letter, one_line
from ..domain.errors import MessageUnfit
from .letterhead import read_letterhead

PRODUCT = "-//OSM clinic suite//notifications//EN"
REQUEST, CANCEL = "REQUEST", "CANCEL"
METHODS = {
    "confirmation": REQUEST,
    "rescheduled": REQUEST,
    "cancelled": CANCEL,
    "cancelled_by_clinic": CANCEL,
}
SUMMARY = {"en": "Appointment", "es": "Cita"}
HINT = {
    "en": "Use the link in your email to change or cancel.",
    "es": "Use el enlace de su correo para cambiar o cancelar.",
}


def method_of(letter: Letter) -> str | None:
    """What the mail asks of a calendar; None: the mail has no entry."""
    if letter.kind == "waitlist_result":
        return REQUEST if letter.content.outcome == ACCEPTED else None
    return METHODS.get(letter.kind)


def entry_of(letter: Letter, clinic: Clinic) -> bytes | None:
    method = method_of(letter)
    return invite(letter, clinic, method) if method else None


def invite(letter: Letter, clinic: Clinic, method: str) -> bytes:
    """Times in UTC: every calendar reads them right without a time zone table."""
    calendar = Calendar()
    for name, value in (("PRODID", PRODUCT), ("VERSION", "2.0"), ("METHOD", method)):
        calendar.add(name, value)
    event = Event()
    for name, value in _properties(letter, clinic, method).items():
        event.add(name, value)
    if method == REQUEST:  # RFC 5546 wants no alarm for what does not take place
        event.add_component(_alarm(letter, clinic))
    calendar.add_component(event)
    content: bytes = calendar.to_ical()
    return content


def _properties(letter: Letter, clinic: Clinic, method: str) -> dict[str, Any]:
    """The sequence is the version of the appointment: a calendar keeps the highest it has seen.
    The id never changes, or a moved visit would stand in the calendar twice."""
    domain = letter.message_id.rpartition("@")[2].rstrip(">")
    hint = f". {HINT[letter.language]}" if method == REQUEST else ""
    return {
        "UID": f"{letter.appointment or letter.subject}@{domain}",
        "SEQUENCE": letter.version,
        "DTSTAMP": _utc(letter.dated_at),
        "DTSTART": _utc(letter.content.start),
        "DTEND": _utc(letter.content.end),
        "SUMMARY": _summary(letter, clinic),
        "LOCATION": one_line(", ".join(clinic.address_lines)),
        "DESCRIPTION": one_line(f"{clinic.phone}{hint}"),
        "STATUS": "CONFIRMED" if method == REQUEST else "CANCELLED",
        "CLASS": "PRIVATE",
        "ORGANIZER": _organizer(clinic),
        "ATTENDEE": _attendee(letter.content.address),
    }


def _utc(instant: datetime | None) -> datetime:
    if instant is None:
        raise MessageUnfit("A calendar entry needs a beginning and an end.")
    return instant.astimezone(UTC).replace(microsecond=0)


def _summary(letter: Letter, clinic: Clinic) -> str:
    return one_line(f"{SUMMARY[letter.language]} - {clinic.short_name}")


def _organizer(clinic: Clinic) -> vCalAddress:
    organizer = vCalAddress(f"mailto:{read_letterhead(clinic).sender}")
    organizer.params["CN"] = one_line(clinic.short_name)
    return organizer


def _attendee(address: str) -> vCalAddress:
    """Already accepted and no answer wanted: the clinic's mailbox reads no calendar replies."""
    attendee = vCalAddress(f"mailto:{address}")
    attendee.params["PARTSTAT"] = "ACCEPTED"
    attendee.params["RSVP"] = "FALSE"
    return attendee


def _alarm(letter: Letter, clinic: Clinic) -> Alarm:
    alarm = Alarm()
    alarm.add("ACTION", "DISPLAY")
    alarm.add("DESCRIPTION", _summary(letter, clinic))
    alarm.add("TRIGGER", timedelta(hours=-2))
    return alarm
