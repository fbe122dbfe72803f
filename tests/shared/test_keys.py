"""The secrets file: made once, for its owner's eyes only, and divided among the services."""

import json
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from shared import keys
from shared.sealing import SealError
from shared.settings import ROOT, SERVICES, SettingsError


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "var" / "secrets"


def write(file: Path, document: Any, *, mode: int = 0o600) -> None:
    file.parent.mkdir(exist_ok=True)
    file.write_text(document if isinstance(document, str) else json.dumps(document))
    file.chmod(mode)


def part_of(service: str, file: Path) -> keys.Secrets:
    write(file, keys.part_for(keys.make(), service))
    return keys.load(file, may_create=False)


# -- the file ----------------------------------------------------------------------------------


def test_the_first_start_makes_a_file_that_only_its_owner_can_read(file: Path):
    keys.load(file, may_create=True)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [one.name for one in file.parent.iterdir()] == ["secrets"]


def test_the_second_start_reads_the_same_keys(file: Path):
    first = keys.load(file, may_create=True)
    again = keys.load(file, may_create=True)
    assert first.link_key() == again.link_key()


def test_no_two_installations_share_a_key():
    first, second = json.dumps(keys.make()), json.dumps(keys.make())
    values = {text for text in first.split('"') if len(text) >= 40}
    assert len(values) == 11  # events, statements, links, two of staff; of each service two
    assert not any(value in second for value in values)


def test_without_leave_no_file_is_made(file: Path):
    with pytest.raises(SettingsError, match="secrets make"):
        keys.load(file, may_create=False)
    assert not file.exists()


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644, 0o602, 0o777])
def test_a_file_that_others_can_read_is_refused(file: Path, mode: int):
    write(file, keys.make(), mode=mode)
    with pytest.raises(SettingsError, match="chmod 600"):
        keys.load(file, may_create=True)


def test_an_existing_file_is_never_overwritten(file: Path):
    write(file, "mine")
    keys.write(file, keys.make())
    assert file.read_text() == "mine"
    assert [one.name for one in file.parent.iterdir()] == ["secrets"]


LOAD = """
import sys
from pathlib import Path
from shared import keys
print("ready", flush=True)
sys.stdin.readline()
print(keys.load(Path(sys.argv[1]), may_create=True).link_key().hex())
"""


def test_processes_that_make_the_file_at_once_end_with_the_same_keys(file: Path):
    command = [sys.executable, "-c", LOAD, str(file)]
    pipe = subprocess.PIPE
    both = [subprocess.Popen(command, stdin=pipe, stdout=pipe, cwd=ROOT) for _ in range(2)]
    for one in both:
        assert one.stdout is not None
        assert one.stdout.readline() == b"ready\n"
    for one in both:
        assert one.stdin is not None
        one.stdin.write(b"\n")
        one.stdin.flush()
    answers = {one.communicate(timeout=30)[0] for one in both}
    assert len(answers) == 1
    assert answers != {b""}
    assert [one.name for one in file.parent.iterdir()] == ["secrets"]


# -- damage ------------------------------------------------------------------------------------

DAMAGED: dict[str, Any] = {
    "empty": "",
    "half": '{"events": {"act',
    "a list": [],
    "a text": '"secret"',
    "no events key": {},
    "events a text": {"events": "k1"},
    "events without keys": {"events": {"active": "k1", "keys": {}}},
    "a short events key": {"events": {"active": "k1", "keys": {"k1": "QUJD"}}},
    "keys a list": {"events": {"active": "k1", "keys": ["QUJD"]}},
}


@pytest.mark.parametrize("document", DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_file_is_said_in_a_sentence_without_its_content(file: Path, document: Any):
    write(file, document)
    with pytest.raises(SettingsError, match="secrets file") as refused:
        keys.load(file, may_create=True)
    assert "QUJD" not in str(refused.value)


DAMAGED_PARTS: dict[str, Any] = {
    "index.intake": ["", "QUJD", 7, None, "%%%", {"k": "v"}],
    "fields.intake": ["", {}, None, [], {"active": "k1", "keys": {"k1": "QUJD"}}],
    "links": ["", "QUJD", 7, None],
    "staff_sign": ["", "QUJD", None],
    "staff_verify": ["", "QUJD", []],
}
USES = {
    "index.intake": lambda one: one.service_keys("intake"),
    "fields.intake": lambda one: one.service_keys("intake"),
    "links": lambda one: one.link_key(),
    "staff_sign": lambda one: one.staff_private(),
    "staff_verify": lambda one: one.staff_public(),
}
parts = [(name, value) for name, values in DAMAGED_PARTS.items() for value in values]


@pytest.mark.parametrize(("name", "value"), parts, ids=[f"{name}={value}" for name, value in parts])
def test_a_damaged_key_is_named_and_not_used(file: Path, name: str, value: Any):
    write(file, keys.make() | {name: value})
    secrets = keys.load(file, may_create=False)
    with pytest.raises(SettingsError, match=name):
        USES[name](secrets)


def test_secrets_are_not_shown_by_accident(file: Path):
    document = keys.make()
    write(file, document)
    assert document["links"] not in repr(keys.load(file, may_create=False))


# -- one part per service ----------------------------------------------------------------------


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_can_work_with_its_part_alone(file: Path, service: str):
    part = part_of(service, file)
    ring = part.service_keys(service).fields
    assert ring.open(ring.seal(b"row", context="t/1"), context="t/1") == b"row"
    part.keyring("events")
    part.keyring("statements")
    part.staff_public()


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("other", SERVICES)
def test_a_stolen_part_opens_no_other_service(file: Path, service: str, other: str):
    part = part_of(service, file)
    if other != service:
        with pytest.raises(SettingsError, match=other):
            part.service_keys(other)
        assert not any(name.endswith(f".{other}") for name in json.loads(file.read_text()))


@pytest.mark.parametrize("service", SERVICES)
def test_links_and_staff_statements_are_made_by_scheduling_alone(file: Path, service: str):
    part = part_of(service, file)
    if service == "scheduling":
        assert len(part.link_key()) == 32
        part.staff_private()
        return
    with pytest.raises(SettingsError, match="links"):
        part.link_key()
    with pytest.raises(SettingsError, match="staff_sign"):
        part.staff_private()


def test_the_services_of_one_installation_understand_each_other(tmp_path: Path):
    document, opened = keys.make(), {}
    for service in SERVICES:
        write(tmp_path / service, keys.part_for(document, service))
        opened[service] = keys.load(tmp_path / service, may_create=False)
    sealed = opened["scheduling"].keyring("events").seal(b"booked", context="e")
    assert opened["notifications"].keyring("events").open(sealed, context="e") == b"booked"
    with pytest.raises(SealError):
        opened["notifications"].service_keys("notifications").fields.open(sealed, context="e")
    signed = opened["scheduling"].staff_private().sign(b"staff")
    opened["intake"].staff_public().verify(signed, b"staff")
