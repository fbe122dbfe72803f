"""The source files of the repository, as the tests of this room look at them."""

import ast
import io
import tokenize
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PRODUCT = ("shared", "services", "suite")


def python_files(*folders: str) -> list[Path]:
    """Written Python: no migrations, which are numbered records of the past."""
    files = [file for folder in folders for file in sorted((ROOT / folder).rglob("*.py"))]
    assert files, f"no Python under {folders}"
    return [file for file in files if "migrations" not in file.parts]


def name(file: Path) -> str:
    return str(file.relative_to(ROOT))


def parsed(file: Path) -> ast.Module:
    return ast.parse(file.read_text(encoding="utf-8"), filename=name(file))


def lines_of_code(file: Path) -> int:
    """Lines that do something: without blank lines, comments and docstrings."""
    text = file.read_text(encoding="utf-8")
    silent = {
        tokenize.COMMENT,
        tokenize.NL,
        tokenize.NEWLINE,
        tokenize.INDENT,
        tokenize.DEDENT,
        tokenize.ENCODING,
        tokenize.ENDMARKER,
    }
    used: set[int] = set()
    for token in tokenize.tokenize(io.BytesIO(text.encode()).readline):
        if token.type not in silent:
            used.update(range(token.start[0], token.end[0] + 1))
    return len(used - _docstrings(ast.parse(text)))


def _docstrings(module: ast.Module) -> set[int]:
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    lines: set[int] = set()
    for node in ast.walk(module):
        if isinstance(node, documented) and ast.get_docstring(node) is not None:
            first = node.body[0]
            lines.update(range(first.lineno, (first.end_lineno or first.lineno) + 1))
    return lines
