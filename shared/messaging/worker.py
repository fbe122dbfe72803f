"""The background half of a service: relay, consumer and jobs, one thread each.

Retries and limits live here and in the inbox, never in an adapter.
"""

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, repeat
from typing import Any

import psycopg
from sqlalchemy import delete
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session

from shared import idempotency, limits
from shared.clock import real_now
from shared.events import codec
from shared.messaging import inbox, outbox, wakeup
from shared.messaging.relay import publish_waiting
from shared.messaging.topology import dead_letters
from shared.messaging.transport import Delivery, Transport, TransportDown, connect
from shared.service import Service
from shared.tables import revoked_sessions

logger = logging.getLogger(__name__)

Handler = Callable[[Session, Any, datetime], None]
LOOK = 1.0  # seconds between looks at an outbox that nobody rang for
DEAD = "Handling it ended the worker, several times."
LISTEN = 1.0  # seconds a consumer listens before it looks whether it is to stop
PAUSES = (0.5, 1, 2, 5, 5)  # seconds to wait while the transport or the database is away


@dataclass(frozen=True, slots=True)
class Job:
    """Timed work: `run(service)` is called again `every` seconds after it returned, or as soon as
    the bell `wakes` is rung."""

    name: str
    every: float
    run: Callable[[Service], None]
    wakes: str = ""


