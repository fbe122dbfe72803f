"""The verbs of `./clinic`, called as an operator calls them."""

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from suite.__main__ import clinic

VERBS = [
    "up",
    "serve",
    "worker",
    "worker-health",
    "migrate",
    "seed",
    "secrets make",
    "staff add",
    "token create",
    "token revoke",
    "integrity",
    "parking list",
    "parking show",
    "parking replay",
    "parking drop",
    "doctor",
]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """`run("seed", "--no-demo")` on a data folder of its own."""
    monkeypatch.setenv("CLINIC_DATA", str(tmp_path / "var"))

    def invoke(*arguments: str) -> Result:
        return CliRunner().invoke(clinic, list(arguments))

    return invoke


@pytest.fixture
def ready(run):
    """Migrated and seeded, without demo visits."""
    assert run("migrate").exit_code == 0
    assert run("seed", "--no-demo").exit_code == 0
    return run


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_explains_itself_and_takes_a_data_folder(run, verb: str) -> None:
    shown = run(*verb.split(), "--help")
    assert shown.exit_code == 0
    assert "--data DIR" in shown.output
    assert len(shown.output.splitlines()[2].strip()) > 20


@pytest.mark.parametrize(
    "wrong", [["fly"], ["up", "--port", "0"], ["staff", "add"], ["serve", "x"]]
)
def test_wrong_use_is_exit_2(run, wrong: list[str]) -> None:
    assert run(*wrong).exit_code == 2


def test_seeding_twice_adds_nothing(ready) -> None:
    first = ready("seed")
    assert "0 new demo visits" not in first.output
    assert "0 new demo visits" in ready("seed").output
    assert ready("integrity").exit_code == 0


def test_demo_visits_leave_more_than_half_of_the_times_free(ready) -> None:
    import contextlib
    from datetime import timedelta

    from services.scheduling import queries
    from services.scheduling.queries import Search
    from shared.service import Service

    def free() -> int:
        service = Service.start("scheduling")
        today = service.clock.now().astimezone(service.clinic.time_zone).date()
        search = Search(visit_type="NP", first=today, last=today + timedelta(days=6))
        with contextlib.closing(service), service.database.read() as session:
            now = service.clock.now()
            return len(list(queries.open_slots(session, service.clinic, search, now=now)))

    before = free()
    ready("seed")
    assert before / 2 < free() < before


def test_demo_visits_owe_nobody_a_mail(ready, tmp_path: Path) -> None:
    ready("seed")
    assert not (tmp_path / "var" / "mail").exists()


def test_a_token_stands_alone_on_the_last_line_and_can_be_revoked_once(ready) -> None:
    made = ready("token", "create", "--name", "reports", "--role", "clinician")
    assert made.exit_code == 0
    assert len(made.output.splitlines()[-1].split(".")) == 2
    assert "Revoked: 1" in ready("token", "revoke", "reports").output
    again = ready("token", "revoke", "reports")
    assert again.exit_code == 1
    assert "reports" in again.output


def test_a_member_of_staff_gets_a_one_time_link(ready) -> None:
    added = ready("staff", "add", "jo@example.com", "--name", "Jo", "--role", "front_desk")
    assert added.output.startswith("Staff sign-in: http://127.0.0.1:8000/scheduling/staff/sign-in")


def test_nothing_is_parked_at_first_and_an_unknown_id_is_an_error(ready) -> None:
    assert "Nothing is parked" in ready("parking", "list").output
    for verb in ("show", "replay", "drop"):
        assert ready("parking", verb, "no-such-id").exit_code == 1


def test_secrets_are_made_once_and_split_by_need(run, tmp_path: Path) -> None:
    made = run("secrets", "make", "--split")
    assert made.exit_code == 0
    files = [Path(line) for line in made.output.splitlines()]
    assert [stat.S_IMODE(file.stat().st_mode) for file in files] == [0o600] * 4
    intake = json.loads((tmp_path / "var" / "secrets.intake").read_text())
    assert set(intake) == {"events", "statements", "staff_verify", "fields.intake", "index.intake"}
    whole = files[0].read_text()
    assert run("secrets", "make").exit_code == 0
    assert files[0].read_text() == whole


def test_doctor_names_what_does_not_answer(ready, monkeypatch: pytest.MonkeyPatch) -> None:
    assert ready("doctor").exit_code == 0
    monkeypatch.setenv("MAIL_URL", "smtp://user:hush@127.0.0.1:9")
    monkeypatch.setenv("EVENTS_URL", "amqp://guest:hush@127.0.0.1:9/")
    sick = ready("doctor")
    assert sick.exit_code == 1
    assert sick.output.count("DOES NOT ANSWER") == 2
    assert "hush" not in sick.output


@pytest.mark.parametrize("verb", ["serve", "worker"])
def test_a_process_with_a_wrong_setting_ends_with_1(tmp_path: Path, verb: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "suite", verb, "intake", "--data", str(tmp_path)],
        env=os.environ | {"CLINIC_SECRETS_FILE": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.returncode, len(done.stderr.splitlines())) == (1, 1), done.stderr


@pytest.mark.parametrize(
    ("environ", "words"),
    [
        ({"CLINIC_ENV": "staging"}, "CLINIC_ENV"),
        ({"CLINIC_ENV": "production"}, "https://"),
        ({"MAIL_URL": "pigeon://roof"}, "MAIL_URL"),
        ({"CLINIC_LIMITS": "maybe"}, "CLINIC_LIMITS"),
        ({"CLINIC_CLOCK_FILE": "/nowhere/clock"}, "CLINIC_CLOCK_FILE"),
        ({"CLINIC_FILE": "/nowhere/clinic.toml"}, "clinic.toml"),
        ({"SCHEDULING_DATABASE_URL": "postgresql+psycopg://x@127.0.0.1:9/x"}, "database"),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else "",
)
def test_a_wrong_setting_is_one_sentence_and_exit_1(
    tmp_path: Path, environ: dict[str, str], words: str
) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "suite", "seed", "--data", str(tmp_path)],
        env=os.environ | environ,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 1
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr.splitlines()) == 1
