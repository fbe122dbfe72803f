"""RabbitMQ alone: what is declared there, and what its client says when the network dies."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pika
import pytest
from pika.exceptions import ChannelClosedByBroker

from shared.messaging.topology import DELIVERY_LIMIT, EXCHANGE, LISTENERS, QUEUES, dead_letters
from shared.messaging.transport import Transport, TransportDown, connect
from tests.servers import empty_rabbit
from tests.shared.builders import LISTENED, make_waiting
from tests.shared.proxy import Proxy, proxy_to
from tests.shared.test_transport import drain, in_threads

QUEUE = "notifications"
LIVE = {
    "x-queue-type": "quorum",
    "x-delivery-limit": DELIVERY_LIMIT,
    "x-dead-letter-exchange": "",
}


@pytest.fixture
def url(rabbitmq: str) -> str:
    empty_rabbit(rabbitmq)
    return rabbitmq


@pytest.fixture
def proxy(url: str) -> Iterator[Proxy]:
    with proxy_to(url) as proxy:
        yield proxy


@contextmanager
def connected(url: str) -> Iterator[Transport]:
    transport = connect(url)
    try:
        yield transport
    finally:
        transport.close()


@contextmanager
def channel(url: str) -> Iterator[Any]:
    """A channel of our own, to look behind the transport's back."""
    with pika.BlockingConnection(pika.URLParameters(url)) as connection:
        yield connection.channel()


def is_refused(url: str, declare: Callable[[Any], Any]) -> bool:
    """A second declaration that differs in anything is refused with 406; an equal one is not."""
    with channel(url) as one:
        try:
            declare(one)
        except ChannelClosedByBroker as error:
            assert error.reply_code == 406
            return True
    return False


# -- topology ----------------------------------------------------------------------------------


@pytest.mark.parametrize("queue", QUEUES)
def test_a_service_has_a_durable_quorum_queue_with_limit_and_dead_letters(url: str, queue: str):
    connect(url).close()
    exact = LIVE | {"x-dead-letter-routing-key": dead_letters(queue)}

    def again(**changes: Any) -> Callable[[Any], Any]:
        arguments = {name: value for name, value in (exact | changes).items() if value is not None}
        return lambda one: one.queue_declare(queue, durable=True, arguments=arguments)

    assert not is_refused(url, again())
    for name in exact:
        if name != "x-queue-type":  # RabbitMQ counts a missing type as the same
            assert is_refused(url, again(**{name: None})), name
    assert is_refused(url, again(**{"x-queue-type": "classic"}))
    assert is_refused(url, again(**{"x-delivery-limit": DELIVERY_LIMIT + 1}))
    assert is_refused(url, again(**{"x-dead-letter-routing-key": "elsewhere"}))


@pytest.mark.parametrize("queue", [dead_letters(queue) for queue in QUEUES])
def test_dead_letters_wait_in_a_durable_quorum_queue_too(url: str, queue: str):
    connect(url).close()

    def again(kind: str) -> Callable[[Any], Any]:
        arguments = {"x-queue-type": kind}
        return lambda one: one.queue_declare(queue, durable=True, arguments=arguments)

    assert not is_refused(url, again("quorum"))
    assert is_refused(url, again("classic"))


def test_the_exchange_is_durable_and_routes_by_topic(url: str):
    connect(url).close()
    assert not is_refused(url, lambda one: one.exchange_declare(EXCHANGE, "topic", durable=True))
    assert is_refused(url, lambda one: one.exchange_declare(EXCHANGE, "topic", durable=False))
    assert is_refused(url, lambda one: one.exchange_declare(EXCHANGE, "direct", durable=True))


def test_a_message_is_persistent_and_says_what_it_is(url: str):
    event = make_waiting(body=b"{}")
    with connected(url) as transport:
        transport.publish(event)
    with channel(url) as one:
        _method, properties, _body = one.basic_get(QUEUE, auto_ack=True)
    assert properties.delivery_mode == pika.DeliveryMode.Persistent.value
    assert properties.content_type == "application/cloudevents+json"
    assert (properties.message_id, properties.type) == (event.event_id, event.type)


def test_an_event_published_twice_arrives_twice_and_the_inbox_decides(url: str):
    event = make_waiting()
    with connected(url) as transport:
        transport.publish(event)
        transport.publish(event)
        assert len(drain(transport, expected=2)) == 2


def test_an_event_that_reaches_no_listener_is_an_error_until_the_next_connection(url: str):
    with connected(url) as transport:
        with channel(url) as one:
            for queue in LISTENERS[LISTENED]:
                one.queue_unbind(queue, EXCHANGE, LISTENED)
        with pytest.raises(TransportDown, match="Unroutable"):
            transport.publish(make_waiting())
    with connected(url) as transport:
        transport.publish(make_waiting(body=b"bound again"))
        delivery = transport.receive(QUEUE, timeout=2)
        assert delivery is not None
        assert delivery.body == b"bound again"


def test_a_refused_message_is_an_error(url: str):
    """What a full queue or a broker in trouble answers: a negative confirm."""
    full = {"x-queue-type": "quorum", "x-max-length": 1, "x-overflow": "reject-publish"}
    with connected(url) as transport:
        with channel(url) as one:
            one.queue_declare("full", durable=True, arguments=full)
            one.queue_bind("full", EXCHANGE, LISTENED)
        try:
            with pytest.raises(TransportDown, match="Nack"):
                for _ in range(20):
                    transport.publish(make_waiting())
        finally:
            with channel(url) as one:
                one.queue_delete("full")


