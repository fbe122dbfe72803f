"""The background half of a service: relay, consumer and jobs, one thread each.

Retries and limits live here and in the inbox, never in an adapter.
"""

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session

from shared.clock import real_now
from shared.events import codec
from shared.messaging import inbox, outbox
from shared.messaging.relay import publish_waiting
from shared.messaging.transport import Delivery, Transport, TransportDown, connect
from shared.service import Service

logger = logging.getLogger(__name__)

Handler = Callable[[Session, Any, datetime], None]
IDLE = 0.05  # seconds between looks at an empty outbox
PAUSES = (0.5, 1, 2, 5, 5)  # seconds to wait while the transport or the database is away


@dataclass(frozen=True, slots=True)
class Job:
    """Timed work: `run(service)` is called again `every` seconds after it returned."""

    name: str
    every: float
    run: Callable[[Service], None]


class Worker:
    """Start once per process; `stop` lets the work in hand finish."""

    def __init__(self, service: Service, handlers: Mapping[str, Handler], jobs: Sequence[Job]):
        self._service = service
        self._handlers = handlers
        self._stop = threading.Event()
        loops: list[tuple[str, Callable[[], None]]] = [("relay", self._relay)]
        if handlers:
            loops.append(("consumer", self._consume))
        every_service = (Job("replay", 1, self._replay), Job("forget", 3600, _forget_old))
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
        def work(transport: Transport) -> None:
            if publish_waiting(self._service.database, transport) == 0:
                transport.rest(IDLE)

        self._with_transport(work)

    def _consume(self) -> None:
        def work(transport: Transport) -> None:
            delivery = transport.receive(self._service.name, timeout=1)
            if delivery:
                self._handle(delivery)

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

    def _handle(self, delivery: Delivery) -> None:
        try:
            self._apply(delivery.body)
        except (DBAPIError, PoolTimeout):
            delivery.release()
            raise
        delivery.ack()

    def _apply(self, body: bytes) -> None:
        """Handle one message once, or park it; only a missing database leaves it unhandled."""
        database = self._service.database
        try:
            envelope = codec.decode(body, keyring=self._service.secrets.keyring("events"))
        except codec.EventError as error:
            with database.write() as session:
                inbox.park(session, type_="", body=body, reason=str(error), retry=False)
            logger.error("message parked", extra={"reason": str(error)})
            return
        reason = self._try(envelope)
        if reason:
            with database.write() as session:
                inbox.park(session, type_=envelope.type, body=body, reason=reason, retry=True)

    def _try(self, envelope: codec.Envelope) -> str | None:
        """Run the handler in one transaction with the inbox row; the reason when it failed."""
        handler = self._handlers.get(envelope.type)
        if handler is None:
            return f"{self._service.name} does not handle {envelope.type}"
        try:
            with self._service.database.write() as session:
                if inbox.first_time(session, envelope.id):
                    handler(session, envelope.event, self._service.clock.now())
        except (DBAPIError, PoolTimeout) as error:
            if isinstance(error, PoolTimeout) or error.connection_invalidated or _is_away(error):
                raise
            return _failed(envelope, error)
        except Exception as error:
            return _failed(envelope, error)
        return None

    def _replay(self, service: Service) -> None:
        with service.database.read() as session:
            rows = inbox.due(session, real_now())
        for row in rows:
            try:
                envelope = codec.decode(row.body, keyring=service.secrets.keyring("events"))
                reason = self._try(envelope)
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
                self._stop.wait(job.every)

        return loop

    def _log_pause(self, error: Exception) -> None:
        kind = type(error).__name__
        logger.warning("worker waits", extra={"service": self._service.name, "error": kind})


def _is_away(error: DBAPIError) -> bool:
    """Locks, timeouts and lost connections pass; a broken constraint does not."""
    return type(error).__name__ in {"OperationalError", "InterfaceError"}


def _failed(envelope: codec.Envelope, error: Exception) -> str:
    """A reason without values: an exception's text may repeat what a patient typed."""
    where = error.__traceback__
    while where and where.tb_next:
        where = where.tb_next
    place = f"{where.tb_frame.f_code.co_name}:{where.tb_lineno}" if where else "?"
    reason = f"{type(error).__name__} in {place}"
    logger.error("event failed", extra={"event_id": envelope.id, "reason": reason})
    return reason


def _forget_old(service: Service) -> None:
    with service.database.write() as session:
        outbox.forget_old(session)
        inbox.forget_old(session)
