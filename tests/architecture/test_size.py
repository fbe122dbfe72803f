"""Small is the point: budgets per part, per file and per function."""

import ast
from pathlib import Path

import pytest

from tests.architecture.tree import PRODUCT, lines_of_code, name, parsed, python_files

BUDGETS = {  # about so many lines of code: a twentieth more is still "about"
    "services/intake": 2950,  # docs/decisions/0008-how-big-it-is.md
    "services/scheduling": 7400,
    "services/notifications": 2800,
    "shared": 2500,
    "suite": 1500,
}
LONGEST_FILE = 300
LONGEST_TEST_FILE = 600  # tables of cases: long, but nobody has to hold them in mind
LONGEST_FUNCTION = 50
VAGUE = {"utils", "util", "helpers", "helper", "common", "misc", "base"}


@pytest.mark.parametrize("part", BUDGETS)
def test_a_part_stays_inside_its_budget(part: str) -> None:
    sizes = {name(file): lines_of_code(file) for file in python_files(part)}
    total = sum(sizes.values())
    longest = sorted(sizes, key=lambda file: -sizes[file])[:6]
    assert total <= BUDGETS[part] * 1.05, f"{total} lines; look first at {longest}"


def test_shared_can_be_read_in_an_hour() -> None:
    """3,200 lines with every blank line and comment; it never gets more. Events are looked up one
    by one, not read."""
    files = (file for file in python_files("shared") if "events" not in file.parts)
    total = sum(_lines(file) for file in files)
    assert total <= 3200


@pytest.mark.parametrize("file", python_files(*PRODUCT, "tests"), ids=name)
def test_files_and_functions_fit_on_a_few_screens(file: Path) -> None:
    longest = LONGEST_TEST_FILE if name(file).startswith("tests/") else LONGEST_FILE
    assert _lines(file) <= longest, "make it a package of the same name"
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    long = {
        node.name: _height(node)
        for node in ast.walk(parsed(file))
        if isinstance(node, functions) and _height(node) > LONGEST_FUNCTION
    }
    assert not long


@pytest.mark.parametrize("file", python_files(*PRODUCT), ids=name)
def test_a_module_has_a_telling_name_and_says_what_lives_in_it(file: Path) -> None:
    assert not VAGUE & {part.removesuffix(".py") for part in file.parts}
    module = parsed(file)
    assert ast.get_docstring(module) or not module.body, "begin with a docstring of 1-5 lines"


def _lines(file: Path) -> int:
    return len(file.read_text(encoding="utf-8").splitlines())


def _height(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1
