"""The port that carries events between services, and the one place that picks its adapter."""

from typing import Protocol

from shared.messaging.outbox import Waiting


class TransportDown(Exception):
    """The transport cannot be used now; nothing is lost, try again later."""


class Delivery(Protocol):
    """One message taken from a queue; it comes back unless `ack` was called."""

    body: bytes

    def ack(self) -> None: ...

    def release(self) -> None:
        """Give it back to be delivered again."""


class Transport(Protocol):
    """Used by one thread. Every method may raise TransportDown; then make a new one."""

    def publish(self, event: Waiting) -> None:
        """Returns when the event is durable in every queue that listens to its type."""

    def receive(self, queue: str, *, timeout: float) -> Delivery | None:
        """The next message of a queue, or None after `timeout` seconds without one."""

    def rest(self, seconds: float) -> None:
        """Wait, keeping the connection alive."""

    def close(self) -> None: ...


def connect(url: str) -> Transport:
    """The adapter for EVENTS_URL, with exchange, queues and bindings declared."""
    if url.startswith("sqlite:"):
        from shared.messaging.sqlite import SqliteTransport

        return SqliteTransport(url)
    from shared.messaging.rabbitmq import RabbitTransport

    return RabbitTransport(url)
