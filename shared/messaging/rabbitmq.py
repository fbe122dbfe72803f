"""RabbitMQ through pika: one connection per thread, confirms, `mandatory`, quorum queues.

The only module that knows pika (its BlockingConnection goes away in 2.0).
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pika
from pika.adapters.utils.connection_workflow import AMQPConnectorException
from pika.exceptions import AMQPError

from shared.messaging.outbox import Waiting
from shared.messaging.topology import DELIVERY_LIMIT, EXCHANGE, LISTENERS, QUEUES, dead_letters
from shared.messaging.transport import Delivery, TransportDown

# One message in hand: a crash counts against it alone. With more, the messages waiting behind a
# poisonous one reach the delivery limit together with it.
PREFETCH = 1
_LIMITS = {  # seconds; the URL may say otherwise (?heartbeat=5)
    "heartbeat": 15,
    "blocked_connection_timeout": 30,
    "socket_timeout": 10,
    "stack_timeout": 15,
}
_BROKEN = (AMQPError, AMQPConnectorException, OSError, IndexError, AssertionError)


@contextmanager
def _as_transport_down() -> Iterator[None]:
    """pika reports a lost connection in many ways; all of them mean: make a new one."""
    try:
        yield
    except _BROKEN as error:
        raise TransportDown(f"RabbitMQ: {type(error).__name__} {error}".strip()) from error


@dataclass(slots=True)
class _Delivery:
    body: bytes
    _ack: Callable[[], None]
    _release: Callable[[], None]

    def ack(self) -> None:
        with _as_transport_down():
            self._ack()

    def release(self) -> None:
        with _as_transport_down():
            self._release()


class RabbitTransport:
    """Declares the topology on connect; a broken one is thrown away and made anew."""

    def __init__(self, url: str) -> None:
        with _as_transport_down():
            self._connection = pika.BlockingConnection(_parameters(url))
            try:
                self._channel = self._connection.channel()
                declare(self._channel)
                self._channel.confirm_delivery()
                self._channel.basic_qos(prefetch_count=PREFETCH)
            except BaseException:
                self.close()
                raise

    def publish(self, event: Waiting) -> None:
        properties = pika.BasicProperties(
            content_type="application/cloudevents+json",
            delivery_mode=pika.DeliveryMode.Persistent,
            message_id=event.event_id,
            type=event.type,
        )
        with _as_transport_down():
            self._channel.basic_publish(
                EXCHANGE,
                event.type,
                event.body,
                properties=properties,
                # Unroutable is an error, but for types that nobody listens to yet.
                mandatory=bool(LISTENERS.get(event.type)),
            )

    def receive(self, queue: str, *, timeout: float) -> Delivery | None:
        with _as_transport_down():
            method, _properties, body = next(
                self._channel.consume(queue, inactivity_timeout=timeout), (None, None, None)
            )
        if method is None:
            if not self._channel.is_open:
                raise TransportDown("RabbitMQ: the channel was closed.")
            return None
        return self._delivery(method, body or b"")

    def rest(self, seconds: float) -> None:
        with _as_transport_down():
            self._connection.sleep(seconds)

    def close(self) -> None:
        try:
            self._connection.close()
        except _BROKEN:
            return  # it was broken already; the broker takes back what was not acknowledged

    def _delivery(self, method: Any, body: bytes) -> Delivery:
        tag = method.delivery_tag
        return _Delivery(
            body,
            lambda: self._channel.basic_ack(tag),
            lambda: self._channel.basic_nack(tag, requeue=True),
        )


def _parameters(url: str) -> pika.URLParameters:
    parameters = pika.URLParameters(url)
    given = parse_qs(urlsplit(url).query)
    for name, seconds in _LIMITS.items():
        if name not in given:
            setattr(parameters, name, seconds)
    return parameters


def declare(channel: Any) -> None:
    """Exchange, one quorum queue per service with its dead letters, and the bindings."""
    channel.exchange_declare(EXCHANGE, exchange_type="topic", durable=True)
    for queue in QUEUES:
        dead = dead_letters(queue)
        channel.queue_declare(dead, durable=True, arguments={"x-queue-type": "quorum"})
        arguments = {
            "x-queue-type": "quorum",
            "x-delivery-limit": DELIVERY_LIMIT,
            "x-dead-letter-exchange": "",
            "x-dead-letter-routing-key": dead,
        }
        channel.queue_declare(queue, durable=True, arguments=arguments)
    for event_type, queues in LISTENERS.items():
        for queue in queues:
            channel.queue_bind(queue, EXCHANGE, event_type)
