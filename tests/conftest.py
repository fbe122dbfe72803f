"""Fixtures that every room uses: fresh databases and transports of both kinds, a clock, services.

`make_service`, `service` and `client` run each test on SQLite and on PostgreSQL. A module whose
tests cannot tell the two apart says so: `pytestmark = pytest.mark.parametrize("database_kind",
["sqlite"])`. Where the servers are: tests/servers.py.
"""

import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import Client

from shared import keys, migrations
from shared.database import Database
from shared.messaging import sqlite as embedded
from shared.service import Service
from shared.settings import SERVICES
from shared.web.mount import mount
from tests.servers import MISSING, Postgres, empty_rabbit, rabbit_vhost

MONDAY_MORNING = "2027-03-01T10:00:00-08:00"
PUBLIC_URL = "http://localhost"

MakeService = Callable[..., Service]
MakeClient = Callable[..., Client]


class FileClock:
    """Writes the clock file; every service of the test reads it at each use."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.set(MONDAY_MORNING)

    def set(self, instant: str | datetime) -> None:
        text = instant if isinstance(instant, str) else instant.isoformat()
        self._now = datetime.fromisoformat(text)
        draft = self.file.with_suffix(".new")
        draft.write_text(text, encoding="utf-8")
        draft.replace(self.file)  # a reader sees the old instant or the new one, never half

    def advance(self, **duration: float) -> None:
        """`advance(minutes=10)`: the keywords of timedelta."""
        self.set(self._now.astimezone(UTC) + timedelta(**duration))

    def now(self) -> datetime:
        return self._now.astimezone(UTC)


@pytest.fixture
def clock(tmp_path: Path) -> FileClock:
    """Starts on a Monday at 10:00am in clinic time."""
    return FileClock(tmp_path / "clock")


# -- databases ---------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    server = Postgres()
    yield server
    server.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_kind(request: pytest.FixtureRequest) -> str:
    kind: str = request.param
    return kind


@pytest.fixture
def database_url(
    request: pytest.FixtureRequest, database_kind: str, tmp_path: Path
) -> Iterator[str]:
    """A fresh, empty database."""
    if database_kind == "sqlite":
        yield f"sqlite:///{tmp_path / 'fresh.db'}"
        return
    server: Postgres = request.getfixturevalue("postgres")
    name = server.create()
    yield server.url(name)
    server.drop(name)


@pytest.fixture(scope="session")
def migrated_files(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """One migrated SQLite file per service, to copy from."""
    folder = tmp_path_factory.mktemp("migrated")

    def file_of(service: str) -> Path:
        file = folder / f"{service}.db"
        if not file.exists():
            _migrate(service, f"sqlite:///{file}")
        return file

    return file_of


@pytest.fixture(scope="session")
def migrated_databases() -> dict[str, list[str]]:
    """Names of migrated, empty PostgreSQL databases per service, free to be used."""
    return {service: [] for service in SERVICES}


def _migrate(service: str, url: str) -> None:
    database = Database(url)
    migrations.upgrade(service, database)
    database.close()


@pytest.fixture
def migrated_url(
    request: pytest.FixtureRequest, database_kind: str, tmp_path: Path
) -> Iterator[Callable[[str], str]]:
    """`migrated_url("intake")`: a fresh database with that service's schema."""
    used: list[tuple[str, str]] = []

    def in_file(service: str) -> str:
        copy = tmp_path / f"{service}-{len(used)}.db"
        used.append((service, str(copy)))
        shutil.copy(request.getfixturevalue("migrated_files")(service), copy)
        return f"sqlite:///{copy}"

    def on_server(service: str) -> str:
        if free[service]:
            used.append((service, free[service].pop()))
        else:
            used.append((service, server.create()))
            _migrate(service, server.url(used[-1][1]))
        return server.url(used[-1][1])

    if database_kind == "sqlite":
        yield in_file
        return
    server: Postgres = request.getfixturevalue("postgres")
    free: dict[str, list[str]] = request.getfixturevalue("migrated_databases")
    yield on_server
    for service, name in used:
        server.empty(name)
        free[service].append(name)


# -- events ------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def rabbitmq() -> Iterator[str]:
    with rabbit_vhost() as url:
        yield url


@pytest.fixture(params=["sqlite", "rabbitmq"])
def events_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A fresh transport: nothing is waiting in it."""
    if request.param == "rabbitmq":
        url: str = request.getfixturevalue("rabbitmq")
        empty_rabbit(url)
        yield url
        return
    file_url = f"sqlite:///{tmp_path / 'events.db'}"
    yield file_url
    _close_embedded(file_url)


def _close_embedded(url: str) -> None:
    """The embedded transport keeps its file open as long as the process lives; a test does not."""
    file = Path(url.removeprefix("sqlite:///"))
    if url.startswith("sqlite:") and file.exists():
        embedded._open(url).close()
        embedded._open.cache_clear()


# -- services ----------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def secrets_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("secrets") / "secrets"
    keys.write(file, keys.make())
    return file


@pytest.fixture
def make_service(
    tmp_path: Path,
    clock: FileClock,
    secrets_file: Path,
    migrated_url: Callable[[str], str],
) -> Iterator[MakeService]:
    """`make_service("intake", events_url=events_url, MAIL_URL="smtp://…")`: migrated, started.

    All services of one test share secrets, clock and (unless told otherwise) the events file.
    """
    started: list[Service] = []

    def start(name: str, *, database_url: str = "", events_url: str = "", **more: str) -> Service:
        environ = {
            "CLINIC_DATA": str(tmp_path / "var"),
            "CLINIC_SECRETS_FILE": str(secrets_file),
            "CLINIC_CLOCK_FILE": str(clock.file),
            "PUBLIC_URL": PUBLIC_URL,
            "EVENTS_URL": events_url,
            f"{name.upper()}_DATABASE_URL": database_url or migrated_url(name),
        }
        started.append(Service.start(name, environ | more))
        return started[-1]

    yield start
    for service in started:
        service.close()
        _close_embedded(service.settings.events_url)


@pytest.fixture
def service_name(request: pytest.FixtureRequest) -> str:
    """The service whose folder the test stands in."""
    found = [part for part in request.path.parts if part in SERVICES]
    assert found, f"{request.path} belongs to no service; use make_service(name)"
    return found[-1]


@pytest.fixture
def service(make_service: MakeService, service_name: str) -> Service:
    return make_service(service_name)


@pytest.fixture
def make_client() -> MakeClient:
    """`make_client(intake, scheduling)`: a browser on one origin with the services mounted."""

    def mounted(*services: Service) -> Client:
        apps = {
            one.name: import_module(f"services.{one.name}.app").create_app(one) for one in services
        }
        gateway = mount(apps, services[0].settings.public_url)

        def from_our_pages(environ: dict[str, Any], start_response: Any) -> Any:
            environ.setdefault("HTTP_SEC_FETCH_SITE", "same-origin")
            return gateway(environ, start_response)

        return Client(from_our_pages)

    return mounted


@pytest.fixture
def client(make_client: MakeClient, service: Service) -> Client:
    """Full paths: `client.get("/intake/")`."""
    return make_client(service)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for sentence in sorted(MISSING):
        terminalreporter.write_line(f"!! {sentence}", red=True, bold=True)
