"""The words of intake: regions, sides, mechanisms, symptoms and history flags, read from data.
What they mean for urgency is in rules.py, for the kind of visit in routing.py."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from .errors import DataError

Items = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Catalog:
    version: str
    regions: Items
    mechanisms: Items
    groups: Items
    symptoms: Items
    flags: Items
    injuries: frozenset[str] = field(default=frozenset())

    def sides(self, region: str) -> tuple[str, ...]:
        return tuple(self.regions[region]["sides"])

    def symptoms_for(self, region: str) -> tuple[str, ...]:
        return tuple(code for code, item in self.symptoms.items() if region in item["ask_for"])

    def flags_for(self, region: str) -> tuple[str, ...]:
        return tuple(code for code, item in self.flags.items() if region in item["ask_for"])


def parse_catalog(data: Mapping[str, Any]) -> Catalog:
    mechanisms = _by_code(data, "mechanisms", needs=("injury",))
    regions = _by_code(data, "regions", needs=("sides", "specialty"))
    groups = _by_code(data, "groups")
    symptoms = _by_code(data, "symptoms", needs=("ask_for", "group", "emergency_sign"))
    flags = _by_code(data, "history_flags", needs=("ask_for", "group"))
    for name, items in (("symptoms", symptoms), ("history_flags", flags)):
        _refuse_unknown(name, items, regions)
    for code, item in symptoms.items():
        if item["group"] not in groups:
            raise DataError(f"catalog, symptoms {code}, group: {item['group']!r} is not known")
    injuries = frozenset(code for code, item in mechanisms.items() if item["injury"])
    return Catalog(str(data["version"]), regions, mechanisms, groups, symptoms, flags, injuries)


def label(item: Mapping[str, Any], language: str) -> str:
    return str(item.get(language) or item["en"])


def _by_code(data: Mapping[str, Any], name: str, *, needs: Iterable[str] = ()) -> Items:
    items: dict[str, Mapping[str, Any]] = {}
    for item in data[name]:
        code = str(item.get("code", ""))
        for key in ("code", "en", "es", *needs):
            if key not in item:
                raise DataError(f"catalog, {name} {code}, {key}: missing")
        if code in items:
            raise DataError(f"catalog, {name} {code}: stated twice")
        items[code] = item
    return items


def _refuse_unknown(name: str, items: Items, regions: Items) -> None:
    for code, item in items.items():
        for region in item["ask_for"]:
            if region not in regions:
                raise DataError(f"catalog, {name} {code}, ask_for: {region!r} is not a region")
