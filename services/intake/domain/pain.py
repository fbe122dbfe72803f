"""Pain bands: how the 0-10 answer is put into words. They describe; they decide nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .errors import DataError

UNKNOWN = "unknown"
SCALE = range(11)


@dataclass(frozen=True, slots=True)
class PainBands:
    version: str
    codes: tuple[str, ...]  # one band code for each number of the scale
    wording: Mapping[str, Mapping[str, Any]]

    def band(self, worst: int | None) -> str:
        return UNKNOWN if worst is None else self.codes[worst]


def parse_bands(data: Mapping[str, Any]) -> PainBands:
    codes = {n: b["code"] for b in data["bands"] for n in range(b["from"], b["to"] + 1)}
    if sorted(codes) != list(SCALE) or sum(b["to"] + 1 - b["from"] for b in data["bands"]) != 11:
        raise DataError("pain, bands: must cover 0 to 10, each number once")
    wording = {band["code"]: band for band in data["bands"]}
    return PainBands(str(data["version"]), tuple(codes[n] for n in SCALE), wording)
