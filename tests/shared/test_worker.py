"""The background half of a service on real servers: events go in, effects come out once."""

import json
import logging
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import psycopg
import pytest
from sqlalchemy import Column, MetaData, String, Table, func, select, text
from sqlalchemy.orm import Session

from shared.events import codec
from shared.events.scheduling import AppointmentBooked, StaffSessionsRevoked
from shared.logs import JsonFormatter
from shared.messaging import inbox, outbox, worker
from shared.messaging.topology import DELIVERY_LIMIT
from shared.messaging.transport import connect
from shared.messaging.worker import Handler, Job, Worker
from shared.service import Service
from shared.settings import ROOT
from shared.tables import outbox as outbox_table
from tests.servers import POSTGRES
from tests.shared.builders import (
    LISTENED,
    NOW,
    PERSONAL,
    changed,
    make_booked,
    make_keyring,
    make_message,
    make_received,
    make_revoked,
    make_waiting,
)
from tests.shared.proxy import Proxy, proxy_to
from tests.shared.test_transport import drain

QUEUE = "notifications"
effects = Table("effects", MetaData(), Column("appointment", String(36)))  # a double would show

# All four pairs where database and transport meet; elsewhere one of each kind is enough.
two_pairs = pytest.mark.parametrize(
    ("database_kind", "events_url"),
    [("sqlite", "sqlite"), ("postgresql", "rabbitmq")],
    indirect=True,
)
on_rabbitmq = pytest.mark.parametrize(
    ("database_kind", "events_url"), [("sqlite", "rabbitmq")], indirect=True
)
on_postgresql = pytest.mark.parametrize(
    ("database_kind", "events_url"), [("postgresql", "rabbitmq")], indirect=True
)
embedded = pytest.mark.parametrize(
    ("database_kind", "events_url"), [("sqlite", "sqlite")], indirect=True
)


@pytest.fixture
def service(plumbed: Service) -> Service:
    effects.create(plumbed.database.engine)
    return plumbed


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same waits, shorter: one retry follows at once, the next ones not in this test."""
    monkeypatch.setattr(inbox, "RETRY_AFTER", (timedelta(0), *inbox.RETRY_AFTER[4:]))
    monkeypatch.setattr(worker, "LISTEN", 0.1)


def note(session: Session, event: Any, now: datetime) -> None:
    session.execute(effects.insert().values(appointment=event.appointment))


def ignore(session: Session, event: Any, now: datetime) -> None:
    """A handler without effect."""


@contextmanager
def working(
    service: Service,
    on_booked: Handler = note,
    on_revoked: Handler = ignore,
    jobs: tuple[Job, ...] = (),
) -> Iterator[Worker]:
    handlers = {AppointmentBooked.TYPE: on_booked, StaffSessionsRevoked.TYPE: on_revoked}
    one = Worker(service, handlers, jobs)
    one.start()
    try:
        yield one
        assert one.is_alive(), "a thread ended by itself"
    finally:
        one.stop()
    assert not one.is_alive()


def until(is_so: Callable[[], Any], *, seconds: float = 10) -> None:
    end = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.02)


def record(service: Service, *events: Any) -> None:
    with service.database.write() as session:
        for event in events:
            outbox.record(session, event, now=NOW)


def publish(service: Service, *messages: outbox.Waiting) -> None:
    transport = connect(service.settings.events_url)
    for message in messages:
        transport.publish(message)
    transport.close()


def happened(service: Service) -> list[str]:
    with service.database.read() as session:
        return list(session.execute(select(effects.c.appointment)).scalars())


def parked_rows(service: Service) -> list[Any]:
    with service.database.read() as session:
        return inbox.list_parked(session)


def is_all_sent(service: Service) -> bool:
    with service.database.read() as session:
        return not outbox.has_waiting(session)


def left_over(service: Service, queue: str = QUEUE, *, expected: int = 0) -> list[bytes]:
    transport = connect(service.settings.events_url)
    bodies = drain(transport, queue, expected=expected)
    transport.close()
    return bodies


# -- the way of an event -----------------------------------------------------------------------


def test_a_recorded_event_has_its_effect_once(service: Service):
    record(service, *(make_booked(appointment=f"a-{number}") for number in range(10)))
    with working(service):
        until(lambda: len(happened(service)) == 10)
    assert sorted(happened(service)) == sorted(f"a-{number}" for number in range(10))
    assert is_all_sent(service)
    assert left_over(service) == []
    assert parked_rows(service) == []


@two_pairs
def test_an_event_delivered_three_times_has_one_effect(service: Service):
    message = make_message(make_booked(appointment="once"), service)
    last = make_message(make_booked(appointment="last"), service)
    with working(service):
        for _ in range(3):
            publish(service, message)
        until(lambda: left_over_is_handled(service, last))
    assert happened(service) == ["once", "last"]


def left_over_is_handled(service: Service, last: outbox.Waiting) -> bool:
    """Everything before the last message has been seen when the last one has."""
    publish(service, last)
    return "last" in happened(service)


RELAY_AND_DIE = """
import os, sys
from pathlib import Path
from shared.messaging.relay import publish_waiting
from shared.messaging.topology import DELIVERY_LIMIT
from shared.messaging.transport import connect
from tests.shared.builders import make_plumbed_service

