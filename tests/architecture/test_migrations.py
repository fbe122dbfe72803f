"""Schema and models agree, on both databases, and an empty database reaches head."""

import pytest
from alembic import command
from sqlalchemy import inspect

from shared import migrations
from shared.database import Database
from shared.settings import SERVICES

PLUMBING = {"outbox", "inbox", "parked", "idempotency_keys", "revoked_sessions", "rate_limits"}


@pytest.mark.parametrize("service", SERVICES)
def test_an_empty_database_reaches_the_schema_of_the_models(
    service: str, database_url: str
) -> None:
    database = Database(database_url)
    try:
        migrations.upgrade(service, database)
        migrations.upgrade(service, database)  # again: nothing to do
        with database.write() as session:  # raises where models and tables differ
            command.check(migrations._config(service, connection=session.connection()))
        with database.read() as session:
            assert migrations.is_at_head(service, session.connection())
            tables = set(inspect(session.connection()).get_table_names())
        assert tables > PLUMBING
    finally:
        database.close()
