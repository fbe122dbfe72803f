"""Sessions and types on both databases: nothing lost, nothing half done, nobody waits for ever."""

import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

import psycopg
import pytest
from sqlalchemy import Integer, String, delete, func, select, text, update
from sqlalchemy.exc import DBAPIError, OperationalError, StatementError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from shared import database as module
from shared.database import Database, UTCDateTime, new_metadata
from shared.settings import ROOT
from tests.servers import POSTGRES
from tests.shared.test_transport import in_threads

PACIFIC = ZoneInfo("America/Los_Angeles")
embedded = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
on_postgresql = pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)


class Base(DeclarativeBase):
    metadata = new_metadata()


class Counter(Base):
    __tablename__ = "counter"
    name: Mapped[str] = mapped_column(String(20), primary_key=True)
    value: Mapped[int] = mapped_column(Integer)


class Moment(Base):
    __tablename__ = "moment"
    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    at: Mapped[datetime | None] = mapped_column(UTCDateTime)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    database = Database(database_url)
    Base.metadata.create_all(database.engine)
    with database.write() as session:
        session.add(Counter(name="visits", value=0))
    yield database
    database.close()


def value(database: Database) -> int:
    with database.read() as session:
        return session.execute(select(Counter.value)).scalar_one()


def set_value(database: Database, number: int) -> None:
    with database.write() as session:
        session.execute(update(Counter).values(value=number))


def increment(database: Database) -> None:
    """Read, think, write: what loses updates when nobody locks."""
    with database.write() as session:
        counter = session.execute(select(Counter).with_for_update()).scalar_one()
        time.sleep(0.001)
        counter.value += 1


# -- writing -----------------------------------------------------------------------------------


def test_eight_threads_that_read_and_write_lose_nothing(database: Database):
    in_threads(lambda _number: [increment(database) for _ in range(10)], count=8)
    assert value(database) == 80


INCREMENT = """
import sys
from shared.database import Database
from tests.shared.test_database import increment
database = Database(sys.argv[1])
print("ready", flush=True)
sys.stdin.readline()
for _ in range(25):
    increment(database)
database.close()
"""


def test_two_processes_that_read_and_write_lose_nothing(database: Database, database_url: str):
    command = [sys.executable, "-c", INCREMENT, database_url]
    both = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT)
        for _ in range(2)
    ]
    for one in both:
        assert one.stdout is not None
        assert one.stdout.readline() == b"ready\n"
    for one in both:
        one.communicate(b"go\n", timeout=60)
        assert one.returncode == 0
    assert value(database) == 50


def test_an_exception_in_the_block_undoes_everything(database: Database):
    with pytest.raises(RuntimeError), database.write() as session:
        session.execute(update(Counter).values(value=7))
        session.add(Moment(id=1, at=None))
        session.flush()
        raise RuntimeError("changed my mind")
    assert value(database) == 0
    with database.read() as session:
        assert session.get(Moment, 1) is None


def test_after_a_failure_the_next_writer_gets_its_turn(database: Database):
    for _ in range(30):  # more often than the pool is large
        with pytest.raises(DBAPIError), database.write() as session:
            session.execute(text("INSERT INTO nowhere VALUES (1)"))
    set_value(database, 3)
    assert value(database) == 3


def test_what_was_read_stays_readable_after_the_block(database: Database):
    with database.write() as session:
        counter = session.get(Counter, "visits")
        assert counter is not None
        counter.value = 5
    assert counter.value == 5


def test_the_info_travels_with_every_session(database_url: str):
    database = Database(database_url, {"keys": "the keys"})
    with database.write() as session:
        assert session.info["keys"] == "the keys"
    with database.read() as session:
        assert session.info["keys"] == "the keys"
    database.close()


# -- reading -----------------------------------------------------------------------------------


def test_nothing_done_in_a_read_is_kept(database: Database):
    with database.read() as session:
        session.execute(update(Counter).values(value=9))
        session.flush()
    assert value(database) == 0


def test_a_read_that_looks_twice_sees_the_same(database: Database):
    with database.read() as session:
        before = session.execute(select(Counter.value)).scalar_one()
        set_value(database, 4)
        after = session.execute(select(Counter.value)).scalar_one()
    assert (before, after, value(database)) == (0, 0, 4)


def test_a_read_inside_a_write_is_welcome_and_sees_the_state_before(database: Database):
    with database.write() as session:
        session.execute(update(Counter).values(value=2))
        assert value(database) == 0
    assert value(database) == 2


def test_readers_do_not_wait_for_a_writer(database: Database):
    with database.write() as session:
        session.execute(update(Counter).values(value=2))
        found: list[int] = []
        reader = threading.Thread(target=lambda: found.append(value(database)))
        reader.start()
        reader.join(2)
        assert found == [0]


# -- the line of SQLite's writers --------------------------------------------------------------


