"""docker-compose.yml and Dockerfile, read without an engine: no promise is lost."""

import re
from typing import Any

import pytest
import yaml

from shared.settings import SERVICES, Settings
from tests.architecture.tree import ROOT

COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
PARTS: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {f"{service}-{half}" for service in SERVICES for half in ("web", "worker")} | {"setup"}


def _example() -> dict[str, str]:
    text = (ROOT / ".env.example").read_text(encoding="utf-8")
    return dict(re.findall(r"(?m)^([A-Z_]+)=(.*)$", text))


def _filled_in(text: str, values: dict[str, str]) -> str:
    """What compose makes of ${NAME}, ${NAME:-default} and ${NAME:?complaint}."""

    def fill(match: re.Match[str]) -> str:
        name, kind, rest = match.groups()
        if values.get(name):
            return values[name]
        assert kind != ":?", f"{name}: {rest}"
        return rest or ""

    return re.sub(r"\$\{(\w+)(?:(:[-?])([^}]*))?\}", fill, text)


def _environment(part: str, values: dict[str, str]) -> dict[str, str]:
    return {key: _filled_in(text, values) for key, text in PARTS[part]["environment"].items()}


def test_all_parts_are_there() -> None:
    assert set(PARTS) == OURS | {"postgres", "rabbitmq", "mailpit", "gateway"}


@pytest.mark.parametrize("part", sorted(set(PARTS) - OURS))
def test_foreign_images_are_pinned_by_their_major_version(part: str) -> None:
    tag = PARTS[part]["image"].partition(":")[2]
    assert re.match(r"v?\d", tag), f"{part} must not follow `latest`"


def test_postgres_18_keeps_its_data_one_folder_higher_than_before() -> None:
    assert "postgres:/var/lib/postgresql" in PARTS["postgres"]["volumes"]


@pytest.mark.parametrize("part", sorted(set(PARTS) - {"setup"}))
def test_what_stays_up_restarts_and_tells_its_health(part: str) -> None:
    assert PARTS[part]["restart"] == "unless-stopped"
    assert PARTS[part]["healthcheck"]["test"][0] == "CMD"


@pytest.mark.parametrize("part", sorted(OURS - {"setup"}))
def test_nothing_starts_before_keys_and_schema_are_there(part: str) -> None:
    assert PARTS[part]["depends_on"]["setup"] == {"condition": "service_completed_successfully"}


def test_only_the_gateway_and_the_mail_catcher_are_reached_from_outside() -> None:
    published = {part for part in PARTS if "ports" in PARTS[part]}
    assert published == {"gateway", "mailpit"}
    ports = [_filled_in(port, {}) for part in published for port in PARTS[part]["ports"]]
    assert all(port.startswith("127.0.0.1:") for port in ports)


def test_no_secret_stands_in_the_file() -> None:
    text = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    named = re.findall(r"(?m)^\s+\w*(?:PASS|PASSWORD|SECRET|TOKEN|KEY)\w*:\s*(.*)$", text)
    assert named
    assert not [value for value in named if not value.startswith(("${", "/keys/"))]
    in_addresses = re.findall(r"://[^:/\s]+:([^@\s]*(?:\{[^}]*\})?[^@\s]*)@", text)
    assert len(in_addresses) == 4
    assert all(re.fullmatch(r"\$\{\w+:\?[^}]*\}", password) for password in in_addresses)


def test_passwords_have_no_default_but_the_copied_example() -> None:
    with pytest.raises(AssertionError, match=r"copy \.env\.example to \.env"):
        _environment("intake-web", {})
    for part in OURS:
        _environment(part, _example())


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("half", ["web", "worker"])
def test_a_service_is_handed_its_own_database_and_keys_alone(service: str, half: str) -> None:
    part = f"{service}-{half}"
    environment = _environment(part, _example())
    others = {f"{other.upper()}_DATABASE_URL" for other in SERVICES if other != service}
    assert not others & set(environment)
    assert environment["CLINIC_SECRETS_FILE"] == f"/keys/{service}/secrets"
    keys = [volume for volume in PARTS[part]["volumes"] if volume.startswith("keys")]
    assert keys == [f"keys-{service}:/keys/{service}:ro"]
    settings = Settings.from_env(service, environment)
    assert f"@postgres:5432/{service}" in settings.database_url
    assert settings.events_url.startswith("amqp://clinic:")


def test_every_variable_of_the_file_is_explained_in_the_example() -> None:
    text = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    used = set(re.findall(r"\$\{(\w+)", text))
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    assert used <= set(re.findall(r"(?m)^#?([A-Z_]+)=", example))


def test_the_image_runs_without_root_and_holds_the_locked_packages() -> None:
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    assert re.search(r"(?m)^FROM python:3\.\d+-slim$", text)
    assert "--require-hashes" in text
    assert text.index("USER clinic") < text.index("ENTRYPOINT")
