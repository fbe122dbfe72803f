"""How pages say days and times, and how they read a day in an address."""

from datetime import date, datetime


def day(local: date) -> str:
    """Tuesday, March 16"""
    return f"{local:%A, %B} {local.day}"


def clock(local: datetime) -> str:
    """9:00am"""
    return f"{local.hour % 12 or 12}:{local.minute:02}{'am' if local.hour < 12 else 'pm'}"


def read_day(text: str) -> date | None:
    """None for anything that is no day of this century."""
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if 2000 <= found.year < 2100 else None
