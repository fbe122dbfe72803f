"""Fixtures of the plumbing's tests: connections that close, a bare service, a proxy."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from shared.messaging.transport import Transport, connect
from shared.service import Service
from tests.shared.builders import make_plumbed_service

Connect = Callable[[], Transport]


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
