"""What the booking pages say: data/wording.json and days, in the language of the page; and how a
day in an address is read."""

import json
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from shared import words as shared_words
from shared.web.language import current_language

FILE = Path(__file__).resolve().parent.parent / "data" / "wording.json"


@cache
def wording() -> dict[str, Any]:
    """The whole file: `version`, and one block of the same shape per language."""
    read: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
    return read


def words() -> dict[str, Any]:
    """The block of the page's language."""
    block: dict[str, Any] = wording()[current_language()]
    return block


def day(local: date) -> str:
    """Tuesday, March 16; martes 16 de marzo"""
    return shared_words.day_of_year(local, current_language())


def full_date(local: date) -> str:
    """Tuesday, March 16, 2027; martes 16 de marzo de 2027"""
    return shared_words.full_date(local, current_language())


def weekday(local: date) -> str:
    return shared_words.WEEKDAYS[current_language()][local.weekday()]


def birth_date(born: date) -> str:
    """March 27, 1980; 27 de marzo de 1980"""
    month = shared_words.MONTHS[current_language()][born.month - 1]
    if current_language() == "es":
        return f"{born.day} de {month} de {born.year}"
    return f"{month} {born.day}, {born.year}"


def read_day(text: str) -> date | None:
    """None for anything that is no day of this century."""
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if 2000 <= found.year < 2100 else None
