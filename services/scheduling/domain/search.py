"""How a person is found again: the texts under which they are kept, and what staff typed to find
them (a reference, names, a birth date, a phone number), in the forms that a US desk types."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from .codes import ALPHABET
from .people import is_possible_birth_date

SHORTEST, LONGEST = 3, 6  # letters of a family name's beginning that are kept as a key
TAILS = (4, 7)  # digits at the end of a phone number by which people name it
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_REFERENCE = re.compile(f"[{ALPHABET}]{{6}}")
_MONTH = r"(?P<month>jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?"
_DATES = tuple(
    re.compile(form, re.IGNORECASE)
    for form in (
        r"(?<!\d)(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})(?!\d)",
        r"(?<![\d-])(?P<month>\d{1,2})([/.-])(?P<day>\d{1,2})\2(?P<year>\d{4}|\d{2})(?![\d-])",
        rf"\b{_MONTH}\s*(?P<day>\d{{1,2}})(st|nd|rd|th)?,?\s+(?P<year>\d{{4}})\b",
        rf"\b(?P<day>\d{{1,2}})\s+{_MONTH},?\s+(?P<year>\d{{4}})\b",
        r"(?<!\d)(?P<month>\d{2})(?P<day>\d{2})(?P<year>\d{4})(?!\d)",
    )
)
_PHONE = re.compile(r"\+?\d[\d() .-]{2,}\d|\(\d{3}\)[\d .-]+\d")


@dataclass(frozen=True, slots=True)
class Asked:
    """What was typed, taken apart. All that is given must be true of a person, but a reference
    names a visit by itself; `born` are the dates that a two-digit year may mean."""

    reference: str | None = None
    words: tuple[str, ...] = ()
    born: tuple[date, ...] | None = None
    phone: str | None = None  # the last 4 or 7 digits, or the whole number as E.164

    @property
    def names_a_person(self) -> bool:
        return bool(self.words or self.phone) or self.born is not None

    def suits(self, given: str, family: str) -> bool:
        """Every typed word begins one of the names, or all of them together the family name."""
        if not self.words:
            return True
        names = [*_words(given), *_words(family)]
        whole = "".join(_words(family))
        begun = all(any(name.startswith(word) for name in names) for word in self.words)
        return begun or whole.startswith("".join(self.words))


def read(text: str, *, today: date) -> Asked:
    """Nothing is found by what cannot be read as any of these."""
    compact = "".join(text.split()).upper()
    reference = compact if _REFERENCE.fullmatch(compact) else None
    if reference and any(letter.isdigit() for letter in reference):
        return Asked(reference)
    rest, born = _without_date(text, today)
    rest, phone = _without_phone(rest)
    words = tuple(letters(word) for word in re.split(r"[\s,;]+", rest))
    return Asked(reference, tuple(word for word in words if word), born, phone)


def letters(name: str) -> str:
    """Only the letters, without case and accents: O'Brien-Núñez is obriennunez."""
    apart = unicodedata.normalize("NFKD", name.casefold())
    return "".join(char for char in apart if char.isalnum())


def name_keys(family: str) -> set[str]:
    """The beginnings by which a family name is found: of each of its parts and of the whole."""
    parts = _words(family)
    return {key for name in (*parts, "".join(parts)) for key in _beginnings(name)}


def sought_keys(words: Iterable[str]) -> set[str]:
    """Of these `name_keys` holds at least one, when one of the words is in the family name."""
    return {word[:LONGEST] for word in (*words, "".join(words))}


def phone_keys(number: str) -> set[str]:
    return {number, *(number[-count:] for count in TAILS)}


def _words(name: str) -> list[str]:
    """Apostrophes join (O'Brien is obrien), hyphens and spaces part."""
    spaced = "".join(" " if unicodedata.category(char) == "Pd" else char for char in name)
    return [word for word in map(letters, spaced.split()) if word]


def _beginnings(name: str) -> Iterator[str]:
    if len(name) < SHORTEST:
        yield name
    for count in range(SHORTEST, min(len(name), LONGEST) + 1):
        yield name[:count]


def _without_date(text: str, today: date) -> tuple[str, tuple[date, ...] | None]:
    for form in _DATES:
        if found := form.search(text):
            rest = f"{text[: found.start()]} {text[found.end() :]}"
            return rest, tuple(_dates(found, today))
    return text, None


def _dates(found: re.Match[str], today: date) -> Iterator[date]:
    month, day, year = found["month"].casefold(), int(found["day"]), found["year"]
    number = int(month) if month.isdigit() else MONTHS.index(month) + 1
    for whole in (year,) if len(year) == 4 else (f"19{year}", f"20{year}"):
        try:
            born = date(int(whole), number, day)
        except ValueError:
            continue
        if is_possible_birth_date(born, today):
            yield born


def _without_phone(text: str) -> tuple[str, str | None]:
    found = _PHONE.search(text)
    if not found:
        return text, None
    digits = "".join(char for char in found[0] if char.isdigit())
    rest = f"{text[: found.start()]} {text[found.end() :]}"
    return rest, _number(digits, is_abroad=found[0].startswith("+"))


def _number(digits: str, *, is_abroad: bool) -> str:
    if is_abroad:
        return f"+{digits}"
    if len(digits) == 10:
        return f"+1{digits}"
    if len(digits) == 11 and digits.startswith("1"):
        return f"+{digits}"
    return digits[-7:] if len(digits) >= 7 else digits[-4:]
