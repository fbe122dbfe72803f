"""Sealed statements that a browser carries between services: encrypted, for one use, dated."""

import base64
import binascii
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from shared.clock import aware
from shared.sealing import Keyring, SealError


class StatementError(Exception):
    """The statement cannot be used."""


class StatementInvalid(StatementError):
    """Not ours, changed, or made for another purpose."""


class StatementExpired(StatementError):
    """Ours, but too old."""


@dataclass(frozen=True, slots=True)
class Statements:
    """Seals and opens statements with the keys that all services of the suite share."""

    keyring: Keyring

    def seal(self, kind: str, claims: dict[str, Any], *, expires_at: datetime) -> str:
        """URL-safe text; `kind` ("handoff", "draft", …) is part of the seal."""
        document = {"expires_at": int(aware(expires_at).timestamp()), "claims": claims}
        plain = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
        sealed = self.keyring.seal(plain, context=f"statement/{kind}")
        return base64.urlsafe_b64encode(sealed).rstrip(b"=").decode()

    def open(self, kind: str, token: str, *, now: datetime) -> dict[str, Any]:
        """The claims; raises StatementInvalid or StatementExpired."""
        try:
            sealed = base64.b64decode(token + "=" * (-len(token) % 4), b"-_", validate=True)
            document = json.loads(self.keyring.open(sealed, context=f"statement/{kind}"))
        except (SealError, binascii.Error, ValueError) as error:
            raise StatementInvalid("This statement is not one of ours.") from error
        if now.timestamp() >= document["expires_at"]:
            raise StatementExpired("This statement has expired.")
        claims: dict[str, Any] = document["claims"]
        return claims
