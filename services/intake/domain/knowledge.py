"""The data files of intake, read and checked together once: catalog, rules, pain bands, wording."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from .cases import Case, parse_cases
from .catalog import Catalog, parse_catalog
from .errors import DataError
from .pain import PainBands, parse_bands
from .rules import RuleSet, parse_rules

Parsed = TypeVar("Parsed")
FOLDER = Path(__file__).resolve().parent.parent / "data"


@dataclass(frozen=True, slots=True)
class Knowledge:
    catalog: Catalog
    rules: RuleSet
    pain: PainBands
    wording: Mapping[str, Any]

    def words(self, language: str) -> Mapping[str, Any]:
        """A language without its texts yet reads English, never a gap."""
        words: Mapping[str, Any] = self.wording.get(language) or self.wording["en"]
        return words


@cache
def knowledge(folder: Path = FOLDER) -> Knowledge:
    catalog = _parsed(folder / "catalog.json", parse_catalog)
    return Knowledge(
        catalog=catalog,
        rules=_parsed(folder / "rules.json", lambda data: parse_rules(data, catalog)),
        pain=_parsed(folder / "pain.json", parse_bands),
        wording=read_data(folder / "wording.json"),
    )


@cache
def cases(folder: Path = FOLDER) -> tuple[Case, ...]:
    return parse_cases(read_data(folder / "cases.json"))


def _parsed(path: Path, parse: Callable[[Any], Parsed]) -> Parsed:
    try:
        return parse(read_data(path))
    except (KeyError, TypeError, AttributeError) as error:
        raise DataError(f"{path.name}: not of the shape that is read here: {error!r}") from error


def read_data(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DataError(f"{path.name}: cannot be read: {error}") from error
