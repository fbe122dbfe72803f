"""kill -9 of a real sender process at every point of a conversation; then another one takes over.

Wherever it was killed: the mail arrives, a second copy exists only where the row says that the
first was in doubt, and then it is the same to the last byte.
"""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from services.notifications.jobs import Sender
from services.notifications.operations import LEASE, take_back_abandoned
from shared.clock import real_now
from shared.service import Service
from shared.settings import ROOT
from tests.conftest import FileClock
from tests.notifications.builders import row_of
from tests.notifications.scripted import ScriptedServer

SEND_ONCE = """
from services.notifications.jobs import Sender
from shared.service import Service
Sender()(Service.start("notifications"))
"""

Spawn = Callable[[Service], "subprocess.Popen[bytes]"]


@pytest.fixture
def spawn(tmp_path: Path, secrets_file: Path, clock: FileClock) -> Iterator[Spawn]:
    """Starts a process of its own that sends what is due."""
    children: list[subprocess.Popen[bytes]] = []

    def start(service: Service) -> "subprocess.Popen[bytes]":
        settings = service.settings
        environ = {
            "PATH": os.environ["PATH"],
            "CLINIC_DATA": str(settings.data),
            "CLINIC_SECRETS_FILE": str(secrets_file),
            "CLINIC_CLOCK_FILE": str(clock.file),
            "PUBLIC_URL": settings.public_url,
            "NOTIFICATIONS_DATABASE_URL": settings.database_url,
            "MAIL_URL": settings.mail_url,
        }
        child = subprocess.Popen([sys.executable, "-c", SEND_ONCE], cwd=ROOT, env=environ)
        children.append(child)
        return child

    yield start
    for child in children:
        child.kill()
        child.wait()


def kill(child: "subprocess.Popen[bytes]") -> None:
    child.kill()
    child.wait()


def another_worker_takes_over(service: Service) -> None:
    """What every worker does every 5 s; the half minute of the lease is not waited for."""
    with service.database.write() as session:
        later = real_now() + LEASE + timedelta(seconds=1)
        take_back_abandoned(session, now=service.clock.now(), real_now=later, is_repeatable=False)
    Sender()(service)


def until(check: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while not check():
        assert time.monotonic() < end
        time.sleep(0.02)


@pytest.mark.parametrize(
    ("step", "state"),
    [
        pytest.param("banner", "leased", id="after the lease"),
        pytest.param("rcpt", "leased", id="after RCPT"),
        pytest.param("data", "leased", id="after DATA"),
    ],
)
def test_killed_before_the_body_it_is_sent_at_once_and_only_once(
    sending: Service, server: ScriptedServer, spawn: Spawn, step: str, state: str
) -> None:
    server.script[step] = "hang"
    child = spawn(sending)
    assert server.reached.wait(20)
    assert row_of(sending).state == state
    kill(child)
    server.script.clear()
    another_worker_takes_over(sending)
    row = row_of(sending)
    assert (row.state, row.attempts, row.ambiguous_at) == ("sent", 1, None)
    assert len(server.mails) == 1


@pytest.mark.parametrize(
    ("step", "delivered"),
    [
        pytest.param("body", 0, id="inside the body"),
        pytest.param("dot", 1, id="between the dot and its answer"),
    ],
)
def test_killed_after_the_body_began_it_is_in_doubt_and_sent_once_more(
    sending: Service,
    server: ScriptedServer,
    spawn: Spawn,
    clock: FileClock,
    step: str,
    delivered: int,
) -> None:
    server.script[step] = "hang"
    child = spawn(sending)
    assert server.reached.wait(20)
    assert row_of(sending).state == "data_started"
    kill(child)
    server.script.clear()
    another_worker_takes_over(sending)
    assert (row_of(sending).state, len(server.mails)) == ("ambiguous", delivered)
    clock.advance(minutes=10)
    another_worker_takes_over(sending)
    row = row_of(sending)
    assert row.state == "sent"
    assert row.ambiguous_at is not None
    assert len(server.mails) == delivered + 1
    assert len(set(server.mails)) == 1


def test_killed_between_the_answer_and_its_record_the_copy_is_identical(
    sending: Service, server: ScriptedServer, spawn: Spawn, clock: FileClock
) -> None:
    """The row is locked while the server accepts, so that "sent" cannot be written any more."""
    accepted = threading.Event()
    with sending.database.engine.execution_options(writes=True).connect() as rival:

        def on_dot() -> None:
            rival.begin()
            rival.execute(text("UPDATE messages SET attempts = attempts"))
            accepted.set()

        server.on_dot = on_dot
        child = spawn(sending)
        assert accepted.wait(20)
        until(lambda: bool(server.mails))
        time.sleep(0.3)  # the answer arrives; the record waits for the lock
        kill(child)
        rival.rollback()
    server.on_dot = lambda: None
    assert row_of(sending).state == "data_started"
    another_worker_takes_over(sending)
    clock.advance(minutes=10)
    another_worker_takes_over(sending)
    row = row_of(sending)
    assert (row.state, row.attempts) == ("sent", 2)
    assert row.ambiguous_at is not None
    assert len(server.mails) == 2
    assert len(set(server.mails)) == 1


def test_killed_again_and_again_it_is_never_sent_a_third_time(
    sending: Service, server: ScriptedServer, spawn: Spawn, clock: FileClock
) -> None:
    server.script["dot"] = "hang"
    for _ in range(2):
        server.reached.clear()
        child = spawn(sending)
        assert server.reached.wait(20)
        kill(child)
        with sending.database.write() as session:
            later = real_now() + LEASE + timedelta(seconds=1)
            take_back_abandoned(session, now=clock.now(), real_now=later, is_repeatable=False)
        clock.advance(minutes=10)
    another_worker_takes_over(sending)
    assert row_of(sending).state == "failed"
    assert len(server.mails) == 2