def test_a_receiver_notices_that_its_queue_was_deleted(url: str):
    with connected(url) as receiver:
        assert receiver.receive(QUEUE, timeout=0.1) is None
        with channel(url) as one:
            one.queue_delete(QUEUE)
        with pytest.raises(TransportDown):
            for _ in range(5):
                receiver.receive(QUEUE, timeout=0.5)
    with connected(url) as transport:
        transport.publish(make_waiting())
        assert transport.receive(QUEUE, timeout=2)


# -- the network -------------------------------------------------------------------------------


def seconds_until_down(work: Callable[[], Any]) -> float:
    begun = time.monotonic()
    with pytest.raises(TransportDown):
        work()
    return time.monotonic() - begun


def test_nobody_listening_is_said_at_once(unused_port: int):
    assert seconds_until_down(lambda: connect(f"amqp://127.0.0.1:{unused_port}/")) < 3


def test_a_wrong_password_is_said_without_repeating_it(url: str):
    wrong = url.replace("guest:guest", "guest:s3cret-quetzal")
    with pytest.raises(TransportDown) as refused:
        connect(wrong)
    assert "quetzal" not in str(refused.value)


def test_a_topology_that_cannot_be_declared_leaves_no_connection_behind(url: str, proxy: Proxy):
    with channel(url) as one:
        one.queue_declare(QUEUE, durable=True, arguments={"x-queue-type": "quorum"})
    with pytest.raises(TransportDown, match="406"):
        connect(proxy.in_front_of(url))
    end = time.monotonic() + 3
    while proxy.open_connections and time.monotonic() < end:
        time.sleep(0.02)
    assert proxy.open_connections == 0


@pytest.mark.parametrize("use", ["publish", "receive", "ack", "release", "rest"])
def test_a_cut_connection_is_said_at_once_and_a_new_one_works(url: str, proxy: Proxy, use: str):
    transport = connect(proxy.in_front_of(url))
    transport.publish(make_waiting(body=b"first"))
    delivery = transport.receive(QUEUE, timeout=2)
    assert delivery is not None
    proxy.cut()
    uses: dict[str, Callable[[], Any]] = {
        "publish": lambda: transport.publish(make_waiting()),
        "receive": lambda: transport.receive(QUEUE, timeout=5),
        "ack": lambda: (delivery.ack(), transport.rest(0.5)),
        "release": lambda: (delivery.release(), transport.rest(0.5)),
        "rest": lambda: transport.rest(2),
    }
    assert seconds_until_down(uses[use]) < 3
    transport.close()
    with connected(proxy.in_front_of(url)) as transport:
        delivery = transport.receive(QUEUE, timeout=2)
        assert delivery is not None
        assert delivery.body == b"first"


def test_a_receiver_that_waits_is_told_of_a_cut(url: str, proxy: Proxy):
    transport = connect(proxy.in_front_of(url))
    threading.Timer(0.3, proxy.cut).start()
    assert seconds_until_down(lambda: transport.receive(QUEUE, timeout=10)) < 3
    transport.close()


def test_a_lost_confirm_is_an_error_and_the_second_try_a_second_copy(url: str, proxy: Proxy):
    event = make_waiting()
    transport = connect(proxy.in_front_of(url))
    proxy.answers_are_lost = True
    threading.Timer(0.3, proxy.cut).start()
    assert seconds_until_down(lambda: transport.publish(event)) < 3
    transport.close()
    proxy.answers_are_lost = False
    with connected(proxy.in_front_of(url)) as transport:
        transport.publish(event)
        assert len(drain(transport, expected=2)) == 2


def test_a_silent_network_is_noticed_within_bounds(url: str, proxy: Proxy):
    """Half-open: nothing is refused, nothing answers. Heartbeats notice it."""
    address = f"{proxy.in_front_of(url)}?heartbeat=1&stack_timeout=2"
    publisher, receiver, sleeper = (connect(address) for _ in range(3))
    proxy.is_silent = True
    took: dict[str, float] = {}

    def receive() -> None:
        while True:
            receiver.receive(QUEUE, timeout=1)

    def rest() -> None:
        while True:
            sleeper.rest(0.05)

    waits: dict[str, Callable[[], Any]] = {
        "publish": lambda: publisher.publish(make_waiting()),
        "receive": receive,
        "rest": rest,
        "connect": lambda: connect(address),
    }
    threads = [
        threading.Thread(target=lambda n=name, w=wait: took.update({n: seconds_until_down(w)}))
        for name, wait in waits.items()
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert set(took) == set(waits), "somebody still waits"
    assert took["connect"] < 5  # the stack's timeout
    assert max(took.values()) < 14  # twice pika's check interval: heartbeat + 5 s
    proxy.is_silent = False
    proxy.cut()
    with connected(address) as transport:
        transport.publish(make_waiting())


def test_a_connection_that_rests_outlives_many_heartbeats(url: str):
    """The broker gives up after two missed ones. A relay rests often, a consumer long."""
    with connected(url) as transport:
        transport.publish(make_waiting())

    def rest_often(transport: Transport) -> None:
        end = time.monotonic() + 3.5
        while time.monotonic() < end:
            transport.rest(0.05)
        transport.publish(make_waiting())

    def rest_long(transport: Transport) -> None:
        delivery = transport.receive(QUEUE, timeout=1)
        assert delivery is not None
        transport.rest(3.5)
        delivery.ack()
        assert transport.receive(QUEUE, timeout=1)

    def run(number: int) -> None:
        with connected(f"{url}?heartbeat=1") as transport:
            (rest_often, rest_long)[number](transport)

    in_threads(run, count=2)


@pytest.fixture
def unused_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
