"""Bells: a commit wakes who waits for it, in this process and, on PostgreSQL, in others.

A missed ring costs a second: everybody who waits looks again by himself.
"""

import threading
from collections.abc import Callable
from typing import Any

import psycopg
from sqlalchemy import event, text
from sqlalchemy.engine import URL
from sqlalchemy.orm import Session

from shared.database import Database

OUTBOX = "outbox"


class Bell:
    """Each ring wakes one waiter; a ring while nobody waits is kept for the next who comes."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._is_rung = False

    def ring(self) -> None:
        with self._changed:
            self._is_rung = True
            self._changed.notify()

    def wait(self, seconds: float) -> bool:
        with self._changed:
            was_rung = self._changed.wait_for(lambda: self._is_rung, seconds)
            self._is_rung = False
            return was_rung


_bells: dict[tuple[URL, str], Bell] = {}


def bell(database: URL, name: str) -> Bell:
    """One per process, database and purpose."""
    return _bells.setdefault((database, name), Bell())


def ring_after_commit(session: Session, name: str, *, everywhere: bool = False) -> None:
    """Once per transaction; `everywhere` reaches the worker of a web process too."""
    rings = session.info.setdefault("rings", set())
    if name in rings:
        return
    rings.add(name)
    engine: Any = session.get_bind().engine
    if everywhere and engine.dialect.name == "postgresql":
        session.execute(text("SELECT pg_notify(:name, '')"), {"name": name})
    event.listen(session, "after_commit", lambda _: bell(engine.url, name).ring(), once=True)


def listen(database: Database, is_over: Callable[[], bool]) -> None:
    """Rings here what another process committed."""
    url = database.url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(url, autocommit=True, connect_timeout=3) as connection:
        connection.execute(f'LISTEN "{OUTBOX}"')
        while not is_over():
            for notice in connection.notifies(timeout=1.0, stop_after=1):
                bell(database.url, notice.channel).ring()
