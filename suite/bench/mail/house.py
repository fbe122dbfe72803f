"""A house to measure in: databases, queues and a mail server of its own, and its workers.

`python -m suite.bench.mail.house RATE COUNT` is the embedded mode's one process: it books and
sends, for there a commit wakes only who lives in the same process.
"""

import json
import os
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from psycopg import sql
from sqlalchemy.engine import make_url

from shared import migrations
from shared.service import Service
from shared.settings import ROOT
from suite.bench.mail.visits import book_at_rate
from suite.services import start_all, workers

POSTGRES = os.environ.get("TEST_POSTGRES_URL", "postgresql://postgres@127.0.0.1:5432/postgres")
RABBITMQ = os.environ.get("TEST_RABBITMQ_URL", "amqp://guest:guest@127.0.0.1:5672/%2F")
STORED = ("scheduling", "notifications")


@dataclass
class House:
    """`environ` is that of every process in it."""

    kind: str
    environ: dict[str, str]
    log: Path
    services: dict[str, Service]
    _running: list["subprocess.Popen[str]"] = field(default_factory=list)

    def book(self, *, rate: float, count: int) -> dict[str, float]:
        """When each visit, by its patient's address, was committed."""
        if self.kind == "full":
            return book_at_rate(self.services["scheduling"], rate=rate, count=count)
        child = self._spawn("-m", "suite.bench.mail.house", str(rate), str(count))
        committed: dict[str, float] = json.loads(child.stdout.readline())  # type: ignore[union-attr]
        return committed

    def start_worker(self, name: str) -> int:
        """The process id of one service's worker, at work."""
        child = self._spawn("-m", "suite", "worker", name)
        child.stdout.readline()  # type: ignore[union-attr]
        return child.pid

    def accepted(self) -> list[tuple[float, str]]:
        """When the mail server accepted a mail, and for whom."""
        lines = self.log.read_text().splitlines()
        return [(float(when), who) for when, _, who in (line.partition(" ") for line in lines)]

    def wait_for(self, count: int, *, within: float) -> list[tuple[float, str]]:
        end = time.monotonic() + within
        while len(found := self.accepted()) < count:
            if time.monotonic() > end:
                raise TimeoutError(f"{len(found)} of {count} mails within {within:.0f} s")
            time.sleep(0.1)
        return found

    def stop(self) -> None:
        for child in self._running:
            child.terminate()
        for child in self._running:
            child.wait(30)
        self._running.clear()

    def _spawn(self, *arguments: str) -> "subprocess.Popen[str]":
        child = subprocess.Popen(
            [sys.executable, *arguments],
            cwd=ROOT,
            env=self.environ,
            stdout=subprocess.PIPE,
            stderr=(self.log.parent / "errors").open("a"),
            text=True,
        )
        self._running.append(child)
        return child


@contextmanager
def embedded(folder: Path) -> Iterator[House]:
    with _house("embedded", folder, {}) as house:
        yield house


@contextmanager
def full(folder: Path) -> Iterator[House]:
    with ExitStack() as stack:
        environ = {
            f"{name.upper()}_DATABASE_URL": stack.enter_context(_database()) for name in STORED
        }
        environ["EVENTS_URL"] = stack.enter_context(_virtual_host())
        yield stack.enter_context(_house("full", folder, environ))


@contextmanager
def _house(kind: str, folder: Path, more: dict[str, str]) -> Iterator[House]:
    log = folder / "accepted"
    sink = subprocess.Popen(
        [sys.executable, "-m", "suite.bench.mail.sink", str(log)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    port = int(sink.stdout.readline())  # type: ignore[union-attr]
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    environ = kept | {
        "CLINIC_DATA": str(folder / "var"),
        "MAIL_URL": f"smtp://127.0.0.1:{port}",
        "PUBLIC_URL": "http://127.0.0.1:8000",
    }
    services = {name: Service.start(name, environ | more) for name in (*STORED, "intake")}
    for name, service in services.items():
        migrations.upgrade(name, service.database)
    house = House(kind, environ | more, log, services)
    try:
        yield house
    finally:
        house.stop()
        for service in services.values():
            service.close()
        sink.terminate()
        sink.wait(10)


@contextmanager
def _database() -> Iterator[str]:
    name = f"clinic_bench_{uuid.uuid4().hex[:12]}"
    server = POSTGRES.replace("postgresql+psycopg:", "postgresql:")
    with psycopg.connect(server, autocommit=True, connect_timeout=5) as admin:
        admin.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        url = make_url(server).set(drivername="postgresql+psycopg", database=name)
        try:
            yield url.render_as_string(hide_password=False)
        finally:
            drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")
            admin.execute(drop.format(sql.Identifier(name)))


@contextmanager
def _virtual_host() -> Iterator[str]:
    name, url = f"clinic-bench-{uuid.uuid4().hex[:12]}", make_url(RABBITMQ)
    _rabbitmqctl("add_vhost", name)
    try:
        _rabbitmqctl("set_permissions", "-p", name, url.username or "guest", ".*", ".*", ".*")
        yield url.set(database=name).render_as_string(hide_password=False)
    finally:
        _rabbitmqctl("delete_vhost", name)


def _rabbitmqctl(*arguments: str) -> None:
    subprocess.run(["rabbitmqctl", "-q", *arguments], check=True, capture_output=True, timeout=60)


def main(rate: float, count: int) -> None:
    services = start_all()
    running = workers(services)
    for worker in running:
        worker.start()
    time.sleep(1)
    [scheduling] = [one for one in services if one.name == "scheduling"]
    print(json.dumps(book_at_rate(scheduling, rate=rate, count=count)), flush=True)
    time.sleep(3600)  # until the bench has seen enough


if __name__ == "__main__":
    main(float(sys.argv[1]), int(sys.argv[2]))
