"""The `[mail]` section of the clinic file: who writes, and what stands under every mail."""

from dataclasses import dataclass
from email.utils import parseaddr
from typing import Any

from shared.clinic import Clinic, ClinicError

from ..domain.content import ADDRESS


@dataclass(frozen=True, slots=True)
class Letterhead:
    """`sender` is the bare address; `header` is how the From line shows it."""

    sender: str
    header: str
    reply_to: str | None
    directions: tuple[str, ...]
    map_url: str | None


def read_letterhead(clinic: Clinic) -> Letterhead:
    """Raises ClinicError, so that a wrong entry is found at start and not in the first mail."""
    section: dict[str, Any] = clinic.raw.get("mail", {})
    header, reply_to = str(section.get("from", "")), section.get("reply_to")
    sender = _address(header, "mail.from")
    if reply_to is not None:
        _address(reply_to, "mail.reply_to")
    directions = section.get("directions", [])
    if not all(isinstance(line, str) for line in directions):
        raise ClinicError("mail.directions must be a list of texts.")
    return Letterhead(sender, header, reply_to, tuple(directions), section.get("map_url"))


def _address(value: Any, place: str) -> str:
    address = parseaddr(value)[1] if isinstance(value, str) and value.isascii() else ""
    if not ADDRESS.fullmatch(address):
        raise ClinicError(f'{place} must be an address like "OSM <visits@clinic.example>".')
    return address
