"""`./clinic doctor`: what is configured, what answers, what is missing, and what to do."""

import smtplib
import sqlite3
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from services.scheduling.queries import catalog_of
from shared import migrations
from shared.messaging.transport import TransportDown, connect
from shared.service import Service
from shared.settings import SERVICES

SAFE_SQLITE = (3, 51, 3)  # older ones may lose a commit when two processes write (WAL reset)


def examine() -> bool:
    """Print one line per finding; True when nothing is broken."""
    print(f"python       {sys.version.split()[0]}")
    services = [Service.start(name) for name in SERVICES]
    catalog_of(services[0].clinic)
    settings = services[0].settings
    for name, value in (
        ("environment", settings.env),
        ("public url", settings.public_url),
        ("clinic file", settings.clinic_file),
        ("secrets", settings.secrets_file),
        ("clock file", settings.clock_file or "none: the machine's clock"),
    ):
        print(f"{name:12} {value}")
    results = [_say(service.name, partial(_database, service)) for service in services]
    results.append(_say("events", partial(_events, settings.events_url)))
    results.append(_say("mail", partial(_mail, settings.mail_url)))
    return all(results)


def _say(name: str, look: Callable[[], str]) -> bool:
    try:
        print(f"{name:12} {look()}")
        return True
    except (SQLAlchemyError, TransportDown, OSError, smtplib.SMTPException) as error:
        first = (str(error).strip() or type(error).__name__).splitlines()[0]
        print(f"{name:12} DOES NOT ANSWER: {first}")
        return False


def _database(service: Service) -> str:
    url = make_url(service.settings.database_url)
    shown = url.render_as_string(hide_password=True)
    with service.database.read() as session:
        at_head = migrations.is_at_head(service.name, session.connection())
    advice = "" if at_head else f"; schema is not at head, run: clinic migrate {service.name}"
    return f"{shown} answers{advice}{_sqlite_warning(url.get_backend_name())}"


def _sqlite_warning(backend: str) -> str:
    if backend != "sqlite" or sqlite3.sqlite_version_info >= SAFE_SQLITE:
        return ""
    return f" (SQLite {sqlite3.sqlite_version} is old: keep to one process, or use PostgreSQL)"


def _events(url: str) -> str:
    connect(url).close()
    return f"{_without_password(url)} answers"


def _mail(url: str) -> str:
    if url.startswith("file:"):
        folder = Path(url.removeprefix("file:"))
        return f"{folder} ({'exists' if folder.is_dir() else 'made with the first mail'})"
    parts = urlsplit(url)
    connection = smtplib.SMTP_SSL if parts.scheme == "smtps" else smtplib.SMTP
    with connection(parts.hostname or "", parts.port or 25, timeout=5) as server:
        server.ehlo()
    return f"{_without_password(url)} answers"


def _without_password(url: str) -> str:
    parts = urlsplit(url)
    return url.replace(f":{parts.password}@", ":***@") if parts.password else url
