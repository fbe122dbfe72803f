"""Settings: defaults that run on a laptop, wrong values named in a sentence, production strict."""

from pathlib import Path

import pytest

from shared.settings import ROOT, SERVICES, Settings, SettingsError


def read(service: str = "scheduling", **environ: str) -> Settings:
    return Settings.from_env(service, environ)


# -- defaults ----------------------------------------------------------------------------------


@pytest.mark.parametrize("service", SERVICES)
def test_everything_has_a_default_that_runs_on_a_laptop(service: str, tmp_path: Path):
    settings = read(service, CLINIC_DATA=str(tmp_path))
    assert settings.service == service
    assert settings.database_url == f"sqlite:///{tmp_path}/{service}.db"
    assert settings.events_url == f"sqlite:///{tmp_path}/events.db"
    assert settings.mail_url == f"file:{tmp_path}/mail"
    assert settings.public_url == "http://127.0.0.1:8000"
    assert settings.clinic_file == ROOT / "shared" / "clinic.toml"
    assert settings.secrets_file == tmp_path / "secrets"
    assert settings.clock_file is None
    assert settings.is_demo


def test_the_data_folder_is_var_here(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.chdir(tmp_path)
    assert read().data == tmp_path / "var"


def test_an_empty_variable_counts_as_unset():
    assert read(PUBLIC_URL="", CLINIC_CLOCK_FILE="", CLINIC_ENV=" ").is_demo


def test_the_public_address_never_ends_with_a_slash():
    assert read(PUBLIC_URL="https://clinic.example/").public_url == "https://clinic.example"


# -- values in files ---------------------------------------------------------------------------


def test_any_secret_may_come_from_a_file(tmp_path: Path):
    (tmp_path / "url").write_text("postgresql+psycopg://u:p@db/scheduling\n")
    settings = read(SCHEDULING_DATABASE_URL_FILE=str(tmp_path / "url"))
    assert settings.database_url == "postgresql+psycopg://u:p@db/scheduling"


def test_variables_that_end_in_file_by_themselves_are_paths(tmp_path: Path):
    settings = read(
        CLINIC_FILE=str(tmp_path / "clinic.toml"),
        CLINIC_SECRETS_FILE=str(tmp_path / "s"),
        CLINIC_CLOCK_FILE=str(tmp_path / "c"),
    )
    assert settings.clinic_file == tmp_path / "clinic.toml"
    assert settings.secrets_file == tmp_path / "s"
    assert settings.clock_file == tmp_path / "c"


@pytest.mark.parametrize("content", [None, b"\xff\xfe\x00"], ids=["missing", "not text"])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, content: bytes | None):
    file = tmp_path / "mail"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(SettingsError, match=f"MAIL_URL_FILE: cannot read {file}"):
        read(MAIL_URL_FILE=str(file))


# -- wrong values ------------------------------------------------------------------------------

WRONG = {
    "unknown environment": ({"CLINIC_ENV": "prod"}, "CLINIC_ENV"),
    "mail without scheme": ({"MAIL_URL": "localhost:25"}, "MAIL_URL"),
    "mail over http": ({"MAIL_URL": "http://mail"}, "MAIL_URL"),
    "mail server without slashes": ({"MAIL_URL": "smtp:mail:25"}, "MAIL_URL"),
    "events over http": ({"EVENTS_URL": "http://broker"}, "EVENTS_URL"),
    "events without slashes": ({"EVENTS_URL": "amqp:broker"}, "EVENTS_URL"),
    "events on PostgreSQL": ({"EVENTS_URL": "postgresql+psycopg://db/e"}, "EVENTS_URL"),
    "events in memory": ({"EVENTS_URL": "sqlite://"}, "EVENTS_URL"),
    "address without scheme": ({"PUBLIC_URL": "clinic.example"}, "PUBLIC_URL"),
    "address without slashes": ({"PUBLIC_URL": "https:clinic.example"}, "PUBLIC_URL"),
    "database of another kind": ({"SCHEDULING_DATABASE_URL": "mysql://db/x"}, "SCHEDULING_"),
    "driver of another kind": ({"SCHEDULING_DATABASE_URL": "postgresql://db/x"}, "SCHEDULING_"),
    "database without slashes": ({"SCHEDULING_DATABASE_URL": "sqlite:x.db"}, "SCHEDULING_"),
    "database in memory": ({"SCHEDULING_DATABASE_URL": "sqlite://"}, "SCHEDULING_"),
    "database in memory, in words": (
        {"SCHEDULING_DATABASE_URL": "sqlite:///:memory:"},
        "SCHEDULING_",
    ),
    "database that is no address": (
        {"SCHEDULING_DATABASE_URL": "postgresql+psycopg://u:s3cret@db:port/x"},
        "SCHEDULING_",
    ),
    "database of another service": (
        {"SCHEDULING_DATABASE_URL": "sqlite:////a.db", "INTAKE_DATABASE_URL": "sqlite:////a.db"},
        "SCHEDULING_DATABASE_URL is also another service's",
    ),
}


