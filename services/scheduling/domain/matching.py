"""When two records may be one person. Exactly equal names and birth dates are the same record
already; what is merely alike is a question for the desk, never an answer."""

from collections.abc import Iterable
from datetime import date

from .search import letters


def likenesses(given: str, family: str, born: date, contacts: Iterable[str]) -> set[str]:
    """Two people who share one of these texts may be one: same birth date and family name or
    contact, names in each other's fields, or day and month in each other's place."""
    names = letters(given), letters(family)
    texts = [
        ("family", born, names[1]),
        ("names", born, *sorted(names)),
        ("turned", min(born, _turned(born)), *names),
        *(("contact", born, contact) for contact in contacts),
    ]
    return {"\0".join(map(str, text)) for text in texts}


def _turned(born: date) -> date:
    """Day and month in each other's place, where that is a date."""
    return born.replace(month=born.day, day=born.month) if born.day <= 12 else born
