"""From the outbox to the transport: everything once, in order, whatever is away."""

import json
import threading
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from shared.clock import real_now
from shared.messaging import outbox
from shared.messaging.outbox import Waiting
from shared.messaging.relay import publish_waiting
from shared.messaging.transport import Transport, TransportDown, connect
from shared.service import Service
from shared.tables import outbox as table
from tests.shared.builders import NOW, make_booked, make_received
from tests.shared.conftest import Connect
from tests.shared.test_transport import drain, in_threads
from tests.shared.test_worker import two_pairs


class Failing:
    """A real connection that breaks before its nth publication."""

    def __init__(self, transport: Transport, *, after: int) -> None:
        self._transport = transport
        self._left = after

    def publish(self, event: Waiting) -> None:
        if self._left == 0:
            raise TransportDown("cut")
        self._left -= 1
        self._transport.publish(event)


def record(service: Service, count: int, first: int = 0) -> None:
    with service.database.write() as session:
        for number in range(first, first + count):
            outbox.record(session, make_booked(appointment=f"a-{number}"), now=NOW)


def arrived(transport: Transport, *, expected: int) -> list[str]:
    bodies = drain(transport, expected=expected)
    return [json.loads(body)["data"]["appointment"] for body in bodies]


def rows(service: Service) -> list[Any]:
    with service.database.read() as session:
        return list(session.execute(select(table).order_by(table.c.sequence)).all())


def names(count: int, first: int = 0) -> list[str]:
    return [f"a-{number}" for number in range(first, first + count)]


def test_waiting_events_go_out_once_and_in_order(plumbed: Service, open_transport: Connect):
    record(plumbed, 30)
    relay = open_transport()
    assert publish_waiting(plumbed.database, relay) == 30
    assert publish_waiting(plumbed.database, relay) == 0
    assert arrived(open_transport(), expected=30) == names(30)
    assert all(row.published_at is not None for row in rows(plumbed))


@two_pairs
def test_an_event_of_a_change_that_was_rolled_back_never_goes_out(
    plumbed: Service, open_transport: Connect
):
    with pytest.raises(RuntimeError), plumbed.database.write() as session:
        outbox.record(session, make_booked(), now=NOW)
        raise RuntimeError("the change failed")
    assert publish_waiting(plumbed.database, open_transport()) == 0
    assert rows(plumbed) == []


@two_pairs
def test_an_event_that_nobody_listens_to_counts_as_published(
    plumbed: Service, open_transport: Connect
):
    with plumbed.database.write() as session:
        outbox.record(session, make_received(), now=NOW)
    assert publish_waiting(plumbed.database, open_transport()) == 1
    assert rows(plumbed)[0].published_at is not None


@two_pairs
def test_when_the_transport_breaks_the_rest_stays_and_goes_out_later_once(
    plumbed: Service, open_transport: Connect
):
    record(plumbed, 5)
    with pytest.raises(TransportDown):
        publish_waiting(plumbed.database, Failing(open_transport(), after=2))
    assert [row.published_at is None for row in rows(plumbed)] == [False] * 2 + [True] * 3
    assert publish_waiting(plumbed.database, open_transport()) == 3
    assert arrived(open_transport(), expected=5) == names(5)


@two_pairs
def test_a_relay_leaves_alone_what_another_one_has_in_hand(
    plumbed: Service, open_transport: Connect
):
    record(plumbed, 3)
    with plumbed.database.write() as session:
        in_hand = outbox.claim(session, limit=2)
    assert len(in_hand) == 2
    relay = open_transport()
    assert publish_waiting(plumbed.database, relay) == 1
    assert publish_waiting(plumbed.database, relay) == 0


@two_pairs
def test_what_a_dead_relay_had_in_hand_goes_out_after_its_lease(
    plumbed: Service, open_transport: Connect
):
    record(plumbed, 2)
    with plumbed.database.write() as session:
        outbox.claim(session)
        session.execute(table.update().values(lease_until=real_now() - timedelta(seconds=1)))
    assert publish_waiting(plumbed.database, open_transport()) == 2
    assert arrived(open_transport(), expected=2) == names(2)


def test_two_relays_at_once_publish_each_event_once(
    plumbed: Service, open_transport: Connect, events_url: str
):
    """While new events keep coming in."""
    count = 200
    record(plumbed, 100)
    more = threading.Thread(
        target=lambda: [record(plumbed, 20, first=100 + 20 * number) for number in range(5)]
    )

    def relay(_number: int) -> None:
        transport = connect(events_url)
        while more.is_alive() or waits(plumbed):
            publish_waiting(plumbed.database, transport)
        transport.close()

    more.start()
    in_threads(relay, count=2)
    more.join()
    found = arrived(open_transport(), expected=count)
    assert len(found) == count
    assert sorted(found) == sorted(names(count))


def waits(service: Service) -> bool:
    with service.database.read() as session:
        waiting = select(func.count()).where(table.c.published_at.is_(None))
        return bool(session.execute(waiting).scalar_one())


@two_pairs
def test_a_claim_is_limited_and_takes_the_oldest(plumbed: Service):
    record(plumbed, 7)
    with plumbed.database.write() as session:
        first = outbox.claim(session, limit=4)
    with plumbed.database.write() as session:
        second = outbox.claim(session, limit=4)
    taken = [json.loads(event.body)["data"]["appointment"] for event in (*first, *second)]
    assert taken == names(7)
