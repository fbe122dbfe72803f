"""Links that people get by mail. A visit's link names the visit, not its version."""

import base64
import binascii
import hmac
import uuid
from dataclasses import dataclass, field

from .errors import LinkInvalid

MANAGE, OFFER = b"manage", b"offer"  # a link for one opens nothing of the other


@dataclass(frozen=True, slots=True)
class Links:
    """Makes and reads links; `public_url` is where the suite is reached, without a last slash."""

    public_url: str
    key: bytes = field(repr=False)

    def manage_url(self, appointment_id: str, generation: int) -> str:
        return f"{self.public_url}/scheduling/l/{self.token(appointment_id, generation)}"

    def offer_url(self, offer_id: str, generation: int) -> str:
        return f"{self.public_url}/scheduling/offer/{self.token(offer_id, generation, OFFER)}"

    def sign_in_url(self, secret: str) -> str:
        return f"{self.public_url}/scheduling/staff/sign-in?link={secret}"

    def token(self, named: str, generation: int, purpose: bytes = MANAGE) -> str:
        """64 characters: the visit's or offer's id and a keyed hash; nothing of it needs to be
        stored."""
        name = uuid.UUID(named).bytes
        message = purpose + name + generation.to_bytes(4, "big")
        return base64.urlsafe_b64encode(name + hmac.digest(self.key, message, "sha256")).decode()

    def appointment_of(self, token: str) -> str:
        """The id that the token names; `is_valid` must agree before anything is shown."""
        try:
            return str(uuid.UUID(bytes=base64.b64decode(token, b"-_", validate=True)[:16]))
        except (binascii.Error, ValueError):
            raise LinkInvalid from None

    def is_valid(self, token: str, generation: int, purpose: bytes = MANAGE) -> bool:
        good = self.token(self.appointment_of(token), generation, purpose)
        return hmac.compare_digest(good, token)
