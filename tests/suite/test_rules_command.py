"""`./clinic rules`: a sound copy passes, a wrong one is told by rule, a changed one by case."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from services.intake.domain.knowledge import FOLDER
from shared.settings import ROOT

SHIPPED = FOLDER / "rules.json"


def run(*arguments: object) -> tuple[int, str]:
    command = [sys.executable, "-m", "suite", "rules", *map(str, arguments)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    return done.returncode, done.stdout + done.stderr


@pytest.fixture
def edited(tmp_path: Path) -> Any:
    def write(**changes: Any) -> Path:
        """The shipped rules with U-40 changed."""
        data = json.loads(SHIPPED.read_text(encoding="utf-8"))
        for rule in data["rules"]:
            if rule["id"] == "U-40":
                rule.update(changes)
        file = tmp_path / "copy.json"
        file.write_text(json.dumps(data | {"version": "copy-2"}), encoding="utf-8")
        return file

    return write


def test_the_shipped_rules_are_sound_and_judge_every_case_as_expected() -> None:
    status, said = run("check", SHIPPED)
    assert status == 0
    assert "64 rules, all sound." in said
    assert "0 not as expected." in said


def test_a_fault_names_the_rule_and_the_field(edited: Any) -> None:
    status, said = run("check", edited(level="SOON"))
    assert status == 1
    assert "rule U-40, level: 'SOON' is not a level a rule may give" in said


def test_a_changed_rule_names_the_cases(edited: Any) -> None:
    copy = edited(level="SAME_DAY")
    status, said = run("check", copy)
    assert status == 1
    assert "URGENT_2BD expected, SAME_DAY given" in said
    status, said = run("diff", SHIPPED, copy)
    assert status == 1
    assert "URGENT_2BD -> SAME_DAY" in said


def test_no_change_is_no_difference(edited: Any) -> None:
    status, said = run("diff", SHIPPED, edited())
    assert (status, "0 with another level." in said) == (0, True)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"rules": [7]}', "\x00"])
def test_a_file_that_is_no_rule_set_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "broken.json"
    file.write_text(text, encoding="utf-8")
    assert run("check", file)[0] == 1
    status, said = run("diff", SHIPPED, file)
    assert status == 2
    assert "broken.json" in said
    assert "Traceback" not in said


def test_a_missing_file_is_wrong_use(tmp_path: Path) -> None:
    assert run("check", tmp_path / "absent.json")[0] == 2
