"""Migrations: from empty to head on both databases, all or nothing, one process at a time."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import inspect, text
from sqlalchemy.exc import DBAPIError

import services
from shared import migrations, tables
from shared.database import Database
from shared.settings import ROOT, SERVICES

PLUMBING = set(tables.metadata.tables)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    database = Database(database_url)
    yield database
    database.close()


def check(service: str, database: Database) -> None:
    """Raises where the models and the migrated tables differ."""
    with database.write() as session:
        command.check(migrations._config(service, connection=session.connection()))


def tables_in(database: Database) -> set[str]:
    return set(inspect(database.engine).get_table_names())


def is_at_head(service: str, database: Database) -> bool:
    with database.read() as session:
        return migrations.is_at_head(service, session.connection())


# -- the three services ------------------------------------------------------------------------


@pytest.mark.parametrize("service", SERVICES)
def test_an_empty_database_is_brought_to_head(service: str, database: Database):
    assert not is_at_head(service, database)
    migrations.upgrade(service, database)
    assert is_at_head(service, database)
    assert tables_in(database) > PLUMBING
    check(service, database)  # raises when models and schema differ
    migrations.upgrade(service, database)
    assert is_at_head(service, database)


def test_a_database_at_another_revision_is_not_at_head(database: Database):
    migrations.upgrade("intake", database)
    with database.write() as session:
        session.execute(text("UPDATE intake_version SET version_num = '0000'"))
    assert not is_at_head("intake", database)


def test_the_database_of_one_service_is_not_at_another_ones_head(database: Database):
    migrations.upgrade("intake", database)
    assert not is_at_head("scheduling", database)


MIGRATE = """
import sys
from shared import migrations
from shared.database import Database
database = Database(sys.argv[1])
print("ready", flush=True)
sys.stdin.readline()
migrations.upgrade("scheduling", database)
database.close()
"""


def test_processes_that_migrate_at_once_all_end_well(database: Database, database_url: str):
    command = [sys.executable, "-c", MIGRATE, database_url]
    pipe = subprocess.PIPE
    both = [
        subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, cwd=ROOT) for _ in range(2)
    ]
    for one in both:
        assert one.stdout is not None
        assert one.stdout.readline() == b"ready\n"
    for one in both:
        assert one.stdin is not None
        one.stdin.write(b"\n")
        one.stdin.flush()
    ends = [one.communicate(timeout=60)[1][-400:] for one in both]
    assert [one.returncode for one in both] == [0, 0], ends
    assert is_at_head("scheduling", database)
    check("scheduling", database)


# -- an invented service -----------------------------------------------------------------------

MODELS = """
from sqlalchemy import Integer
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from shared.database import new_metadata

class Base(DeclarativeBase):
    metadata = new_metadata()

class Room(Base):
    __tablename__ = "rooms"
    id: Mapped[int] = mapped_column(Integer, primary_key=True)
"""
ENV = """
from services.sample.models import Base
from shared.migrations import run
run(Base.metadata)
"""
FIRST = """
from shared.migrations import create_plumbing
revision, down_revision = "0001", None

def upgrade():
    create_plumbing()
    create_plumbing(["rate_limits"])
"""
BROKEN = """
from alembic import op
revision, down_revision = "0002", "0001"

def upgrade():
    op.execute("CREATE TABLE half_done (id INTEGER)")
    op.execute("INSERT INTO nowhere VALUES (1)")
"""


@pytest.fixture
def versions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """`services.sample` with a first migration; the folder of its numbered files."""
    room = tmp_path / "services" / "sample"
    versions = room / "migrations" / "versions"
    versions.mkdir(parents=True)
    (room / "__init__.py").touch()
    (room / "models.py").write_text(MODELS)
    (room / "migrations" / "env.py").write_text(ENV)
    template = ROOT / "services" / "intake" / "migrations" / "script.py.mako"
    (room / "migrations" / "script.py.mako").write_text(template.read_text())
    (versions / "0001_first.py").write_text(FIRST)
    monkeypatch.setattr(services, "__path__", [*services.__path__, str(room.parent)])
    monkeypatch.setattr(migrations, "ROOT", tmp_path)
    yield versions
    for name in [name for name in sys.modules if name.startswith("services.sample")]:
        del sys.modules[name]


def test_the_plumbing_is_what_the_code_expects(versions: Path, database: Database):
    migrations.upgrade("sample", database)
    assert tables_in(database) == {*PLUMBING, "sample_version"}
    inspector = inspect(database.engine)
    for table in tables.metadata.sorted_tables:
        found = {column["name"]: column["nullable"] for column in inspector.get_columns(table.name)}
        assert found == {column.name: bool(column.nullable) for column in table.columns}
        indexed = {index["name"] for index in inspector.get_indexes(table.name)}
        assert indexed >= {index.name for index in table.indexes}


def test_a_migration_that_fails_leaves_nothing_behind(versions: Path, database: Database):
    (versions / "0002_broken.py").write_text(BROKEN)
    with pytest.raises(DBAPIError):
        migrations.upgrade("sample", database)
    assert tables_in(database) == set()
    assert not is_at_head("sample", database)
