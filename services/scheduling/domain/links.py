"""Links that people get by mail. A visit's link names the visit, not its version."""

import base64
import binascii
import hmac
import uuid
from dataclasses import dataclass, field

from .errors import LinkInvalid


@dataclass(frozen=True, slots=True)
class Links:
    """Makes and reads links; `public_url` is where the suite is reached, without a last slash."""

    public_url: str
    key: bytes = field(repr=False)

    def manage_url(self, appointment_id: str, generation: int) -> str:
        return f"{self.public_url}/scheduling/l/{self.token(appointment_id, generation)}"

    def sign_in_url(self, secret: str) -> str:
        return f"{self.public_url}/scheduling/staff/sign-in?link={secret}"

    def token(self, appointment_id: str, generation: int) -> str:
        """64 characters: the visit's id and a keyed hash; nothing of it needs to be stored."""
        name = uuid.UUID(appointment_id).bytes
        message = b"manage" + name + generation.to_bytes(4, "big")
        return base64.urlsafe_b64encode(name + hmac.digest(self.key, message, "sha256")).decode()

    def appointment_of(self, token: str) -> str:
        """The id that the token names; `is_valid` must agree before anything is shown."""
        try:
            return str(uuid.UUID(bytes=base64.b64decode(token, b"-_", validate=True)[:16]))
        except (binascii.Error, ValueError):
            raise LinkInvalid from None

    def is_valid(self, token: str, generation: int) -> bool:
        good = self.token(self.appointment_of(token), generation)
        return hmac.compare_digest(good, token)