@embedded
def test_a_write_inside_a_write_is_refused_instead_of_waiting_for_itself(
    database: Database, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(module, "WAIT", 0.1)
    with database.write():
        with pytest.raises(PoolTimeout), database.write():
            pass
    set_value(database, 1)


@embedded
def test_all_that_write_to_one_file_wait_in_one_line(
    database: Database, database_url: str, monkeypatch: pytest.MonkeyPatch
):
    """However many Database objects a process has for it, and however the path is written."""
    path = Path(database_url.removeprefix("sqlite:///"))
    detour = path.parent / "elsewhere" / ".." / path.name
    detour.parent.parent.mkdir(parents=True)
    monkeypatch.setattr(module, "WAIT", 0.1)
    other = Database(f"sqlite:///{detour}")
    with database.write():
        with pytest.raises(PoolTimeout), other.write():
            pass
    other.close()


@embedded
def test_writers_of_different_files_do_not_wait_for_each_other(database: Database, tmp_path: Path):
    other = Database(f"sqlite:///{tmp_path / 'other.db'}")
    with database.write(), other.write():
        pass
    other.close()


def test_many_threads_may_open_a_new_file_at_once(tmp_path: Path):
    """Each with a Database of its own: what the start of several services in one process does."""
    url = f"sqlite:///{tmp_path / 'new' / 'file.db'}"

    def open_and_write(number: int) -> None:
        database = Database(url)
        Base.metadata.create_all(database.engine.execution_options(writes=True))
        with database.write() as session:
            session.add(Counter(name=f"c-{number}", value=number))
        database.close()

    in_threads(open_and_write, count=8)
    database = Database(url)
    with database.read() as session:
        assert session.execute(select(func.count(Counter.name))).scalar_one() == 8
    database.close()


@embedded
def test_a_file_locked_by_another_program_is_an_operational_error_in_time(
    database_url: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(module, "WAIT", 0.2)
    database = Database(database_url)
    Base.metadata.create_all(database.engine)
    rival = sqlite3.connect(database_url.removeprefix("sqlite:///"), isolation_level=None)
    rival.execute("BEGIN IMMEDIATE")
    begun = time.monotonic()
    with pytest.raises(OperationalError, match="locked"):
        set_value(database, 1)
    assert time.monotonic() - begun < 2
    rival.close()
    set_value(database, 1)
    database.close()


@embedded
@pytest.mark.parametrize(
    ("pragma", "expected"),
    [("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1), ("busy_timeout", 5000)],
)
def test_sqlite_keeps_what_it_committed_and_checks_keys(
    database: Database, pragma: str, expected: object
):
    with database.read() as session:
        assert session.execute(text(f"PRAGMA {pragma}")).scalar_one() == expected


# -- PostgreSQL's limits -----------------------------------------------------------------------


@on_postgresql
def test_a_connection_that_the_server_ended_is_replaced(database: Database):
    assert value(database) == 0
    with psycopg.connect(POSTGRES, autocommit=True) as admin:
        admin.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s",
            [database.url.database],
        )
    set_value(database, 6)
    assert value(database) == 6


@on_postgresql
@pytest.mark.parametrize(
    ("setting", "expected"),
    [
        ("TimeZone", "UTC"),
        ("lock_timeout", "5s"),
        ("statement_timeout", "15s"),
        ("idle_in_transaction_session_timeout", "15s"),
    ],
)
def test_no_wait_on_postgresql_is_without_end(database: Database, setting: str, expected: str):
    with database.read() as session:
        assert session.execute(text(f"SHOW {setting}")).scalar_one() == expected


# -- instants ----------------------------------------------------------------------------------

INSTANTS = {
    "in UTC": datetime(2027, 3, 2, 16, 0, tzinfo=UTC),
    "in clinic time": datetime(2027, 3, 2, 8, 0, tzinfo=PACIFIC),
    "with microseconds": datetime(2027, 3, 2, 16, 0, 0, 1, tzinfo=UTC),
    "before the clocks go back": datetime(2027, 11, 7, 1, 30, fold=0, tzinfo=PACIFIC),
    "after the clocks went back": datetime(2027, 11, 7, 1, 30, fold=1, tzinfo=PACIFIC),
    "half-hour zone": datetime(2027, 3, 2, 21, 30, tzinfo=timezone(timedelta(hours=5, minutes=30))),
    "long ago": datetime(1908, 1, 1, tzinfo=UTC),
    "far away": datetime(9998, 12, 31, 23, 59, 59, tzinfo=UTC),
}


@pytest.mark.parametrize("instant", INSTANTS.values(), ids=INSTANTS)
def test_an_instant_comes_back_equal_and_in_utc(database: Database, instant: datetime):
    with database.write() as session:
        session.add(Moment(id=1, at=instant))
    with database.read() as session:
        moment = session.get(Moment, 1)
        assert moment is not None and moment.at is not None
        assert moment.at.astimezone(UTC) == instant.astimezone(UTC)
        assert moment.at.utcoffset() == timedelta(0)
        found = select(Moment.id).where(Moment.at == instant, Moment.at < instant + timedelta(1))
        assert session.execute(found).scalar_one() == 1


def test_instants_sort_as_they_happened_whatever_their_zone(database: Database):
    with database.write() as session:
        session.add_all(Moment(id=number, at=at) for number, at in enumerate(INSTANTS.values()))
    with database.read() as session:
        stored = list(session.execute(select(Moment.at).order_by(Moment.at, Moment.id)).scalars())
    assert stored == sorted(at.astimezone(UTC) for at in INSTANTS.values())


def test_no_instant_stays_none(database: Database):
    with database.write() as session:
        session.add(Moment(id=1, at=None))
    with database.read() as session:
        assert session.execute(select(Moment.at)).scalar_one() is None


def test_an_instant_without_zone_is_refused(database: Database):
    naive = datetime(2027, 3, 2, 8, 0)
    with pytest.raises(StatementError, match="naive"), database.write() as session:
        session.add(Moment(id=1, at=naive))
        session.flush()
    with pytest.raises(StatementError, match="naive"), database.read() as session:
        session.execute(select(Moment).where(Moment.at < naive))
    with pytest.raises(StatementError, match="naive"), database.write() as session:
        session.execute(delete(Moment).where(Moment.at < naive))
