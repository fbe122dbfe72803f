"""What the templates may say: the content of a letter, the clinic's facts, days and times.

Templates see nothing else, so no mail can hold what is not in domain/content.py.
"""

import re
from dataclasses import fields
from datetime import datetime
from typing import Any

from shared.clinic import Clinic

from ..domain.content import ACCEPTED, Content, Letter, greeting_name, one_line
from ..domain.errors import MessageUnfit
from ..domain.wording import zone_name
from .letterhead import read_letterhead
from .times import SAID, Times

FACTS = tuple(field.name for field in fields(Content))
LINK = re.compile(r"https?://[!-~]+")
SHORT_REFERENCE = re.compile(r"[A-Z0-9]{4}")
GREETINGS = {"en": ("Hi {},", "Hello,"), "es": ("Hola {}:", "Hola:")}


def words_of(letter: Letter, clinic: Clinic, public_url: str) -> dict[str, Any]:
    content, language = letter.content, letter.language
    _check(content)
    today = letter.dated_at.astimezone(clinic.time_zone).date()
    times = Times(language, clinic.time_zone, today)
    return {
        **{name: getattr(content, name) for name in FACTS},
        **{name: getattr(times, name) for name in SAID},
        "hello": _greeting(content.given_name, language),
        "practitioner": one_line(content.practitioner or ""),
        "is_accepted": content.outcome == ACCEPTED,
        "is_open_at": lambda instant: _is_open(clinic, times.local(instant)),
        "zone": zone_name(clinic.time_zone, language),
        "book_url": f"{public_url}/",
        "inbox_url": f"{public_url}/scheduling/staff/inbox",
        "clinic": clinic,
        "letterhead": read_letterhead(clinic, language),
    }


def _check(content: Content) -> None:
    """The short reference stands in a subject, and what an address holds is not escaped in text."""
    urls = (content.manage_url, content.offer_url, *(url for _, url in content.links))
    if not all(LINK.fullmatch(url) for url in urls if url is not None):
        raise MessageUnfit("A link of this message is no web address.")
    reference = content.short_reference
    if reference is not None and not SHORT_REFERENCE.fullmatch(reference):
        raise MessageUnfit("The short reference of this message is none.")


def _greeting(given_name: str, language: str) -> str:
    by_name, nameless = GREETINGS[language]
    name = greeting_name(given_name)
    return by_name.format(name) if name else nameless


def _is_open(clinic: Clinic, local: datetime) -> bool:
    opening = clinic.opening.get(local.weekday())
    if opening is None or not opening[0] <= local.time() < opening[1]:
        return False
    return not clinic.closed_dates(local.date(), local.date())
