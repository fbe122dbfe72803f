"""Answer a repeated request once: key, fingerprint and sealed answer in the caller's transaction.

After draft-ietf-httpapi-idempotency-key-header; kept for 24 hours.
"""

import json
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from shared.sealing import ServiceKeys
from shared.tables import idempotency_keys as table

KEPT = timedelta(hours=24)
_LOCK_NOT_AVAILABLE = "55P03"  # PostgreSQL: somebody else holds the row for longer than we wait

Answer = dict[str, Any]


class KeyReused(Exception):
    """The key was used before with another request."""


class KeyInUse(Exception):
    """The first request with this key is still running."""


def once(
    session: Session, *, scope: str, key: str, body: Any, now: datetime, work: Callable[[], Answer]
) -> Answer:
    """Run `work` and keep its answer; a repeat gets the kept one.

    Raises KeyReused for another body, KeyInUse while the first is not finished.
    """
    keys: ServiceKeys = session.info["keys"]
    fingerprint = keys.index("idempotency", json.dumps(body, sort_keys=True, default=str))
    if not _claim(session, scope, key, fingerprint=fingerprint, now=now):
        return _kept_answer(session, scope, key, fingerprint=fingerprint)
    answer = work()
    sealed = keys.fields.seal(json.dumps(answer).encode(), context=f"answer/{scope}/{key}")
    session.execute(update(table).where(*_is(scope, key)).values(answer=sealed))
    return answer


def forget_old(session: Session, *, now: datetime) -> None:
    session.execute(delete(table).where(table.c.created_at < now - KEPT))


def insert_new(session: Session, into: Any, row: dict[str, Any] | Sequence[dict[str, Any]]) -> bool:
    """Insert one or several unless they are there (any unique key), after a rival's transaction on
    PostgreSQL; True when one was not."""
    dialect = session.get_bind().dialect.name
    insert = postgres_insert if dialect == "postgresql" else sqlite_insert
    # RETURNING tells whether a row came to be; psycopg's row count of an INSERT is not kept.
    statement = insert(into).values(row).on_conflict_do_nothing().returning(*into.primary_key)
    return session.execute(statement).first() is not None


def _claim(session: Session, scope: str, key: str, *, fingerprint: str, now: datetime) -> bool:
    row = {"scope": scope, "key": key, "fingerprint": fingerprint, "created_at": now}
    expired = delete(table).where(*_is(scope, key), table.c.created_at < now - KEPT)
    try:
        session.execute(expired)
        return insert_new(session, table, row)
    except OperationalError as error:
        if getattr(error.orig, "sqlstate", None) == _LOCK_NOT_AVAILABLE:
            raise KeyInUse from error
        raise


def _kept_answer(session: Session, scope: str, key: str, *, fingerprint: str) -> Answer:
    row = session.execute(
        select(table.c.fingerprint, table.c.answer).where(*_is(scope, key))
    ).one_or_none()
    if row is None or row.answer is None:
        raise KeyInUse
    if row.fingerprint != fingerprint:
        raise KeyReused
    keys: ServiceKeys = session.info["keys"]
    answer: Answer = json.loads(keys.fields.open(row.answer, context=f"answer/{scope}/{key}"))
    return answer


def _is(scope: str, key: str) -> tuple[Any, Any]:
    return table.c.scope == scope, table.c.key == key
