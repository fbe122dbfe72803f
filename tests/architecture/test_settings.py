"""Every setting is written down where an operator looks, and nowhere read in secret."""

import ast
import re
from pathlib import Path

import pytest

from shared.settings import SERVICES
from tests.architecture.tree import PRODUCT, ROOT, name, parsed, python_files

EXAMPLE = ROOT / ".env.example"
VARIABLE = re.compile(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+")
READERS = (
    "shared/settings.py",
    "suite/__main__.py",
    "suite/bench/mail/house.py",
)  # the second hands --data and --host on


def _read_by_settings() -> set[str]:
    """Variable names in shared/settings.py: all that is read through `get`."""
    found = {f"{service.upper()}_DATABASE_URL" for service in SERVICES}
    for node in ast.walk(parsed(ROOT / "shared" / "settings.py")):
        if isinstance(node, ast.Call) and _called(node) == "get" and node.args:
            argument = node.args[0]
            if isinstance(argument, ast.Constant):
                found.add(str(argument.value))
    return found


def _called(node: ast.Call) -> str:
    return node.func.attr if isinstance(node.func, ast.Attribute) else ""


def _documented() -> set[str]:
    text = EXAMPLE.read_text(encoding="utf-8")
    return set(re.findall(r"(?m)^#?([A-Z][A-Z0-9_]+)=", text))


def test_the_settings_reader_is_understood() -> None:
    assert {"EVENTS_URL", "MAIL_URL", "PUBLIC_URL", "CLINIC_ENV"} <= _read_by_settings()


@pytest.mark.parametrize("variable", sorted(_read_by_settings()))
def test_a_setting_is_explained_in_the_example_and_in_the_documents(variable: str) -> None:
    assert variable in _documented()
    documents = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
    said = [file for file in documents if variable in file.read_text(encoding="utf-8")]
    assert said, f"{variable} is explained neither in README.md nor in docs/"


def test_the_example_sets_only_what_compose_cannot_do_without() -> None:
    """Copied as it is, it changes nothing but the five passwords of a local demo."""
    lines = EXAMPLE.read_text(encoding="utf-8").splitlines()
    active = dict(line.split("=", 1) for line in lines if re.match(r"[A-Z]", line))
    assert set(active.values()) == {"local-demo-only"}
    assert all(variable.endswith("_PASSWORD") for variable in active)


@pytest.mark.parametrize("file", python_files(*PRODUCT), ids=name)
def test_only_the_settings_read_the_environment(file: Path) -> None:
    if name(file) in READERS:
        return
    reads = [
        node.lineno
        for node in ast.walk(parsed(file))
        if isinstance(node, ast.Call)
        and _called(node) in {"get", "getenv", "setdefault"}
        and ast.unparse(node.func) in {"os.getenv", "os.environ.get", "os.environ.setdefault"}
    ]
    assert not reads
