"""How pages say times, phone numbers, codes and addresses."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

ZONES = {
    "America/Los_Angeles": "Pacific",
    "America/Denver": "Mountain",
    "America/Chicago": "Central",
    "America/New_York": "Eastern",
    "America/Anchorage": "Alaska",
    "Pacific/Honolulu": "Hawaii",
}
RELATIONSHIPS = {
    "parent": "Parent",
    "guardian": "Guardian",
    "partner": "Husband, wife or partner",
    "child": "Son or daughter",
    "other": "Other family member or helper",
}
SUPPORTS = {
    "none": "No support needed",
    "spanish": "Spanish interpreter",
    "other_language": "Interpreter for another language",
    "sign_language": "Sign language interpreter",
    "hearing": "Support with hearing",
    "vision": "Support with seeing",
    "other": "Other support",
}
URGENCIES = {"URGENT_2BD": "Within 2 business days", "SAME_DAY": "Today", "EMERGENCY": "Emergency"}
STATUSES = {
    "booked": "Booked",
    "arrived": "You have arrived",
    "checked-in": "You have arrived",
    "fulfilled": "Done",
    "cancelled": "Cancelled",
    "noshow": "Missed",
    "entered-in-error": "Cancelled",
}


def day(local: date) -> str:
    """Tuesday, March 16"""
    return f"{local:%A, %B} {local.day}"


def day_and_year(local: date) -> str:
    """Tuesday, March 16, 2027"""
    return f"{day(local)}, {local.year}"


def date_only(local: date) -> str:
    """March 27, 1980"""
    return f"{local:%B} {local.day}, {local.year}"


def weekday(local: date) -> str:
    return f"{local:%A}"


def clock(local: datetime) -> str:
    """9:00am"""
    return f"{local.hour % 12 or 12}:{local.minute:02}{'am' if local.hour < 12 else 'pm'}"


def phone(number: str) -> str:
    """(503) 555-0123"""
    if not (number.startswith("+1") and len(number) == 12):
        return number
    return f"({number[2:5]}) {number[5:8]}-{number[8:]}"


def masked(address: str) -> str:
    """a…@example.com"""
    name, _, place = address.rpartition("@")
    return f"{name[:1]}…@{place}"


def zone_name(zone: ZoneInfo) -> str:
    """People say "Pacific time" all year, never "PDT"; unlisted zones are named by their city."""
    return ZONES.get(zone.key) or zone.key.rsplit("/", 1)[-1].replace("_", " ")


FILTERS = {
    rule.__name__: rule
    for rule in (day, day_and_year, date_only, weekday, clock, phone, masked, zone_name)
}
