"""PostgreSQL and RabbitMQ as tests use them: a fresh place on each, and a loud word if one is away.

Nothing outside these places is touched: databases have random names of their own, events run in
a virtual host of their own.
"""

import os
import subprocess
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, NoReturn

import pika
import psycopg
import pytest
from psycopg import sql
from sqlalchemy.engine import make_url

from shared.messaging.topology import QUEUES, dead_letters

POSTGRES = os.environ.get(
    "TEST_POSTGRES_URL", "postgresql://postgres@127.0.0.1:5432/postgres"
).replace("postgresql+psycopg:", "postgresql:")
RABBITMQ = os.environ.get("TEST_RABBITMQ_URL", "amqp://guest:guest@127.0.0.1:5672/%2F")
MISSING: set[str] = set()  # what the closing lines of the run complain about


class Postgres:
    """Makes and drops databases on the server of TEST_POSTGRES_URL."""

    def __init__(self) -> None:
        try:
            self._admin = psycopg.connect(POSTGRES, autocommit=True, connect_timeout=5)
        except psycopg.OperationalError as error:
            missing("PostgreSQL", f"{_without_password(POSTGRES)}: {error}")
        self._made: set[str] = set()

    def create(self) -> str:
        """The name of a new, empty database."""
        name = f"clinic_test_{uuid.uuid4().hex[:16]}"
        create = sql.SQL("CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8'")
        self._admin.execute(create.format(sql.Identifier(name)))
        # Commits need not reach the disk: no test pulls the server's plug.
        hurry = sql.SQL("ALTER DATABASE {} SET synchronous_commit = off")
        self._admin.execute(hurry.format(sql.Identifier(name)))
        self._made.add(name)
        return name

    def empty(self, name: str) -> None:
        """No connection and no row is left; the schema stays. Far quicker than a new database."""
        with psycopg.connect(_address(name)) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            connection.execute("SET session_replication_role = replica")  # in any order of tables
            tables = connection.execute(
                "SELECT tablename FROM pg_tables"
                r" WHERE schemaname = 'public' AND tablename NOT LIKE '%\_version'"
            ).fetchall()
            for (table,) in tables:
                connection.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(table)))

    def drop(self, name: str) -> None:
        statement = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")
        self._admin.execute(statement.format(sql.Identifier(name)))
        self._made.discard(name)

    def url(self, name: str) -> str:
        return _address(name).replace("postgresql:", "postgresql+psycopg:", 1)

    def close(self) -> None:
        for name in list(self._made):
            self.drop(name)
        self._admin.close()


@contextmanager
def rabbit_vhost() -> Iterator[str]:
    """The URL of a virtual host that lives as long as this run.

    It takes `rabbitmqctl`. Without it a URL that somebody wrote into TEST_RABBITMQ_URL is used as
    it is, and the suite's queues there are deleted before every test.
    """
    _see_that_rabbit_answers()
    name = f"clinic-test-{uuid.uuid4().hex[:12]}"
    user = pika.URLParameters(RABBITMQ).credentials.username
    try:
        _rabbitmqctl("add_vhost", name)
    except (OSError, subprocess.SubprocessError) as error:
        if "TEST_RABBITMQ_URL" not in os.environ:
            missing("RabbitMQ", f"rabbitmqctl cannot make a virtual host ({error})")
        yield RABBITMQ
        return
    try:
        _rabbitmqctl("set_permissions", "-p", name, user, ".*", ".*", ".*")
        yield make_url(RABBITMQ).set(database=name).render_as_string(hide_password=False)
    finally:
        _rabbitmqctl("delete_vhost", name)


def empty_rabbit(url: str) -> None:
    """No queue of the suite is left, and with it no message."""
    with _channel(url) as channel:
        for queue in QUEUES:
            channel.queue_delete(queue)
            channel.queue_delete(dead_letters(queue))


def missing(server: str, reason: str) -> NoReturn:
    """A skip on a laptop, a failure in CI; both say so at the end of the run."""
    sentence = f"{server} is not tested: {' '.join(reason.split())}"
    MISSING.add(sentence)
    if os.environ.get("CI"):
        pytest.fail(sentence, pytrace=False)
    pytest.skip(sentence)


def _see_that_rabbit_answers() -> None:
    try:
        with _channel(RABBITMQ):
            pass
    except (pika.exceptions.AMQPError, OSError) as error:
        missing("RabbitMQ", f"{_without_password(RABBITMQ)}: {type(error).__name__} {error}")


@contextmanager
def _channel(url: str) -> Iterator[Any]:
    connection = pika.BlockingConnection(pika.URLParameters(url))
    try:
        yield connection.channel()
    finally:
        with suppress(pika.exceptions.AMQPError):
            connection.close()


def _rabbitmqctl(*arguments: str) -> None:
    command = ["rabbitmqctl", "-q", *arguments]
    subprocess.run(command, check=True, capture_output=True, timeout=60)


def _address(database: str) -> str:
    return make_url(POSTGRES).set(database=database).render_as_string(hide_password=False)


def _without_password(url: str) -> str:
    return make_url(url).render_as_string()
