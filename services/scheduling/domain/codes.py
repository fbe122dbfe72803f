"""Short codes: a visit's reference for people, and the opaque name of a slot."""

import base64
import binascii
import json
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime

from .errors import SlotUnreadable

# Of each group that looks alike (0DOQ 1IL 2Z 5S 6G 8B UV) one or none; no vowels, so no words.
ALPHABET = "3467CDFHJKMNPRTVWXY9"


def new_reference() -> str:
    """Six characters that can be read out on the phone."""
    return "".join(secrets.choice(ALPHABET) for _ in range(6))


@dataclass(frozen=True, slots=True)
class SlotName:
    """One bookable start. The token is a name, not a promise: the server judges it anew."""

    visit_type: str
    practitioner: str
    start: datetime

    def token(self) -> str:
        return pack([self.visit_type, self.practitioner, int(self.start.timestamp())])

    @classmethod
    def read(cls, token: str) -> "SlotName":
        match unpack(token):
            case [str(visit_type), str(practitioner), int(seconds)] if 0 <= seconds < 2**33:
                return cls(visit_type, practitioner, datetime.fromtimestamp(seconds, UTC))
        raise SlotUnreadable


def pack(parts: list[str | int]) -> str:
    plain = json.dumps(parts, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(plain).rstrip(b"=").decode()


def unpack(token: str) -> object:
    """What `pack` was given, or whatever else somebody sent; None when it is unreadable."""
    try:
        plain = base64.b64decode(token + "=" * (-len(token) % 4), b"-_", validate=True)
        return json.loads(plain) if len(plain) <= 200 else None
    except (binascii.Error, ValueError):
        return None
