"""One database per service: sessions that read, sessions that write, and portable column types.

SQLite writes are `BEGIN IMMEDIATE` behind one lock per process; PostgreSQL waits are bounded.
"""

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, DateTime, Engine, MetaData, create_engine, event
from sqlalchemy.engine import Dialect, make_url
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session
from sqlalchemy.types import TypeDecorator

NAMES = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}
WAIT = 5.0  # seconds that a SQLite writer waits for its turn
POSTGRES_LIMITS = (
    "-c timezone=UTC -c lock_timeout=5000 -c statement_timeout=15000"
    " -c idle_in_transaction_session_timeout=15000"
)

_lines: dict[str, threading.Lock] = {}  # by SQLite file: where this process's writers wait


def new_metadata() -> MetaData:
    """Metadata whose constraints have the same names on both databases."""
    return MetaData(naming_convention=NAMES)


class UTCDateTime(TypeDecorator[datetime]):
    """An aware instant; kept in UTC, so that it sorts and compares on both databases."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("A naive datetime may not be stored.")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Database:
    """Opens sessions on one database. `info` travels in `session.info` (keys and the like)."""

    def __init__(self, url: str, info: dict[str, Any] | None = None, *, pool_size: int = 16):
        self.url = make_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self._info = info or {}
        self._line: threading.Lock | None = None
        self.engine = self._sqlite(pool_size) if self.is_sqlite else self._postgres(pool_size)
        # A read that looks twice must see the same; SQLite does that by itself.
        self._reader = (
            self.engine
            if self.is_sqlite
            else self.engine.execution_options(isolation_level="REPEATABLE READ")
        )
        self._glancer = self.engine.execution_options(isolation_level="AUTOCOMMIT")

    def _sqlite(self, pool_size: int) -> Engine:
        file = Path(self.url.database or "").resolve()
        file.parent.mkdir(parents=True, exist_ok=True)
        self._line = _lines.setdefault(str(file), threading.Lock())
        engine = create_engine(
            self.url,
            pool_size=pool_size,
            max_overflow=8,
            pool_timeout=5,
            connect_args={"timeout": WAIT, "check_same_thread": False},
        )
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine

    def _postgres(self, pool_size: int) -> Engine:
        return create_engine(
            self.url,
            pool_size=pool_size,
            max_overflow=0,
            pool_timeout=5,
            pool_pre_ping=True,
            connect_args={"connect_timeout": 3, "options": POSTGRES_LIMITS},
        )

    @contextmanager
    def write(self) -> Iterator[Session]:
        """One transaction: commits at the end of the block, rolls back on any exception."""
        engine = self.engine.execution_options(writes=True)
        with self._turn(), Session(engine, expire_on_commit=False, info=self._info) as session:
            with session.begin():
                yield session

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A snapshot to read from; nothing done in it is kept."""
        with Session(self._reader, expire_on_commit=False, info=self._info) as session:
            yield session

    @contextmanager
    def glance(self) -> Iterator[Connection]:
        """Single statements, each for itself: no transaction to begin and to end around them."""
        with self._glancer.connect() as connection:
            yield connection

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """SQLite's own queue is unfair: threads of one process wait in this line instead."""
        if self._line is None:
            yield
            return
        if not self._line.acquire(timeout=WAIT):
            raise PoolTimeout("This process is already writing to the SQLite file.")
        try:
            yield
        finally:
            self._line.release()

    def close(self) -> None:
        self.engine.dispose()


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # SQLAlchemy's `begin` event decides, not the driver
    _use_wal(connection)
    for pragma in ("synchronous=FULL", "foreign_keys=ON", f"busy_timeout={WAIT * 1000:.0f}"):
        connection.execute(f"PRAGMA {pragma}")


def _use_wal(connection: Any) -> None:
    """Several may open a new file at once, and here SQLite refuses instead of waiting."""
    end = time.monotonic() + WAIT
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError:
            if time.monotonic() > end:
                raise
            time.sleep(0.02)


def _begin_sqlite(connection: Any) -> None:
    # A read that later writes fails at once with "database is locked"; writers lock from the start.
    writes = connection.get_execution_options().get("writes")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
