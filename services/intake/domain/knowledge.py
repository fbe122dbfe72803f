"""The data files of intake, read and checked together once: catalog, rules, pain bands, wording."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from .catalog import Catalog, parse_catalog
from .pain import PainBands, parse_bands
from .rules import RuleSet, parse_rules

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
    catalog = parse_catalog(_read(folder / "catalog.json"))
    return Knowledge(
        catalog=catalog,
        rules=parse_rules(_read(folder / "rules.json"), catalog),
        pain=parse_bands(_read(folder / "pain.json")),
        wording=_read(folder / "wording.json"),
    )


def _read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))
