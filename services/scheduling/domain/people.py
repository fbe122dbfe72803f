"""Names and birth dates: which are the same, and which birth dates are possible."""

import unicodedata
from datetime import date

_SAME = str.maketrans({"’": "'", "‘": "'", "ʼ": "'", "`": "'", "‐": "-", "‑": "-", "–": "-"})


def normalised(name: str) -> str:
    """What two spellings of one name have in common: case, spaces, apostrophes, hyphens."""
    folded = unicodedata.normalize("NFKC", name).translate(_SAME).casefold()
    return unicodedata.normalize("NFC", " ".join(folded.split()))


def is_possible_birth_date(born: date, today: date) -> bool:
    return born <= today and today.year - born.year <= 120


def age_on(day: date, *, born: date) -> int:
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))
