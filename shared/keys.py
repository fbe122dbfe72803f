"""The secrets file: which keys exist, who needs which, and how a first one is made."""

import base64
import json
import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from shared.sealing import Keyring, SealError, ServiceKeys, read_key
from shared.settings import SERVICES, SettingsError

T = TypeVar("T")
_FOR_ALL = ("events", "statements", "staff_verify")


@dataclass(frozen=True, slots=True)
class Secrets:
    """Opened secrets of one service; keys that it does not need may be missing."""

    _document: dict[str, Any] = field(repr=False)

    def keyring(self, name: str) -> Keyring:
        return self._part(name, Keyring.parse)

    def service_keys(self, service: str) -> ServiceKeys:
        index = self._part(f"index.{service}", read_key)
        return ServiceKeys(self.keyring(f"fields.{service}"), self.keyring("events"), index)

    def link_key(self) -> bytes:
        return self._part("links", read_key)

    def staff_private(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(self._part("staff_sign", read_key))

    def staff_public(self) -> Ed25519PublicKey:
        return Ed25519PublicKey.from_public_bytes(self._part("staff_verify", read_key))

    def _part(self, name: str, read: Callable[[Any], T]) -> T:
        if name not in self._document:
            raise SettingsError(f"The secrets file lacks {name!r}, needed here.")
        try:
            return read(self._document[name])
        except SealError as error:
            raise SettingsError(f"In the secrets file {name!r} is damaged: {error}") from error


def load(path: Path, *, may_create: bool) -> Secrets:
    """Read the file; make it first when it is missing and `may_create` (demo only)."""
    if may_create and not path.exists():
        write(path, make())
    try:
        if path.stat().st_mode & 0o077:
            raise SettingsError(f"{path} can be read by others; run: chmod 600 {path}")
        document = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(
            f"Cannot read the secrets file {path} ({error.strerror})."
            " Make one with: ./clinic secrets make"
        ) from error
    except ValueError as error:
        raise SettingsError(f"The secrets file {path} is damaged: {error}") from error
    if not isinstance(document, dict):
        raise SettingsError(f"The secrets file {path} is damaged: it holds no names.")
    opened = Secrets(document)
    opened.keyring("events")
    return opened


def make() -> dict[str, Any]:
    """A fresh set of random keys for the whole suite."""
    private = Ed25519PrivateKey.generate()
    document: dict[str, Any] = {
        "events": _new_keyring(),
        "statements": _new_keyring(),
        "links": _random(),
        "staff_sign": _text(private.private_bytes_raw()),
        "staff_verify": _text(private.public_key().public_bytes_raw()),
    }
    for service in SERVICES:
        document[f"fields.{service}"] = _new_keyring()
        document[f"index.{service}"] = _random()
    return document


def part_for(document: dict[str, Any], service: str) -> dict[str, Any]:
    """Only what one service needs: a stolen part opens no other service's data."""
    names = [*_FOR_ALL, f"fields.{service}", f"index.{service}"]
    if service == "scheduling":
        names += ["links", "staff_sign"]
    return {name: document[name] for name in names}


def write(path: Path, document: dict[str, Any]) -> None:
    """Mode 0600, complete or not at all; a file that appeared meanwhile is kept."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(document, file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, path)
        except FileExistsError:
            return
    finally:
        draft.unlink()


def _new_keyring() -> dict[str, Any]:
    return {"active": "k1", "keys": {"k1": _random()}}


def _random() -> str:
    return _text(secrets.token_bytes(32))


def _text(key: bytes) -> str:
    return base64.b64encode(key).decode()
