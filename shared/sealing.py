"""Sealed data: AES-256-GCM with key ids, and keyed hashes to look sealed values up."""

import base64
import hashlib
import hmac
import json
import re
import secrets
from dataclasses import dataclass, field
from typing import Any, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy.orm import Session

_VERSION = b"\x01"
_NONCE = 12
_KEY_ID = re.compile("[!-~]{1,16}")


class SealError(Exception):
    """Sealed data was changed, moved to another place, or needs a key that is not here."""


def read_key(text: Any) -> bytes:
    """A key of 32 bytes, written in base64."""
    try:
        key = base64.b64decode(text, validate=True)
    except (TypeError, ValueError) as error:
        raise SealError("A key must be base64.") from error
    if len(key) != 32:
        raise SealError("A key must have 32 bytes.")
    return key


@dataclass(frozen=True, slots=True)
class Keyring:
    """Keys by id (32 bytes each); the active one seals, all of them open."""

    active: str
    keys: dict[str, bytes] = field(repr=False)

    @classmethod
    def parse(cls, document: Any) -> "Keyring":
        """From `{"active": id, "keys": {id: base64}}`; ids are 1-16 ASCII characters."""
        try:
            active = document["active"]
            keys = {key_id: read_key(text) for key_id, text in document["keys"].items()}
        except (TypeError, KeyError, AttributeError) as error:
            raise SealError("A keyring is an active id and keys by id.") from error
        if active not in keys or not all(_KEY_ID.fullmatch(key_id) for key_id in keys):
            raise SealError("A keyring needs its active key, and ids of 1-16 ASCII characters.")
        return cls(active, keys)

    def seal(self, plain: bytes, *, context: str) -> bytes:
        """Layout: version, length of key id, key id, nonce (96 bit, random), ciphertext + tag."""
        head = _VERSION + bytes([len(self.active)]) + self.active.encode()
        nonce = secrets.token_bytes(_NONCE)
        sealed = AESGCM(self.keys[self.active]).encrypt(nonce, plain, head + context.encode())
        return head + nonce + sealed

    def open(self, sealed: bytes, *, context: str) -> bytes:
        """The plain bytes; SealError when the data, the context or the key is not the sealer's."""
        try:
            size = 2 + sealed[1]
            head, nonce, body = sealed[:size], sealed[size : size + _NONCE], sealed[size + _NONCE :]
            key = self.keys[head[2:].decode()]
            return AESGCM(key).decrypt(nonce, body, head + context.encode())
        except (InvalidTag, KeyError, IndexError, ValueError, TypeError) as error:
            raise SealError("Sealed data cannot be opened.") from error


@dataclass(frozen=True, slots=True)
class ServiceKeys:
    """What one service seals and looks up with; travels in `session.info["keys"]`."""

    fields: Keyring
    events: Keyring
    index_key: bytes = field(repr=False)

    def index(self, purpose: str, text: str) -> str:
        """Keyed hash (64 hex digits) by which a sealed value can be found again."""
        message = f"{purpose}\0{text}".encode()
        return hmac.new(self.index_key, message, hashlib.sha256).hexdigest()


class SealedRow(Protocol):
    """A model with one sealed JSON document per row."""

    __tablename__: str
    id: Any
    sealed: Any


def seal_row(session: Session, row: SealedRow, document: dict[str, Any]) -> None:
    """Put the document into `row.sealed`, bound to this row: it opens nowhere else."""
    plain = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
    keys: ServiceKeys = session.info["keys"]
    row.sealed = keys.fields.seal(plain, context=_place(row))


def reveal_row(session: Session, row: SealedRow) -> dict[str, Any]:
    """The document of `seal_row`; raises SealError when it was not sealed for this row."""
    keys: ServiceKeys = session.info["keys"]
    document: dict[str, Any] = json.loads(keys.fields.open(row.sealed, context=_place(row)))
    return document


def _place(row: SealedRow) -> str:
    return f"{row.__tablename__}/{row.id}"
