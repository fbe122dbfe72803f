"""How mails say dates and times: "Tuesday, March 16, 2027", "Tue, Mar 16", "9:00am", "Pacific"."""

from datetime import datetime
from zoneinfo import ZoneInfo

LANGUAGES = ("en",)  # those that templates/email/ is written in
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip
ZONES = {
    "America/Los_Angeles": "Pacific",
    "America/Denver": "Mountain",
    "America/Chicago": "Central",
    "America/New_York": "Eastern",
    "America/Anchorage": "Alaska",
    "Pacific/Honolulu": "Hawaii",
}


def long_date(instant: datetime, zone: ZoneInfo) -> str:
    local = instant.astimezone(zone)
    return f"{WEEKDAYS[local.weekday()]}, {MONTHS[local.month - 1]} {local.day}, {local.year}"


def short_date(instant: datetime, zone: ZoneInfo) -> str:
    local = instant.astimezone(zone)
    return f"{WEEKDAYS[local.weekday()][:3]}, {MONTHS[local.month - 1][:3]} {local.day}"


def time_of_day(instant: datetime, zone: ZoneInfo) -> str:
    local = instant.astimezone(zone)
    return f"{local.hour % 12 or 12}:{local.minute:02d}{'am' if local.hour < 12 else 'pm'}"


def zone_name(zone: ZoneInfo) -> str:
    """People say "Pacific time" all year, never "PDT"; unlisted zones are named by their city."""
    return ZONES.get(zone.key) or zone.key.rsplit("/", 1)[-1].replace("_", " ")


def text_language(wanted: str) -> str:
    return wanted if wanted in LANGUAGES else LANGUAGES[0]
