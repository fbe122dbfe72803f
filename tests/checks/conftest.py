"""The suite as real processes, embedded and full, with a mail server that remembers.

`running` is shared by all tests that break nothing; `rig` is a fresh one, not started yet.
"""

import secrets
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.checks.chromium import ADVICE, CHROMIUM, launched
from tests.checks.rig import SERVICES, Rig
from tests.checks.sink import Sink
from tests.servers import Postgres, missing, rabbit_vhost

KINDS = ["embedded", "full"]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if not CHROMIUM:
        missing("Chromium", ADVICE)
    with launched() as chromium:
        yield chromium


@pytest.fixture(scope="session", params=KINDS)
def running(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Rig]:
    with _rig(request, tmp_path_factory.mktemp("running")) as rig:
        rig.start()
        yield rig
        assert rig.stop() == [0] * (6 if rig.full else 1)


@pytest.fixture(params=KINDS)
def rig(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Rig]:
    with _rig(request, tmp_path) as rig:
        yield rig


@contextmanager
def _rig(request: pytest.FixtureRequest, folder: Path) -> Iterator[Rig]:
    """Both kinds send through SMTP, so that copies can be counted."""
    sink = Sink()
    rig = Rig(folder, _free_ports(), sink=sink, full=request.param == "full")
    if not rig.full:
        yield rig
    else:
        postgres: Postgres = request.getfixturevalue("postgres")
        databases = {service: postgres.create() for service in SERVICES}
        for service, name in databases.items():
            rig.environ[f"{service.upper()}_DATABASE_URL"] = postgres.url(name)
        with rabbit_vhost() as url:  # of its own: a killed process leaves queues behind
            rig.environ["EVENTS_URL"] = url
            yield rig
            rig.end()
        for name in databases.values():
            postgres.drop(name)
    rig.end()
    sink.close()


def _free_ports() -> int:
    """The first of three neighbouring free ports. Where the search begins differs from run to run,
    so that runs side by side do not take each other's between the look and the start."""
    beginnings = range(21000, 29000, 10)
    begin = secrets.randbelow(len(beginnings))
    for port in (*beginnings[begin:], *beginnings[:begin]):
        try:
            for number in range(3):
                with socket.socket() as probe:
                    probe.bind(("127.0.0.1", port + number))
        except OSError:
            continue
        return port
    raise AssertionError("no free ports")
