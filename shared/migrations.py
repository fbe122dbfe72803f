"""Migrations of one service: run them, ask whether they are all run.

Each service keeps numbered files in `services/<service>/migrations/`; no alembic.ini.
"""

from collections.abc import Collection
from pathlib import Path
from typing import Any

from alembic import command, context, op
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from shared import tables
from shared.database import Database
from shared.settings import ROOT

ALONE = (
    "SET LOCAL statement_timeout = 0",  # a large table takes its time
    "SET LOCAL lock_timeout = '60s'",
    "SELECT pg_advisory_xact_lock(20270301)",  # one process migrates, the others wait for it
    "SET LOCAL lock_timeout = '5s'",  # but nobody's request waits for long behind a migration
)


def upgrade(service: str, database: Database) -> None:
    """Bring the schema to head, in one transaction on both databases."""
    with database.write() as session:
        if not database.is_sqlite:  # there a writer is alone anyway
            for statement in ALONE:
                session.execute(text(statement))
        config = _config(service, connection=session.connection())
        command.upgrade(config, "head")


def is_at_head(service: str, connection: Connection) -> bool:
    options = {"version_table": _version_table(service)}
    current = MigrationContext.configure(connection, opts=options).get_current_revision()
    return current == ScriptDirectory.from_config(_config(service)).get_current_head()


def run(metadata: Any) -> None:
    """What a service's `migrations/env.py` calls, with the metadata of its models."""
    config = context.config
    service = config.attributes["service"]
    context.configure(
        connection=config.attributes["connection"],
        target_metadata=[metadata, tables.metadata],
        version_table=_version_table(service),
        render_as_batch=True,
        compare_type=True,
    )
    context.run_migrations()


FIRST = ("outbox", "inbox", "parked", "idempotency_keys", "revoked_sessions")


def create_plumbing(names: Collection[str] = FIRST) -> None:
    """Called by every service's migrations: 0001 makes the first tables, a later one names its
    own. A table that changes its columns later needs a frozen copy here."""
    for table in tables.metadata.sorted_tables:
        if table.name in names:
            table.create(op.get_bind())


def _config(service: str, **attributes: Any) -> Config:
    config = Config(attributes={"service": service, **attributes})
    config.set_main_option("script_location", str(_folder(service)))
    config.set_main_option("path_separator", "os")
    return config


def _folder(service: str) -> Path:
    return ROOT / "services" / service / "migrations"


def _version_table(service: str) -> str:
    return f"{service}_version"