class Worker:
    """Start once per process; `stop` lets the work in hand finish."""

    def __init__(self, service: Service, handlers: Mapping[str, Handler], jobs: Sequence[Job]):
        self._service = service
        self._handlers = handlers
        self._keyring = service.secrets.keyring("events")
        self._stop = threading.Event()
        self._url = service.database.url
        loops = [("relay", self._relay), ("consumer", self._consume)]
        if not service.database.is_sqlite:
            loops.append(("listener", self._listen))
        every_service = (
            Job("replay", 1, self._replay),
            Job("dead-letters", 60, park_dead_letters),
            Job("forget", 3600, _forget_old),
        )
        loops += [(job.name, self._repeat(job)) for job in (*jobs, *every_service)]
        self._threads = [
            threading.Thread(target=loop, name=f"{service.name}-{name}", daemon=True)
            for name, loop in loops
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def is_alive(self) -> bool:
        return all(thread.is_alive() for thread in self._threads)

    def stop(self, timeout: float = 15) -> None:
        self._stop.set()
        end = time.monotonic() + timeout
        for thread in self._threads:
            thread.join(max(0.1, end - time.monotonic()))

    def _relay(self) -> None:
        rung = wakeup.bell(self._url, wakeup.OUTBOX)

        def work(transport: Transport) -> None:
            if not publish_waiting(self._service.database, transport):
                rung.wait(LOOK)
                transport.rest(0)  # keeps the connection alive

        self._with_transport(work)

    def _listen(self) -> None:
        while not self._stop.is_set():
            try:
                wakeup.listen(self._service.database, self._stop.is_set)
            except psycopg.Error as error:
                self._log_pause(error)
                self._stop.wait(PAUSES[-1])

    def _consume(self) -> None:
        def work(transport: Transport) -> None:
            delivery = transport.receive(self._service.name, timeout=LISTEN)
            if delivery:
                self._handle(delivery, transport)

        self._with_transport(work)

    def _with_transport(self, work: Callable[[Transport], None]) -> None:
        """Keep a connection and work on it; when it breaks, pause and make a new one."""
        failures = 0
        while not self._stop.is_set():
            transport: Transport | None = None
            try:
                transport = connect(self._service.settings.events_url)
                while not self._stop.is_set():
                    work(transport)
                    failures = 0
            except (TransportDown, DBAPIError, PoolTimeout) as error:
                self._log_pause(error)
                self._stop.wait(PAUSES[min(failures, len(PAUSES) - 1)])
                failures += 1
            except Exception:
                logger.exception("worker loop failed", extra={"service": self._service.name})
                self._stop.wait(PAUSES[-1])
            finally:
                if transport is not None:
                    transport.close()

    def _handle(self, delivery: Delivery, transport: Transport) -> None:
        """Handle or park, then acknowledge.

        While the database is away the message stays in hand: giving it back again and again would
        count as crashes and end in the dead letters.
        """
        for pause in chain(PAUSES, repeat(PAUSES[-1])):
            try:
                self._apply(delivery.body)
                break
            except (DBAPIError, PoolTimeout) as error:
                self._log_pause(error)
            if self._stop.is_set():
                delivery.release()
                return
            transport.rest(pause)
        delivery.ack()

    def _apply(self, body: bytes) -> None:
        """Handle one message once, or park it; raises only when it could not even be parked."""
        event_id, type_ = "", ""
        try:
            envelope = self._decode(body)
            event_id, type_ = envelope.id, envelope.type
            reason = self._try(envelope)
        except codec.EventError as error:
            reason = str(error)
        if reason is None:
            return
        with self._service.database.write() as session:
            inbox.park(session, type_=type_, body=body, reason=reason, retry=bool(type_))
        logger.error("message parked", extra={"event_id": event_id, "reason": reason})

    def _decode(self, body: bytes) -> codec.Envelope:
        return codec.decode(body, keyring=self._keyring)

    def _try(self, envelope: codec.Envelope) -> str | None:
        """Run the handler in one transaction with the inbox row; the reason when it failed."""
        handler = self._handlers.get(envelope.type)
        if handler is None:
            return f"{self._service.name} does not handle {envelope.type}"
        try:
            with self._service.database.write() as session:
                if inbox.first_time(session, envelope.id):
                    handler(session, envelope.event, self._service.clock.now())
        except Exception as error:
            return _reason(error)
        return None

    def _replay(self, service: Service) -> None:
        with service.database.read() as session:
            rows = inbox.due(session, real_now())
        for row in rows:
            try:
                reason = self._try(self._decode(row.body))
            except codec.EventError as error:
                reason = str(error)
            with service.database.write() as session:
                if reason:
                    inbox.failed_again(session, row, reason)
                else:
                    inbox.drop(session, row.id)

    def _repeat(self, job: Job) -> Callable[[], None]:
        def loop() -> None:
            while not self._stop.is_set():
                try:
                    job.run(self._service)
                except (DBAPIError, PoolTimeout) as error:
                    self._log_pause(error)
                    self._stop.wait(PAUSES[1])
                except Exception:
                    logger.exception("job failed", extra={"job": job.name})
                    self._stop.wait(PAUSES[-1])
                rest = wakeup.bell(self._url, job.wakes).wait if job.wakes else self._stop.wait
                rest(job.every)

        return loop

    def _log_pause(self, error: Exception) -> None:
        fields = {"service": self._service.name, "error": type(error).__name__}
        if isinstance(error, TransportDown):  # a database error's text holds values
            fields["reason"] = str(error)
        logger.warning("worker waits", extra=fields)


def park_dead_letters(service: Service) -> None:
    """What the transport gave up on, because it killed its worker again and again, waits for a
    person where everything else does."""
    try:
        with closing(connect(service.settings.events_url)) as transport:
            while delivery := transport.receive(dead_letters(service.name), timeout=0.1):
                with service.database.write() as session:
                    inbox.park(session, type_="", body=delivery.body, reason=DEAD, retry=False)
                delivery.ack()
    except TransportDown:
        return  # the consumer says so already


def _reason(error: Exception) -> str:
    """Type and the handler's line: an exception's text may repeat what a patient typed."""
    trace = error.__traceback__
    where = trace.tb_next if trace else None
    place = f"{where.tb_frame.f_code.co_name}:{where.tb_lineno}" if where else "?"
    return f"{type(error).__name__} in {place}"


def _forget_old(service: Service) -> None:
    now = service.clock.now()
    with service.database.write() as session:
        outbox.forget_old(session)
        inbox.forget_old(session)
        idempotency.forget_old(session, now=now)
        limits.forget_old(session, now=now)
        session.execute(delete(revoked_sessions).where(revoked_sessions.c.until < now))
