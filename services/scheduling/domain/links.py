"""Links that people get by mail. A visit's link names the visit, not its version."""

import base64
import binascii
import hashlib
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
        return base64.urlsafe_b64encode(name + self._proof(name, generation)).decode()

    def appointment_of(self, token: str) -> str:
        """The id that the token names; `is_valid` must agree before anything is shown."""
        return str(uuid.UUID(bytes=_parts(token)[0]))

    def is_valid(self, token: str, generation: int) -> bool:
        name, proof = _parts(token)
        return hmac.compare_digest(proof, self._proof(name, generation))

    def _proof(self, name: bytes, generation: int) -> bytes:
        message = b"manage" + name + generation.to_bytes(4, "big")
        return hmac.digest(self.key, message, hashlib.sha256)


def _parts(token: str) -> tuple[bytes, bytes]:
    try:
        raw = base64.b64decode(token, b"-_", validate=True) if len(token) == 64 else b""
    except (binascii.Error, ValueError):
        raw = b""
    if len(raw) != 48:
        raise LinkInvalid
    return raw[:16], raw[16:]