@pytest.mark.parametrize(("environ", "sentence"), WRONG.values(), ids=WRONG)
def test_a_wrong_value_is_named_and_not_repeated_with_its_password(
    environ: dict[str, str], sentence: str
):
    with pytest.raises(SettingsError, match=sentence) as refused:
        read(**environ)
    assert "s3cret" not in str(refused.value)


GOOD = {
    "PostgreSQL": {"SCHEDULING_DATABASE_URL": "postgresql+psycopg://u:p@db:5432/scheduling"},
    "RabbitMQ": {"EVENTS_URL": "amqp://u:p@broker:5672/%2F"},
    "RabbitMQ over TLS": {"EVENTS_URL": "amqps://u:p@broker/clinic"},
    "mail folder": {"MAIL_URL": "file:var/mail"},
    "mail relay": {"MAIL_URL": "smtp://mail:25"},
    "mail over TLS": {"MAIL_URL": "smtps://u:p@mail"},
    "mail over STARTTLS": {"MAIL_URL": "smtp+starttls://u:p@mail:587"},
    "relative SQLite file": {"SCHEDULING_DATABASE_URL": "sqlite:///x.db"},
}


@pytest.mark.parametrize("environ", GOOD.values(), ids=GOOD)
def test_every_kind_of_server_is_accepted(environ: dict[str, str]):
    read(**environ)


# -- production --------------------------------------------------------------------------------


@pytest.fixture
def production(tmp_path: Path) -> dict[str, str]:
    secrets = tmp_path / "secrets"
    secrets.write_text("{}")
    return {
        "CLINIC_ENV": "production",
        "SCHEDULING_DATABASE_URL": "postgresql+psycopg://db/scheduling",
        "EVENTS_URL": "amqp://broker/",
        "MAIL_URL": "smtp://mail",
        "PUBLIC_URL": "https://clinic.example",
        "CLINIC_SECRETS_FILE": str(secrets),
    }


def test_production_starts_with_everything_said(production: dict[str, str]):
    assert not read(**production).is_demo


@pytest.mark.parametrize("name", ["SCHEDULING_DATABASE_URL", "EVENTS_URL", "MAIL_URL"])
def test_production_takes_no_default(production: dict[str, str], name: str):
    del production[name]
    with pytest.raises(SettingsError, match=f"Production needs these settings: {name}"):
        read(**production)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"CLINIC_CLOCK_FILE": "clock"}, "CLINIC_CLOCK_FILE is for tests"),
        ({"PUBLIC_URL": "http://clinic.example"}, "PUBLIC_URL must be an https"),
        ({"PUBLIC_URL": ""}, "PUBLIC_URL must be an https"),
        ({"CLINIC_SECRETS_FILE": "nowhere"}, "CLINIC_SECRETS_FILE .*secrets make"),
    ],
    ids=["clock file", "plain http", "no address", "no secrets"],
)
def test_production_refuses(production: dict[str, str], changes: dict[str, str], sentence: str):
    with pytest.raises(SettingsError, match=sentence):
        read(**(production | changes))


def test_everything_that_is_missing_is_said_at_once(production: dict[str, str]):
    with pytest.raises(SettingsError, match="SCHEDULING_DATABASE_URL, MAIL_URL"):
        read(**(production | {"SCHEDULING_DATABASE_URL": "", "MAIL_URL": ""}))
