"""The embedded transport alone: its file, its leases, its dead letters."""

import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared import database
from shared.messaging import sqlite as embedded
from shared.messaging.topology import DELIVERY_LIMIT
from shared.messaging.transport import TransportDown, connect
from tests.shared.builders import make_waiting
from tests.shared.test_transport import drain, end_leases, in_threads, take

QUEUE = "notifications"


@pytest.fixture
def file(tmp_path: Path) -> Iterator[Path]:
    file = tmp_path / "events.db"
    yield file
    if file.is_file():
        embedded._open.cache_clear()


def url_of(file: Path) -> str:
    return f"sqlite:///{file}"


def test_an_event_published_twice_waits_once(file: Path):
    transport, event = connect(url_of(file)), make_waiting()
    transport.publish(event)
    transport.publish(event)
    assert len(drain(transport)) == 1


def test_an_event_published_again_after_the_ack_arrives_again_and_the_inbox_decides(file: Path):
    transport, event = connect(url_of(file)), make_waiting()
    for _ in range(2):
        transport.publish(event)
        assert len(drain(transport)) == 1


def test_an_ack_after_the_lease_ended_still_removes_the_message(file: Path):
    transport = connect(url_of(file))
    transport.publish(make_waiting())
    late = take(transport)
    end_leases(url_of(file))
    second = take(transport)
    late.ack()
    second.ack()
    assert drain(transport) == []


def test_a_second_copy_of_a_dead_letter_does_not_block_the_queue(file: Path):
    transport, event = connect(url_of(file)), make_waiting(body=b"poison")
    for _ in range(2):
        transport.publish(event)
        for _ in range(DELIVERY_LIMIT):
            take(transport)
            end_leases(url_of(file))
        assert transport.receive(QUEUE, timeout=0.1) is None
    transport.publish(make_waiting(body=b"next"))
    assert drain(transport) == [b"next"]
    assert drain(transport, f"{QUEUE}.dead") == [b"poison"]


def test_threads_that_open_a_new_file_at_once_all_succeed(file: Path):
    in_threads(lambda _number: connect(url_of(file)).publish(make_waiting()), count=8)
    assert len(drain(connect(url_of(file)))) == 8


@pytest.mark.parametrize("use", ["publish", "receive", "ack", "release"])
def test_a_file_that_somebody_else_keeps_locked_is_a_transport_that_is_down(
    file: Path, use: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(database, "WAIT", 0.2)
    transport = connect(url_of(file))
    transport.publish(make_waiting(body=b"first"))
    delivery = take(transport) if use in {"ack", "release"} else None
    uses = {
        "publish": lambda: transport.publish(make_waiting()),
        "receive": lambda: transport.receive(QUEUE, timeout=0.1),
        "ack": lambda: delivery.ack(),
        "release": lambda: delivery.release(),
    }
    rival = sqlite3.connect(file, isolation_level=None)
    rival.execute("BEGIN IMMEDIATE")
    with pytest.raises(TransportDown, match="locked"):
        uses[use]()
    rival.execute("ROLLBACK")
    rival.close()
    transport.publish(make_waiting(body=b"second"))


def test_a_process_that_writes_too_long_is_a_transport_that_is_down(
    file: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(database, "WAIT", 0.2)
    transport = connect(url_of(file))
    with embedded._open(url_of(file)).write():
        with pytest.raises(TransportDown, match="already writing"):
            transport.publish(make_waiting())


@pytest.mark.parametrize("kind", ["garbage", "directory"])
def test_what_is_no_events_file_is_a_transport_that_is_down(file: Path, kind: str):
    if kind == "garbage":
        file.write_bytes(b"not a database, " * 300)
    else:
        file.mkdir()
    with pytest.raises(TransportDown) as refused:
        connect(url_of(file))
    assert "INSERT" not in str(refused.value)


def test_a_file_that_was_no_database_works_once_it_is_one(file: Path):
    file.write_bytes(b"not a database, " * 300)
    with pytest.raises(TransportDown):
        connect(url_of(file))
    file.unlink()
    transport = connect(url_of(file))
    transport.publish(make_waiting(body=b"well again"))
    assert drain(transport) == [b"well again"]


def test_waiting_receivers_do_not_keep_a_publisher_waiting(file: Path):
    receivers = [connect(url_of(file)) for _ in range(4)]
    waiting = [
        threading.Thread(target=receiver.receive, args=(QUEUE,), kwargs={"timeout": 1})
        for receiver in receivers
    ]
    for thread in waiting:
        thread.start()
    publisher = connect(url_of(file))
    for _ in range(4):
        publisher.publish(make_waiting())
    for thread in waiting:
        thread.join(5)
    assert not any(thread.is_alive() for thread in waiting)
