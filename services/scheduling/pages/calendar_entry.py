"""The calendar file of the confirmation page: when and where, never why, and no link."""

from datetime import UTC, datetime, timedelta
from email.utils import parseaddr
from typing import Any
from urllib.parse import urlsplit

from icalendar import Alarm, Calendar, Event

from shared.clinic import Clinic
from shared.service import Service

from ..queries import AppointmentDetails

PRODUCT = "-//OSM clinic suite//scheduling//EN"


def calendar_entry(visit: AppointmentDetails, service: Service, *, now: datetime) -> bytes:
    """For a download: METHOD:PUBLISH and no attendee. UID and SEQUENCE are those of the mails, so
    that a calendar which has both keeps one entry. Times are in UTC."""
    clinic = service.clinic
    calendar = Calendar()
    for name, value in (("PRODID", PRODUCT), ("VERSION", "2.0"), ("METHOD", "PUBLISH")):
        calendar.add(name, value)
    event = Event()
    for name, value in _properties(visit, service, now=now).items():
        event.add(name, value)
    alarm = Alarm()
    for name, value in (("ACTION", "DISPLAY"), ("DESCRIPTION", _summary(clinic))):
        alarm.add(name, value)
    alarm.add("TRIGGER", timedelta(hours=-2))
    event.add_component(alarm)
    calendar.add_component(event)
    content: bytes = calendar.to_ical()
    return content


def _properties(visit: AppointmentDetails, service: Service, *, now: datetime) -> dict[str, Any]:
    clinic, host = service.clinic, urlsplit(service.settings.public_url).hostname or ""
    sender = parseaddr(str(clinic.raw.get("mail", {}).get("from", "")))[1]
    return {
        "UID": f"{visit.id}@{host if host and ':' not in host else 'localhost'}",
        "SEQUENCE": visit.version,
        "DTSTAMP": now.astimezone(UTC).replace(microsecond=0),
        "DTSTART": visit.start.astimezone(UTC),
        "DTEND": visit.end.astimezone(UTC),
        "SUMMARY": _summary(clinic),
        "LOCATION": ", ".join(clinic.address_lines),
        "DESCRIPTION": clinic.phone,
        "STATUS": "CONFIRMED",
        "CLASS": "PRIVATE",
    } | ({"ORGANIZER": f"mailto:{sender}"} if sender else {})


def _summary(clinic: Clinic) -> str:
    return f"Appointment - {clinic.short_name}"
