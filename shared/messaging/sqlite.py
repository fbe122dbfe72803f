"""The embedded transport: queues in one SQLite file, with leases instead of connections."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Column, delete, select, update
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from shared.clock import real_now
from shared.database import Database, UTCDateTime, new_metadata
from shared.messaging.outbox import Waiting
from shared.messaging.topology import DELIVERY_LIMIT, LISTENERS, dead_letters
from shared.messaging.transport import Delivery, TransportDown
from shared.messaging.wakeup import bell

LEASE = timedelta(seconds=10)  # handling takes milliseconds; a copy too many does no harm
LOOK = 0.5  # seconds between looks at a queue for which nobody of this process rang

metadata = new_metadata()
queued = sa.Table(
    "queued",
    metadata,
    Column("id", sa.Integer, primary_key=True, autoincrement=True),
    Column("queue", sa.String(40), nullable=False),
    Column("event_id", sa.String(36), nullable=False),
    Column("body", sa.LargeBinary, nullable=False),
    Column("deliveries", sa.Integer, nullable=False, default=0),
    Column("lease_until", UTCDateTime),
    sa.UniqueConstraint("queue", "event_id"),
)
sa.Index("ix_queued_next", queued.c.queue, queued.c.id)


@cache
def _open(url: str) -> Database:
    """One per process and file, so that its writers wait in one line."""
    database = Database(url)
    with database.write() as session:
        metadata.create_all(session.connection())
    return database


@contextmanager
def _as_transport_down() -> Iterator[None]:
    try:
        yield
    except (DBAPIError, PoolTimeout) as error:
        reason = getattr(error, "orig", error)  # without the statement and its values
        raise TransportDown(f"The events file cannot be used: {reason}") from error


@dataclass(slots=True)
class _Delivery:
    body: bytes
    _database: Database
    _id: int

    def ack(self) -> None:
        with _as_transport_down(), self._database.write() as session:
            session.execute(delete(queued).where(queued.c.id == self._id))

    def release(self) -> None:
        free = update(queued).where(queued.c.id == self._id).values(lease_until=None)
        with _as_transport_down(), self._database.write() as session:
            session.execute(free)


class SqliteTransport:
    """At-least-once: an unacknowledged message comes back when its lease ends."""

    def __init__(self, url: str) -> None:
        with _as_transport_down():
            self._database = _open(url)

    def publish(self, event: Waiting) -> None:
        rows = [
            {"queue": queue, "event_id": event.event_id, "body": event.body, "deliveries": 0}
            for queue in LISTENERS.get(event.type, ())
        ]
        if not rows:
            return
        with _as_transport_down(), self._database.write() as session:
            session.execute(insert(queued).values(rows).on_conflict_do_nothing())
        for row in rows:
            bell(self._database.url, str(row["queue"])).ring()

    def receive(self, queue: str, *, timeout: float) -> Delivery | None:
        end = time.monotonic() + timeout
        while True:
            with _as_transport_down():
                delivery = self._take(queue) if self._has_free(queue) else None
            if delivery or time.monotonic() >= end:
                return delivery
            bell(self._database.url, queue).wait(min(LOOK, end - time.monotonic()))

    def rest(self, seconds: float) -> None:
        time.sleep(seconds)

    def close(self) -> None:
        """The file stays open for the other threads of this process."""

    def _has_free(self, queue: str) -> bool:
        with self._database.read() as session:
            return session.execute(self._next(queue)).first() is not None

    def _take(self, queue: str) -> Delivery | None:
        now = real_now()
        with self._database.write() as session:
            row: Any = session.execute(
                update(queued)
                .where(queued.c.id == self._next(queue).scalar_subquery())
                .values(lease_until=now + LEASE, deliveries=queued.c.deliveries + 1)
                .returning(queued.c.id, queued.c.body, queued.c.deliveries)
            ).one_or_none()
            if row is not None and row.deliveries > DELIVERY_LIMIT:
                bury = {"queue": dead_letters(queue), "lease_until": None, "deliveries": 0}
                # "or replace": an earlier copy of the same event may be buried already.
                change = update(queued).prefix_with("OR REPLACE").values(bury)
                session.execute(change.where(queued.c.id == row.id))
                return None
        return _Delivery(row.body, self._database, row.id) if row else None

    def _next(self, queue: str) -> Any:
        free = queued.c.lease_until.is_(None) | (queued.c.lease_until < real_now())
        chosen = select(queued.c.id).where(queued.c.queue == queue, free)
        return chosen.order_by(queued.c.id).limit(1)
