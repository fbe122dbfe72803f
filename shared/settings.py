"""Settings of one service, read once from the environment. No default reaches production."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

SERVICES = ("intake", "scheduling", "notifications")
FILE = "sqlite:///"
DATABASES = (FILE, "postgresql+psycopg://")
EVENTS = (FILE, "amqp://", "amqps://")
MAIL = ("file:", "smtp://", "smtps://", "smtp+starttls://")
PUBLIC = ("http://", "https://")
ROOT = Path(__file__).resolve().parent.parent


class SettingsError(Exception):
    """The environment cannot be used; the text says what to change."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What one service needs to know about its surroundings."""

    service: str
    database_url: str
    events_url: str
    mail_url: str
    public_url: str
    clinic_file: Path
    env: str
    secrets_file: Path
    clock_file: Path | None
    data: Path
    has_limits: bool = True
    proxies: int = 0

    @property
    def is_demo(self) -> bool:
        return self.env == "demo"

    @classmethod
    def from_env(cls, service: str, environ: Mapping[str, str] | None = None) -> "Settings":
        """Read the variables of `.env.example`; SettingsError names the one that is wrong."""
        values = _Values(os.environ if environ is None else environ)
        data = Path(values.get("CLINIC_DATA") or "var").absolute()
        clock = values.get("CLINIC_CLOCK_FILE")
        settings = cls(
            service=service,
            database_url=values.get(f"{service.upper()}_DATABASE_URL")
            or f"sqlite:///{data / service}.db",
            events_url=values.get("EVENTS_URL") or f"sqlite:///{data / 'events.db'}",
            mail_url=values.get("MAIL_URL") or f"file:{data / 'mail'}",
            public_url=(values.get("PUBLIC_URL") or "http://127.0.0.1:8000").rstrip("/"),
            clinic_file=Path(values.get("CLINIC_FILE") or ROOT / "shared" / "clinic.toml"),
            env=values.get("CLINIC_ENV") or "demo",
            secrets_file=Path(values.get("CLINIC_SECRETS_FILE") or data / "secrets"),
            clock_file=Path(clock) if clock else None,
            data=data,
            has_limits=values.get("CLINIC_LIMITS") != "off",
            proxies=_count("CLINIC_PROXIES", values.get("CLINIC_PROXIES") or "0"),
        )
        _check(settings, values)
        return settings


class _Values:
    """Variables by name, or by the file that `NAME_FILE` points at (for mounted secrets)."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ

    def get(self, name: str) -> str:
        path = self._environ.get(f"{name}_FILE")
        # CLINIC_SECRETS_FILE and CLINIC_CLOCK_FILE are paths themselves, not files holding a value.
        if path and name not in {"CLINIC", "CLINIC_SECRETS", "CLINIC_CLOCK"}:
            try:
                return Path(path).read_text(encoding="utf-8").strip()
            except (OSError, UnicodeError) as error:
                reason = getattr(error, "strerror", "it is not text")
                raise SettingsError(f"{name}_FILE: cannot read {path}: {reason}") from error
        return self._environ.get(name, "").strip()


def _check(settings: Settings, values: _Values) -> None:
    if settings.env not in {"demo", "production"}:
        raise SettingsError(f"CLINIC_ENV is {settings.env!r}; use demo or production.")
    _check_url("MAIL_URL", settings.mail_url, MAIL)
    _check_url("EVENTS_URL", settings.events_url, EVENTS)
    _check_url("PUBLIC_URL", settings.public_url, PUBLIC)
    name = f"{settings.service.upper()}_DATABASE_URL"
    _check_url(name, settings.database_url, DATABASES)
    others = (f"{one.upper()}_DATABASE_URL" for one in SERVICES if one != settings.service)
    if any(values.get(other) == settings.database_url for other in others):
        raise SettingsError(f"{name} is also another service's; give each service its own.")
    if values.get("CLINIC_LIMITS") not in {"", "on", "off"}:
        raise SettingsError("CLINIC_LIMITS is on or off.")
    if settings.env == "production":
        _check_production(settings, values)


def _count(name: str, text: str) -> int:
    if not text.isdecimal():
        raise SettingsError(f"{name} is a whole number, like 1.")
    return int(text)


def _check_url(name: str, url: str, beginnings: tuple[str, ...]) -> None:
    """Never repeats the value, which may hold a password."""
    if not url.startswith(beginnings):
        raise SettingsError(f"{name} must begin with one of: {', '.join(beginnings)}")
    if url in {FILE, f"{FILE}:memory:"}:
        raise SettingsError(f"{name} must name a file.")
    try:
        _ = urlsplit(url).port
    except ValueError:
        raise SettingsError(f"{name} is not an address that can be read.") from None


def _check_production(settings: Settings, values: _Values) -> None:
    if settings.clock_file:
        raise SettingsError("CLINIC_CLOCK_FILE is for tests; unset it in production.")
    if values.get("CLINIC_LIMITS") == "off":
        raise SettingsError("CLINIC_LIMITS=off is for load checks; unset it in production.")
    if not settings.public_url.startswith("https://"):
        raise SettingsError("PUBLIC_URL must be an https:// address in production.")
    needed = (f"{settings.service.upper()}_DATABASE_URL", "EVENTS_URL", "MAIL_URL")
    missing = [name for name in needed if not values.get(name)]
    if not settings.secrets_file.exists():
        missing.append("CLINIC_SECRETS_FILE (make one with: ./clinic secrets make)")
    if missing:
        raise SettingsError(f"Production needs these settings: {', '.join(missing)}.")
