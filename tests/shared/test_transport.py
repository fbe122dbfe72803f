"""What every transport promises, asked of both: SQLite file and RabbitMQ.

What only one of them does stands in test_transport_sqlite.py and test_transport_rabbitmq.py.
"""

import sqlite3
import subprocess
import sys
import threading
import time
from collections import Counter
from datetime import UTC, datetime

import pytest

from shared.messaging.topology import DELIVERY_LIMIT, LISTENERS, QUEUES, dead_letters
from shared.messaging.transport import Delivery, Transport, connect
from shared.settings import ROOT
from tests.shared.builders import LISTENED, UNHEARD, make_waiting
from tests.shared.conftest import Connect

QUEUE = "notifications"
SOON = 2  # seconds; an answer that takes longer is no answer


def take(transport: Transport, queue: str = QUEUE) -> Delivery:
    delivery = transport.receive(queue, timeout=SOON)
    assert delivery is not None, f"nothing came out of {queue}"
    return delivery


def is_empty(transport: Transport, queue: str = QUEUE) -> bool:
    return transport.receive(queue, timeout=0.1) is None


def drain(transport: Transport, queue: str = QUEUE, *, expected: int = 0) -> list[bytes]:
    """What waits in a queue: patience for the expected ones, then one short look for more."""
    bodies: list[bytes] = []
    while True:
        patience = SOON if len(bodies) < expected else 0.1
        if (delivery := transport.receive(queue, timeout=patience)) is None:
            return bodies
        delivery.ack()
        bodies.append(delivery.body)


def end_leases(events_url: str) -> None:
    """The embedded transport's lease ends, without the minute's wait."""
    if events_url.startswith("sqlite:"):
        past = datetime(2020, 1, 1, tzinfo=UTC).replace(tzinfo=None).isoformat(" ")
        with sqlite3.connect(events_url.removeprefix("sqlite:///"), timeout=5) as file:
            file.execute("UPDATE queued SET lease_until = ? WHERE lease_until IS NOT NULL", (past,))
        file.close()


def crash(transport: Transport, events_url: str) -> None:
    """A receiver that dies with a message in hand: its connection ends, or its lease does."""
    transport.close()
    end_leases(events_url)


def test_an_event_is_received_as_it_was_published_and_is_gone_after_the_ack(
    open_transport: Connect,
):
    open_transport().publish(make_waiting(body='{"a": "ü"}'.encode()))
    receiver = open_transport()
    delivery = take(receiver)
    assert delivery.body == '{"a": "ü"}'.encode()
    delivery.ack()
    receiver.close()
    assert is_empty(open_transport())


def test_what_was_published_outlives_its_publisher(open_transport: Connect):
    publisher = open_transport()
    publisher.publish(make_waiting(body=b"kept"))
    publisher.close()
    assert take(open_transport()).body == b"kept"


def test_a_released_message_comes_back(open_transport: Connect):
    open_transport().publish(make_waiting(body=b"again"))
    receiver = open_transport()
    take(receiver).release()
    second = take(receiver)
    assert second.body == b"again"
    second.ack()
    assert is_empty(receiver)


def test_a_message_in_hand_is_not_given_to_anyone_else(open_transport: Connect):
    open_transport().publish(make_waiting())
    holder, other = open_transport(), open_transport()
    delivery = take(holder)
    assert is_empty(other)
    delivery.ack()
    assert is_empty(other)


def test_a_message_whose_receiver_ended_comes_back(open_transport: Connect, events_url: str):
    open_transport().publish(make_waiting(body=b"unfinished"))
    receiver = open_transport()
    take(receiver)
    crash(receiver, events_url)
    assert take(open_transport()).body == b"unfinished"


RECEIVE_AND_HANG = """
import sys, time
from shared.messaging.transport import connect
delivery = connect(sys.argv[1]).receive("notifications", timeout=10)
print("holding" if delivery else "nothing", flush=True)
time.sleep(60)
"""


def test_a_message_whose_receiver_was_killed_comes_back(open_transport: Connect, events_url: str):
    open_transport().publish(make_waiting(body=b"orphaned"))
    command = [sys.executable, "-c", RECEIVE_AND_HANG, events_url]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT) as receiver:
        assert receiver.stdout is not None
        assert receiver.stdout.readline() == b"holding\n"
        receiver.kill()
    end_leases(events_url)
    assert take(open_transport()).body == b"orphaned"


