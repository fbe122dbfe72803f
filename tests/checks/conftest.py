"""The suite as real processes, embedded and full, with a mail server that remembers."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.checks.rig import SERVICES, Rig
from tests.checks.sink import Sink


@pytest.fixture
def sink() -> Iterator[Sink]:
    server = Sink()
    yield server
    server.close()


@pytest.fixture(params=["embedded", "full"])
def rig(request: pytest.FixtureRequest, tmp_path: Path, sink: Sink) -> Iterator[Rig]:
    """Not started yet. Both send through SMTP, so that copies can be counted."""
    environ = {"MAIL_URL": sink.url}
    if request.param == "full":
        postgres = request.getfixturevalue("postgres")
        environ["EVENTS_URL"] = request.getfixturevalue("rabbitmq_vhost")
        for service in SERVICES:
            url = postgres.url(postgres.create())
            environ[f"{service.upper()}_DATABASE_URL"] = url
    rig = Rig(tmp_path, _free_ports(), environ=environ, full=request.param == "full")
    yield rig
    if rig.processes:
        rig.kill()


@pytest.fixture
def rabbitmq_vhost() -> Iterator[str]:
    """A virtual host for this test alone: a killed broker client leaves queues behind."""
    from tests.servers import rabbit_vhost

    with rabbit_vhost() as url:
        yield url


def _free_ports() -> int:
    """The first of three neighbouring free ports."""
    for port in range(21000, 29000, 10):
        try:
            for number in range(3):
                with socket.socket() as probe:
                    probe.bind(("127.0.0.1", port + number))
        except OSError:
            continue
        return port
    raise AssertionError("no free ports")
