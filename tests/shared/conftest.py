"""Fixtures of the plumbing's tests: connections that close, a bare service, a proxy."""

from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from hypothesis import settings

from shared.messaging.transport import Transport, connect
from shared.service import Service
from tests.servers import Postgres
from tests.shared.builders import make_plumbed_service

settings.register_profile("plumbing", deadline=None, derandomize=True)
settings.load_profile("plumbing")

Connect = Callable[[], Transport]


@pytest.fixture(scope="session")
def scratch(postgres: Postgres) -> Iterator[str]:
    name = postgres.create()
    yield postgres.url(name)
    postgres.drop(name)


@pytest.fixture
def database_url(request: pytest.FixtureRequest, database_kind: str, tmp_path: Path) -> str:
    """A fresh, empty database. On PostgreSQL one for all, emptied: making one takes a while."""
    if database_kind == "sqlite":
        return f"sqlite:///{tmp_path / 'fresh.db'}"
    url: str = request.getfixturevalue("scratch")
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        connection.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    return url


@pytest.fixture
def open_transport(events_url: str) -> Iterator[Connect]:
    """`open_transport()`: a new connection to the test's transport, closed at the end."""
    opened: list[Transport] = []

    def new() -> Transport:
        opened.append(connect(events_url))
        return opened[-1]

    yield new
    for transport in opened:
        transport.close()


@pytest.fixture
def plumbed(database_url: str, events_url: str, tmp_path: Path) -> Iterator[Service]:
    """The notifications service without its rooms: plumbing tables, keys, a transport."""
    service = make_plumbed_service(
        "notifications", database_url=database_url, events_url=events_url, data=tmp_path / "data"
    )
    yield service
    service.close()
