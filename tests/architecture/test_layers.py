"""Who may import whom (pyproject.toml), and what `shared` may not know about."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.tree import ROOT, name

MEDICAL = re.compile(
    r"pain|symptom|diagnos|injur|spin(e|al)\b|knee|urgen|red.?flag|surg(ery|eon|ical)"
    r"|orthop|medic(al|ine|ation)|triage|disease",
    re.IGNORECASE,
)
KNOWS_THE_CLINIC = ("shared/events/", "shared/messaging/topology.py", "shared/clinic.toml")
TEXTS = {".py", ".html", ".txt", ".css", ".js", ".toml", ".svg"}


def test_imports_follow_the_contracts() -> None:
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports_command as r; r()"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    run = subprocess.run(
        [*command, "--no-cache"], cwd=ROOT, env=environment, capture_output=True, text=True
    )
    assert run.returncode == 0, run.stdout + run.stderr


def _shared_files() -> list[Path]:
    files = (file for file in sorted((ROOT / "shared").rglob("*")) if file.suffix in TEXTS)
    return [file for file in files if not name(file).startswith(KNOWS_THE_CLINIC)]


@pytest.mark.parametrize("file", _shared_files(), ids=name)
def test_shared_knows_no_medicine(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    assert not [match.group() for match in MEDICAL.finditer(text)]
