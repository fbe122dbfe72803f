"""How often something may be asked for: one counter per question, asker and span of time.

The asker is kept as a keyed hash only. Counted in the caller's transaction.
"""

from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session

from shared.sealing import ServiceKeys
from shared.tables import rate_limits as table


class TooMany(Exception):
    """Answered with 429; `retry_after` is in seconds."""

    def __init__(self, retry_after: int) -> None:
        super().__init__("Too many requests.")
        self.retry_after = retry_after


def count(
    session: Session, what: str, who: str, *, limit: int, per: timedelta, now: datetime
) -> None:
    """One more of these by this asker. Raises TooMany for the one after the last allowed."""
    keys: ServiceKeys = session.info["keys"]
    seconds = int(per.total_seconds())
    began = int(now.timestamp()) // seconds * seconds
    ends_at = datetime.fromtimestamp(began + seconds, now.tzinfo)
    row = {"key": keys.index(f"limit/{what}", who), "ends_at": ends_at, "count": 1}
    is_postgres = session.get_bind().dialect.name == "postgresql"
    insert = (postgres_insert if is_postgres else sqlite_insert)(table).values(row)
    bump = insert.on_conflict_do_update(
        index_elements=[table.c.key, table.c.ends_at], set_={"count": table.c.count + 1}
    )
    if session.execute(bump.returning(table.c.count)).scalar_one() > limit:
        raise TooMany(began + seconds - int(now.timestamp()))


def forget_old(session: Session, *, now: datetime) -> None:
    session.execute(delete(table).where(table.c.ends_at < now))
