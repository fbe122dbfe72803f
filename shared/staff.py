"""Who is staff: statements that scheduling signs (Ed25519) and every service can verify."""

import base64
import binascii
import json
from dataclasses import dataclass
from datetime import datetime

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from shared.clock import aware

ROLES = ("front_desk", "clinician", "admin")


class NotStaff(Exception):
    """No valid staff statement: unsigned, changed or expired."""


@dataclass(frozen=True, slots=True)
class StaffMember:
    """The holder of a session or a token. `session` is what a revocation names."""

    id: str
    name: str
    role: str
    session: str


def sign(key: Ed25519PrivateKey, member: StaffMember, *, expires_at: datetime) -> str:
    """A bearer token or browser statement: `payload.signature`, both base64url."""
    payload = json.dumps(
        {
            "id": member.id,
            "name": member.name,
            "role": member.role,
            "session": member.session,
            "expires_at": int(aware(expires_at).timestamp()),
        },
        separators=(",", ":"),
    ).encode()
    return f"{_encode(payload)}.{_encode(key.sign(payload))}"


def verify(key: Ed25519PublicKey, token: str, *, now: datetime) -> StaffMember:
    """The member named by a token of `sign`; raises NotStaff."""
    try:
        payload, signature = (_decode(part) for part in token.split("."))
        key.verify(signature, payload)
        claims = json.loads(payload)
    except (ValueError, binascii.Error, InvalidSignature) as error:
        raise NotStaff("This is not a staff token of ours.") from error
    if now.timestamp() >= claims["expires_at"]:
        raise NotStaff("This staff token has expired.")
    return StaffMember(claims["id"], claims["name"], claims["role"], claims["session"])


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), b"-_", validate=True)
