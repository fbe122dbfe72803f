"""What the documents say about the code is still so."""

import ast
import re
from pathlib import Path

import pytest

from tests.architecture.tree import ROOT, parsed

PLACE = re.compile(r"`([\w./-]+\.py):([A-Za-z_][\w.]*)`")
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")


def _documents() -> list[Path]:
    return [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


def _places() -> list[tuple[str, str]]:
    file = ROOT / "docs" / "architecture.md"
    return PLACE.findall(file.read_text(encoding="utf-8")) if file.exists() else []


def test_the_architecture_page_points_into_the_code() -> None:
    assert len(_places()) >= 5


@pytest.mark.parametrize(("file", "defined"), _places(), ids=":".join)
def test_a_named_place_exists(file: str, defined: str) -> None:
    """`file.py:function`, `file.py:Class.method` or `file.py:CONSTANT`."""
    body: list[ast.stmt] = parsed(ROOT / file).body
    for part in defined.split("."):
        found = [node for node in body if part in _names(node)]
        assert found, f"{file} has no {defined}"
        body = getattr(found[0], "body", [])


def _names(node: ast.stmt) -> set[str]:
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return {node.name}
    if isinstance(node, ast.Assign):
        return {target.id for target in node.targets if isinstance(target, ast.Name)}
    if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
        return {node.target.id}
    return set()


@pytest.mark.parametrize("document", _documents(), ids=lambda file: file.name)
def test_links_inside_the_repository_lead_somewhere(document: Path) -> None:
    links = LINK.findall(document.read_text(encoding="utf-8"))
    inside = [link for link in links if not re.match(r"\w+:", link)]
    assert not [link for link in inside if not (document.parent / link).exists()]
