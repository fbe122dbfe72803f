"""A repeated request is answered once, on both databases, however many come at once."""

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Column, MetaData, String, Table, func, select, text
from sqlalchemy.orm import Session

from shared import tables
from shared.database import Database
from shared.idempotency import KEPT, KeyInUse, KeyReused, forget_old, once
from shared.sealing import ServiceKeys
from tests.shared.builders import NOW, make_keyring
from tests.shared.test_transport import in_threads

KEY = "k-1234567890-1234567890"
BODY = {"slot": "s-1", "patient": {"given_name": "Quetzal"}}
bookings = Table("bookings", MetaData(), Column("reference", String(10)))
on_postgresql = pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    ring = make_keyring()
    database = Database(database_url, {"keys": ServiceKeys(ring, ring, b"i" * 32)})
    tables.metadata.create_all(database.engine)
    bookings.create(database.engine)
    yield database
    database.close()


def book(session: Session, reference: str = "QZX7KD") -> dict[str, Any]:
    session.execute(bookings.insert().values(reference=reference))
    return {"reference": reference}


def ask(
    database: Database, work: Callable[[Session], dict[str, Any]] = book, **changes: Any
) -> dict[str, Any]:
    request = {"scope": "book", "key": KEY, "body": BODY, "now": NOW} | changes
    with database.write() as session:
        return once(session, work=lambda: work(session), **request)


def booked(database: Database) -> int:
    with database.read() as session:
        return session.execute(select(func.count()).select_from(bookings)).scalar_one()


def test_the_second_request_gets_the_first_answer(database: Database):
    first = ask(database)
    second = ask(database, lambda session: book(session, "OTHER"))
    assert first == second == {"reference": "QZX7KD"}
    assert booked(database) == 1


def test_eight_requests_at_once_do_the_work_once(database: Database):
    answers: list[dict[str, Any]] = []
    in_threads(lambda number: answers.append(ask(database)), count=8)
    assert answers == [{"reference": "QZX7KD"}] * 8
    assert booked(database) == 1


def test_the_order_of_fields_makes_no_other_request(database: Database):
    ask(database)
    turned = dict(reversed(BODY.items()))
    assert ask(database, body=turned) == {"reference": "QZX7KD"}


@pytest.mark.parametrize("body", [{}, None, BODY | {"slot": "s-2"}, BODY | {"more": None}, [BODY]])
def test_the_same_key_with_another_body_is_refused(database: Database, body: Any):
    ask(database)
    with pytest.raises(KeyReused):
        ask(database, body=body)
    assert booked(database) == 1


def test_another_key_or_scope_is_another_request(database: Database):
    ask(database)
    ask(database, key="another-" + KEY)
    ask(database, scope="waitlist")
    assert booked(database) == 3


def test_a_request_that_failed_leaves_its_key_free(database: Database):
    def fail(session: Session) -> dict[str, Any]:
        book(session)
        raise RuntimeError("slot taken")

    with pytest.raises(RuntimeError):
        ask(database, fail)
    assert booked(database) == 0
    assert ask(database) == {"reference": "QZX7KD"}


def test_requests_that_fail_at_once_do_not_block_the_one_that_works(database: Database):
    lock, tries = threading.Lock(), []

    def fail_twice(session: Session) -> dict[str, Any]:
        with lock:
            tries.append(1)
            count = len(tries)
        if count <= 2:
            raise RuntimeError("not yet")
        return book(session)

    answers: list[Any] = []

    def request(_number: int) -> None:
        try:
            answers.append(ask(database, fail_twice))
        except RuntimeError as error:
            answers.append(str(error))

    in_threads(request, count=5)
    assert answers.count("not yet") == 2
    assert answers.count({"reference": "QZX7KD"}) == 3
    assert booked(database) == 1


@pytest.mark.parametrize(
    ("later", "is_forgotten"),
    [(KEPT, False), (KEPT + timedelta(seconds=1), True)],
    ids=["for 24 hours", "not longer"],
)
def test_an_answer_is_kept(database: Database, later: timedelta, is_forgotten: bool):
    ask(database)
    answer = ask(database, lambda session: book(session, "LATER"), now=NOW + later)
    assert answer == {"reference": "LATER" if is_forgotten else "QZX7KD"}


def test_old_answers_are_forgotten_and_young_ones_not(database: Database):
    ask(database)
    ask(database, key="young-" + KEY, now=NOW + timedelta(hours=2))
    with database.write() as session:
        forget_old(session, now=NOW + KEPT + timedelta(hours=1))
        left = session.execute(select(tables.idempotency_keys.c.key)).scalars().all()
    assert left == ["young-" + KEY]


def test_neither_body_nor_answer_can_be_read_in_the_database(database: Database):
    ask(database)
    with database.read() as session:
        row = session.execute(select(tables.idempotency_keys)).one()
    assert "QZX7KD" not in repr(tuple(row))
    assert "Quetzal" not in repr(tuple(row))
    assert b"QZX7KD" not in row.answer


@pytest.mark.parametrize(
    "answer",
    [{}, {"start": "2027-03-02T08:00:00-08:00"}, {"name": "Núñez", "list": [1, None, {"a": True}]}],
)
def test_an_answer_comes_back_equal(database: Database, answer: dict[str, Any]):
    ask(database, lambda session: answer)
    assert ask(database) == answer


@on_postgresql
def test_a_request_that_is_still_running_is_said_after_the_lock_timeout(database: Database):
    """SQLite's writers stand in one line: there the second never meets a running first."""
    running, may_end = threading.Event(), threading.Event()

    def slow(session: Session) -> dict[str, Any]:
        running.set()
        may_end.wait(10)
        return book(session)

    first = threading.Thread(target=ask, args=(database, slow))
    first.start()
    assert running.wait(5)
    with pytest.raises(KeyInUse), database.write() as session:
        session.execute(text("SET LOCAL lock_timeout = 200"))
        once(
            session, scope="book", key=KEY, body=BODY, now=NOW, work=lambda: {"reference": "second"}
        )
    may_end.set()
    first.join(10)
    assert ask(database) == {"reference": "QZX7KD"}


@on_postgresql
def test_an_expired_key_in_use_by_another_request_is_said_too(database: Database):
    ask(database)
    running, may_end = threading.Event(), threading.Event()
    tomorrow = NOW + KEPT + timedelta(hours=1)

    def slow(session: Session) -> dict[str, Any]:
        running.set()
        may_end.wait(10)
        return book(session, "SLOW")

    first = threading.Thread(target=ask, args=(database, slow), kwargs={"now": tomorrow})
    first.start()
    assert running.wait(5)
    with pytest.raises(KeyInUse), database.write() as session:
        session.execute(text("SET LOCAL lock_timeout = 200"))
        once(session, scope="book", key=KEY, body=BODY, now=tomorrow, work=lambda: book(session))
    may_end.set()
    first.join(10)
    assert ask(database, now=tomorrow) == {"reference": "SLOW"}
