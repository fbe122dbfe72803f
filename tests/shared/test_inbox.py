"""The inbox: one effect per event; parked messages wait longer each time, then for a person."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from shared import tables
from shared.clock import real_now
from shared.database import Database
from shared.messaging import inbox
from tests.shared.test_transport import in_threads

NEVER = timedelta(days=1000)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    database = Database(database_url)
    tables.metadata.create_all(database.engine)
    yield database
    database.close()


def park(database: Database, *, retry: bool = True) -> Any:
    with database.write() as session:
        inbox.park(session, type_="a.b.v1", body=b"{}", reason="because", retry=retry)
    return parked(database)


def parked(database: Database) -> Any:
    with database.read() as session:
        [row] = inbox.list_parked(session)
    return row


def seconds_to_retry(row: Any) -> float | None:
    return None if row.retry_at is None else (row.retry_at - real_now()).total_seconds()


def test_only_the_first_delivery_is_new(database: Database):
    with database.write() as session:
        assert inbox.first_time(session, "e-1")
        assert not inbox.first_time(session, "e-1")
    with database.write() as session:
        assert not inbox.first_time(session, "e-1")
        assert inbox.first_time(session, "e-2")


def test_a_delivery_whose_effect_was_undone_is_new_again(database: Database):
    with pytest.raises(RuntimeError), database.write() as session:
        assert inbox.first_time(session, "e-1")
        raise RuntimeError("the handler failed")
    with database.write() as session:
        assert inbox.first_time(session, "e-1")


def test_of_many_deliveries_at_once_one_is_the_first(database: Database):
    first: list[int] = []

    def deliver(number: int) -> None:
        with database.write() as session:
            if inbox.first_time(session, "e-1"):
                first.append(number)

    in_threads(deliver, count=8)
    assert len(first) == 1


def test_each_try_waits_longer_than_the_one_before_and_the_last_for_a_person(database: Database):
    row, waits = park(database), []
    while (wait := seconds_to_retry(row)) is not None:
        waits.append(wait)
        with database.write() as session:
            inbox.failed_again(session, row, f"reason {len(waits)}")
        row = parked(database)
    assert waits == sorted(waits)
    assert waits == pytest.approx([one.total_seconds() for one in inbox.RETRY_AFTER], abs=2)
    assert sum(waits) > 3000, "a deployment that mends a fault takes an hour"
    assert (row.attempts, row.reason) == (len(waits) + 1, f"reason {len(waits)}")


def test_what_is_due_comes_out_oldest_first_and_nothing_else(database: Database):
    park(database, retry=False)
    with database.write() as session:
        inbox.park(session, type_="a.b.v1", body=b"1", reason="", retry=True)
        inbox.park(session, type_="a.b.v1", body=b"2", reason="", retry=True)
    with database.read() as session:
        assert inbox.due(session, real_now()) == []
        due = inbox.due(session, real_now() + NEVER)
    assert [row.body for row in due] == [b"1", b"2"]


def test_a_person_can_have_it_tried_again_from_the_start(database: Database):
    row = park(database, retry=False)
    with database.write() as session:
        assert inbox.replay(session, row.id)
        assert not inbox.replay(session, "no such id")
    with database.read() as session:
        [again] = inbox.due(session, real_now())
    with database.write() as session:
        inbox.failed_again(session, again, "still broken")
    assert seconds_to_retry(parked(database)) == pytest.approx(
        inbox.RETRY_AFTER[0].total_seconds(), abs=2
    )


def test_a_person_can_drop_it(database: Database):
    row = park(database)
    with database.write() as session:
        assert inbox.drop(session, row.id)
        assert not inbox.drop(session, row.id)
        assert inbox.list_parked(session) == []


def test_a_parked_message_keeps_every_byte(database: Database):
    body = bytes(range(256)) * 4000  # 1 MB
    with database.write() as session:
        inbox.park(session, type_="t" * 200, body=body, reason="r" * 1000, retry=False)
    row = parked(database)
    assert row.body == body
    assert len(row.type) == 80