def test_every_service_that_listens_gets_its_own_copy(open_transport: Connect):
    listeners = LISTENERS[LISTENED]
    assert len(listeners) > 1
    open_transport().publish(make_waiting(body=b"for both"))
    for queue in QUEUES:
        expected = [b"for both"] if queue in listeners else []
        assert drain(open_transport(), queue, expected=len(expected)) == expected


@pytest.mark.parametrize("type_", [UNHEARD, "scheduling.a_type_of_tomorrow.v1"])
def test_a_type_that_nobody_listens_to_is_accepted_and_goes_nowhere(
    open_transport: Connect, type_: str
):
    open_transport().publish(make_waiting(type_))
    for queue in QUEUES:
        assert is_empty(open_transport(), queue)


def test_an_empty_queue_answers_none_after_the_timeout(open_transport: Connect):
    receiver = open_transport()
    begun = time.monotonic()
    assert receiver.receive(QUEUE, timeout=0.3) is None
    assert 0.25 < time.monotonic() - begun < SOON


def test_a_waiting_receiver_is_woken_by_a_publication(open_transport: Connect):
    receiver, publisher = open_transport(), open_transport()
    late = threading.Timer(0.2, publisher.publish, [make_waiting(body=b"late")])
    late.start()
    assert take(receiver).body == b"late"
    late.join()


def test_messages_of_one_publisher_keep_their_order(open_transport: Connect):
    publisher = open_transport()
    bodies = [b"%d" % number for number in range(60)]
    for body in bodies:
        publisher.publish(make_waiting(body=body))
    assert drain(open_transport(), expected=60) == bodies


def test_a_large_body_passes_whole(open_transport: Connect):
    body = bytes(range(256)) * 800  # 200 kB
    open_transport().publish(make_waiting(body=body))
    assert take(open_transport()).body == body


def test_two_receivers_share_a_queue_without_a_double(open_transport: Connect, events_url: str):
    publisher = open_transport()
    bodies = [b"%d" % number for number in range(80)]
    for body in bodies:
        publisher.publish(make_waiting(body=body))
    found: dict[int, list[bytes]] = {0: [], 1: []}

    def receive(number: int) -> None:
        transport = connect(events_url)
        while sum(map(len, found.values())) < len(bodies):
            found[number] += drain(transport)
        transport.close()

    in_threads(receive, count=2)
    assert Counter(found[0] + found[1]) == Counter(bodies)
    assert found[0] and found[1], "one of them did all the work"


def test_threads_with_a_connection_each_lose_nothing(open_transport: Connect, events_url: str):
    def publish(number: int) -> None:
        transport = connect(events_url)
        for count in range(25):
            transport.publish(make_waiting(body=b"%d-%d" % (number, count)))
        transport.close()

    in_threads(publish, count=4)
    expected = {b"%d-%d" % (number, count) for number in range(4) for count in range(25)}
    bodies = drain(open_transport(), expected=100)
    assert set(bodies) == expected
    assert len(bodies) == len(expected)


def test_a_message_that_kills_its_receivers_ends_in_the_dead_letters(
    open_transport: Connect, events_url: str
):
    publisher = open_transport()
    publisher.publish(make_waiting(body=b"poison"))
    for _ in range(10):
        publisher.publish(make_waiting(body=b"innocent"))
    crashes = 0
    while True:
        receiver = open_transport()
        delivery = take(receiver)
        if delivery.body != b"poison":
            delivery.release()
            break
        crashes += 1
        crash(receiver, events_url)
    assert DELIVERY_LIMIT <= crashes <= DELIVERY_LIMIT + 1
    assert drain(open_transport(), dead_letters(QUEUE), expected=1) == [b"poison"]
    assert drain(receiver, expected=10) == [b"innocent"] * 10


def test_a_closed_connection_may_be_closed_again(open_transport: Connect):
    transport = open_transport()
    transport.close()
    transport.close()


def in_threads(work, *, count: int) -> None:
    """Run `work(0) … work(count - 1)` at once; the first exception is the test's."""
    failures: list[BaseException] = []
    barrier = threading.Barrier(count)

    def run(number: int) -> None:
        try:
            barrier.wait(5)
            work(number)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    if failures:
        raise failures[0]
