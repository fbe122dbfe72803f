"""The `[mail]` section of the clinic file: who writes, and what stands under every mail."""

from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parseaddr
from functools import lru_cache
from typing import Any

from shared.clinic import Clinic, ClinicError

from ..domain.content import ADDRESS

# Texts may be given in Spanish as well ("floor_es"); without, the English ones stand in.
TEXTS = {"floor", "floor_es"}
LISTS = {"directions", "directions_es"}
KNOWN = {"from", "reply_to", "staff_alerts", "map_url"} | TEXTS | LISTS


@dataclass(frozen=True, slots=True)
class Letterhead:
    """`sender` is the bare address; `header` is how the From line shows it; `staff_alerts` is
    where the desk is told what cannot wait."""

    sender: str
    header: str
    reply_to: str | None
    staff_alerts: str
    map_url: str | None
    floor: str
    directions: tuple[str, ...]


@lru_cache(maxsize=16)  # a clinic never changes; checking it for each mail would cost as much again
def read_letterhead(clinic: Clinic, language: str = "en") -> Letterhead:
    """Raises ClinicError, so that a wrong entry is found at start and not in the first mail."""
    section: Mapping[str, Any] = clinic.raw.get("mail", {})
    _check(section)
    header = section["from"]
    sender = parseaddr(header)[1]
    return Letterhead(
        sender=sender,
        header=header,
        reply_to=section.get("reply_to"),
        staff_alerts=parseaddr(section.get("staff_alerts", sender))[1],
        map_url=section.get("map_url"),
        floor=_in(language, section, "floor", ""),
        directions=tuple(_in(language, section, "directions", [])),
    )


def _in(language: str, section: Mapping[str, Any], name: str, missing: Any) -> Any:
    return section.get(f"{name}_{language}", section.get(name, missing))


def _check(section: Any) -> None:
    if not isinstance(section, Mapping):
        raise ClinicError("mail must be a section: [mail].")
    for name in sorted(section.keys() - KNOWN):
        raise ClinicError(f"mail.{name} is unknown; known are {', '.join(sorted(KNOWN))}.")
    for name in ("from", *sorted({"reply_to", "staff_alerts"} & section.keys())):
        _check_address(section.get(name), f"mail.{name}")
    for name in sorted(TEXTS & section.keys()):
        if not _is_line(section[name]):
            raise ClinicError(f"mail.{name} must be one line of text.")
    for name in sorted(LISTS & section.keys()):
        if not isinstance(section[name], list) or not all(map(_is_line, section[name])):
            raise ClinicError(f"mail.{name} must be a list of texts.")
    map_url = section.get("map_url", "https://")
    if not _is_line(map_url) or not map_url.startswith("https://"):
        raise ClinicError("mail.map_url must be an address that begins with https://.")


def _is_line(value: Any) -> bool:
    return isinstance(value, str) and value.isprintable()


def _is_header(value: Any) -> bool:
    return _is_line(value) and value.isascii() and "=?" not in value


def _check_address(value: Any, place: str) -> None:
    address = parseaddr(value)[1] if _is_header(value) else ""
    if not ADDRESS.fullmatch(address):
        raise ClinicError(f'{place} must be an address like "OSM <visits@clinic.example>".')