database_url, events_url, data = sys.argv[1:]
service = make_plumbed_service(
    "notifications", database_url=database_url, events_url=events_url, data=Path(data)
)

class Dying:
    def __init__(self):
        self.transport = connect(events_url)

    def publish(self, event):
        self.transport.publish(event)
        os._exit(9)  # the power goes: published, not marked

publish_waiting(service.database, Dying())
"""


@two_pairs
def test_a_relay_that_dies_after_publishing_leaves_one_effect(
    service: Service, database_url: str, monkeypatch: pytest.MonkeyPatch
):
    record(service, make_booked(appointment="first"), make_booked(appointment="second"))
    settings = service.settings
    arguments = [database_url, settings.events_url, str(settings.data)]
    died = subprocess.run([sys.executable, "-c", RELAY_AND_DIE, *arguments], cwd=ROOT, check=False)
    assert died.returncode == 9
    assert not is_all_sent(service)
    with service.database.write() as session:  # its lease ends
        session.execute(outbox_table.update().values(lease_until=NOW.replace(year=2020)))
    with working(service):
        until(lambda: is_all_sent(service) and len(happened(service)) == 2)
        time.sleep(0.2)
    assert sorted(happened(service)) == ["first", "second"]


# -- what cannot be handled --------------------------------------------------------------------


@two_pairs
def test_a_handler_that_fails_parks_the_event_and_the_others_flow(service: Service):
    broken = threading.Event()
    broken.set()

    def fail_while_broken(session: Session, event: Any, now: datetime) -> None:
        note(session, event, now)
        if event.appointment == "bad" and broken.is_set():
            raise RuntimeError(f"cannot greet {event.given_name}")

    record(service, *(make_booked(appointment=name) for name in ("good", "bad", "better")))
    with working(service, fail_while_broken):
        until(lambda: len(happened(service)) == 2 and parked_rows(service))
        [row] = parked_rows(service)
        assert (row.type, row.retry_at is None) == (LISTENED, False)
        assert row.reason.startswith("RuntimeError in fail_while_broken:")
        until(lambda: parked_rows(service)[0].attempts == 2)  # retried by itself, in vain
        broken.clear()
        with service.database.write() as session:
            assert inbox.replay(session, row.id)
        until(lambda: not parked_rows(service))
    assert sorted(happened(service)) == ["bad", "better", "good"]
    assert left_over(service) == []


@two_pairs
def test_messages_that_are_none_are_parked_and_the_others_flow(service: Service):
    genuine = make_message(make_booked(), service)
    foreign = make_keyring("k1")
    strange = {
        "no JSON": b"{",
        "no object": b"[]",
        "nothing": b"",
        "wrong field": changed(genuine, data={"version": "one " + PERSONAL["given_name"]}),
        "changed on the way": changed(genuine, data={"start": "2027-03-09T16:00:00+00:00"}),
        "unknown type": changed(genuine, type="scheduling.appointment_painted.v1"),
        "another key": make_message_with(foreign),
        "one megabyte": changed(genuine, data={"more": "x" * 1_000_000}),
        "deeply nested": b'{"id": "1", "data": ' + b"[" * 50_000,
        "NUL in the id": changed(genuine, id="a\0b"),
        "half a character in the id": changed(genuine, id="\ud800"),
    }
    with working(service):
        publish(service, *(make_waiting(body=body) for body in strange.values()))
        publish(service, genuine)
        until(lambda: happened(service))
        until(lambda: len(parked_rows(service)) == len(strange))
    assert {bytes(row.body) for row in parked_rows(service)} == set(strange.values())
    assert all(row.retry_at is None for row in parked_rows(service)), "nothing will mend them"
    for row in parked_rows(service):
        assert not any(value in row.reason for value in PERSONAL.values())
    assert left_over(service) == []
    assert left_over(service, f"{QUEUE}.dead") == []


def make_message_with(ring: Any) -> bytes:
    return codec.encode(make_booked(), event_id="f-1", now=NOW, keyring=ring)


@embedded
def test_an_event_that_the_service_does_not_handle_is_parked(service: Service):
    message = make_message(make_received(), service)
    with working(service):
        publish(service, outbox.Waiting(message.event_id, LISTENED, message.body))
        until(lambda: parked_rows(service))
    [row] = parked_rows(service)
    assert row.reason == "notifications does not handle intake.submission_received.v1"


@two_pairs
def test_what_a_failing_handler_wrote_is_not_kept(service: Service):
    def write_then_fail(session: Session, event: Any, now: datetime) -> None:
        note(session, event, now)
        session.execute(text("INSERT INTO nothing_of_that_name VALUES (1)"))

    record(service, make_booked())
    with working(service, write_then_fail):
        until(lambda: parked_rows(service))
    assert happened(service) == []


@two_pairs
def test_neither_log_nor_reason_repeats_what_stands_in_an_event(
    service: Service, caplog: pytest.LogCaptureFixture
):
    def fail_loudly(session: Session, event: Any, now: datetime) -> None:
        session.execute(text("SELECT :email FROM nowhere"), {"email": event.email})

    def fail_with_a_value(session: Session, event: Any, now: datetime) -> None:
        raise ValueError(event.sessions)

    record(service, make_booked(), make_revoked(sessions=("Quetzal",)))
    with caplog.at_level(logging.DEBUG, logger="shared"):
        with working(service, fail_loudly, fail_with_a_value):
            until(lambda: len(parked_rows(service)) == 2)
    formatter = JsonFormatter()
    lines = [formatter.format(one) for one in caplog.records if one.name.startswith("shared")]
    assert sum(json.loads(line)["text"] == "message parked" for line in lines) >= 2
    for words in [*lines, *(row.reason for row in parked_rows(service))]:
        assert not any(value in words for value in (*PERSONAL.values(), "Quetzal"))


# -- servers that go away ----------------------------------------------------------------------


@contextmanager
def database_away(service: Service) -> Iterator[None]:
    """PostgreSQL refuses connections; of the SQLite file the tables are gone."""
    if service.database.is_sqlite:
        with stranger(service) as file:
            file.execute("ALTER TABLE inbox RENAME TO inbox_away")
            file.execute("ALTER TABLE parked RENAME TO parked_away")
        yield
        with stranger(service) as file:
            file.execute("ALTER TABLE inbox_away RENAME TO inbox")
            file.execute("ALTER TABLE parked_away RENAME TO parked")
        return
    name = service.database.url.database
    with psycopg.connect(POSTGRES, autocommit=True) as admin:
        admin.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
        admin.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name]
        )
        try:
            yield
        finally:
            admin.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')


def stranger(service: Service) -> closing[sqlite3.Connection]:
    """Another program at the SQLite file."""
    file = str(service.database.url.database)
    return closing(sqlite3.connect(file, timeout=5, isolation_level=None))


@two_pairs
def test_while_the_database_is_away_no_message_is_lost_or_buried(
    service: Service,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
):
    """Far more tries than the delivery limit; a message that is given back counts as a crash."""
    names = [f"a-{number}" for number in range(5)]
    messages = [make_message(make_booked(appointment=name), service) for name in names]
    monkeypatch.setattr(worker, "PAUSES", (0.02, 0.02))
    with working(service):
        with database_away(service):
            publish(service, *messages)
            until(lambda: sum("waits" in one.message for one in caplog.records) > 60, seconds=30)
        # What fails just when the database comes back is parked for a moment, and overtaken.
        until(lambda: len(happened(service)) == 5 and not parked_rows(service), seconds=20)
    assert sorted(happened(service)) == names
    assert left_over(service, f"{QUEUE}.dead") == []


@two_pairs
def test_while_the_database_is_away_the_worker_does_not_spin(
    service: Service, caplog: pytest.LogCaptureFixture
):
    message = make_message(make_booked(), service)
    with working(service):
        with database_away(service):
            publish(service, message)
            time.sleep(1.2)
        until(lambda: happened(service))
    tries = [one for one in caplog.records if one.message == "worker waits"]
    assert 1 <= len(tries) <= 12, "relay, consumer and replay, each with a growing pause"


@on_rabbitmq
def test_a_cut_network_is_mended_by_the_worker(
    service: Service, monkeypatch: pytest.MonkeyPatch, events_url: str
):
    monkeypatch.setattr(worker, "PAUSES", (0.1, 0.1))
    with proxy_to(events_url) as proxy, working(through(proxy, service)):
        for number in range(3):
            record(service, make_booked(appointment=f"a-{number}"))
            until(lambda number=number: f"a-{number}" in happened(service))
            proxy.cut()
    assert len(happened(service)) == 3
    assert is_all_sent(service)


@on_rabbitmq
def test_a_broker_that_is_not_there_yet_is_waited_for(
    service: Service, monkeypatch: pytest.MonkeyPatch, events_url: str
):
    monkeypatch.setattr(worker, "PAUSES", (0.1, 0.1))
    with proxy_to(events_url) as proxy:
        proxy.is_refusing = True
        with working(through(proxy, service)):
            record(service, make_booked())
            time.sleep(0.5)
            assert not is_all_sent(service)
            proxy.is_refusing = False
            until(lambda: happened(service) and is_all_sent(service))


def through(proxy: Proxy, service: Service) -> Service:
    """The same service, its broker behind the proxy."""
    url = proxy.in_front_of(service.settings.events_url)
    return replace(service, settings=replace(service.settings, events_url=url))


@on_postgresql
def test_killed_database_connections_are_mended_by_the_worker(service: Service):
    with working(service):
        for number in range(3):
            record(service, make_booked(appointment=f"a-{number}"))
            with psycopg.connect(POSTGRES, autocommit=True) as admin:
                admin.execute(
                    "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
                    " WHERE datname = %s",
                    [service.database.url.database],
                )
        until(lambda: len(happened(service)) == 3)
    assert is_all_sent(service)


# -- stopping, jobs ----------------------------------------------------------------------------


@two_pairs
def test_a_stop_lets_the_event_in_hand_finish(service: Service):
    begun = threading.Event()

    def slow(session: Session, event: Any, now: datetime) -> None:
        begun.set()
        time.sleep(0.7)
        note(session, event, now)

    record(service, make_booked())
    with working(service, slow):
        assert begun.wait(5)
    assert len(happened(service)) == 1
    assert left_over(service) == []


@two_pairs
def test_a_stop_ends_in_time_though_the_database_is_away(service: Service):
    message = make_message(make_booked(), service)
    one = Worker(service, {LISTENED: note}, ())
    one.start()
    with database_away(service):
        publish(service, message)
        time.sleep(0.3)
        begun = time.monotonic()
        one.stop(timeout=8)
        assert time.monotonic() - begun < 8
        assert not one.is_alive()
    assert len(left_over(service, expected=1)) == 1, "given back, for the next worker"


@embedded
def test_a_stop_does_not_wait_longer_than_it_is_told(service: Service):
    release = threading.Event()

    def hang(session: Session, event: Any, now: datetime) -> None:
        release.wait(20)

    record(service, make_booked())
    one = Worker(service, {LISTENED: hang}, ())
    one.start()
    until(lambda: is_all_sent(service))
    time.sleep(0.2)
    begun = time.monotonic()
    one.stop(timeout=1)
    assert 0.9 < time.monotonic() - begun < 2.5
    release.set()
    until(lambda: not any(thread.is_alive() for thread in one._threads))


@embedded
def test_a_job_is_repeated_whatever_it_raises(service: Service, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(worker, "PAUSES", (0.01, 0.01))
    runs: list[str] = []

    def fail(service: Service) -> None:
        runs.append(service.name)
        if len(runs) < 3:
            raise ValueError("not this time")

    with working(service, jobs=(Job("failing", 0.05, fail),)):
        until(lambda: len(runs) >= 4)
    assert set(runs) == {"notifications"}


@embedded
def test_a_service_without_handlers_parks_what_still_comes(service: Service):
    message = make_message(make_booked(), service)
    one = Worker(service, {}, ())
    one.start()
    publish(service, message, make_waiting(body=b"junk"))
    until(lambda: len(parked_rows(service)) == 2)
    one.stop()
    assert left_over(service) == []


@embedded
def test_old_rows_are_forgotten(service: Service):
    long_ago = NOW.replace(year=2020)
    record(service, make_booked(), make_revoked())
    with working(service):
        until(lambda: happened(service) and is_all_sent(service))
    with service.database.write() as session:
        sent = outbox_table.c
        oldest = select(func.min(sent.sequence)).scalar_subquery()
        old = outbox_table.update().where(sent.sequence == oldest)
        session.execute(old.values(published_at=long_ago))
        outbox.forget_old(session)
        inbox.forget_old(session)
        left = session.execute(select(func.count()).select_from(outbox_table)).scalar_one()
    assert left == 1


@two_pairs
def test_what_killed_its_worker_again_and_again_is_parked_for_a_person(service: Service):
    publish(service, make_waiting(body=b"poison"))
    for _ in range(DELIVERY_LIMIT + 1):
        with closing(connect(service.settings.events_url)) as transport:
            if delivery := transport.receive(QUEUE, timeout=1):
                delivery.release()
    until(lambda: worker.park_dead_letters(service) or parked_rows(service), seconds=15)
    [row] = parked_rows(service)
    assert (row.body, row.reason, row.retry_at) == (b"poison", worker.DEAD, None)
    assert left_over(service, f"{QUEUE}.dead") == []
