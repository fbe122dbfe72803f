"""The plumbing tables that every service's database holds, each service its own copy."""

import sqlalchemy as sa
from sqlalchemy import Column, Index, Integer, LargeBinary, String, Table

from shared.database import UTCDateTime, new_metadata

metadata = new_metadata()
_SEQUENCE = sa.BigInteger().with_variant(Integer, "sqlite")

outbox = Table(
    "outbox",
    metadata,
    Column("sequence", _SEQUENCE, primary_key=True, autoincrement=True),
    Column("event_id", String(36), nullable=False, unique=True),
    Column("type", String(80), nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("recorded_at", UTCDateTime, nullable=False),
    Column("lease_until", UTCDateTime),
    Column("published_at", UTCDateTime),
)
_waiting = outbox.c.published_at.is_(None)
Index("ix_outbox_waiting", outbox.c.sequence, sqlite_where=_waiting, postgresql_where=_waiting)

inbox = Table(
    "inbox",
    metadata,
    Column("event_id", String(36), primary_key=True),
    Column("received_at", UTCDateTime, nullable=False),
)

parked = Table(
    "parked",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("type", String(80), nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("reason", sa.Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("parked_at", UTCDateTime, nullable=False),
    Column("retry_at", UTCDateTime),  # empty: waits for a person
)

idempotency_keys = Table(
    "idempotency_keys",
    metadata,
    Column("scope", String(80), primary_key=True),
    Column("key", String(64), primary_key=True),
    Column("fingerprint", String(64), nullable=False),
    Column("answer", LargeBinary),  # sealed
    Column("created_at", UTCDateTime, nullable=False, index=True),
)

rate_limits = Table(
    "rate_limits",
    metadata,
    Column("key", String(64), primary_key=True),  # keyed hash of what is limited and who asks
    Column("ends_at", UTCDateTime, primary_key=True),
    Column("count", Integer, nullable=False),
)

revoked_sessions = Table(
    "revoked_sessions",
    metadata,
    Column("session", String(36), primary_key=True),
    Column("until", UTCDateTime, nullable=False),  # after this the statement is expired anyway
)
