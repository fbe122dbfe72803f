"""Visit types, practitioners and booking rules as the clinic file words them, checked."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import time
from typing import Any

from .availability import DURATIONS, Span
from .limits import Limits

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
SPECIALTIES = ("spine", "sports", "joint_replacement", "foot_ankle", "general")
CUTOFF_MINUTES = 120
LIMITS = asdict(Limits())
HOURS = '{ monday = [["08:00", "12:00"], ["13:00", "16:30"]] }'


class CatalogError(ValueError):
    """An entry of the clinic file is wrong; the text names it."""


@dataclass(frozen=True, slots=True)
class VisitType:
    id: str
    name: str
    minutes: int
    online: bool


@dataclass(frozen=True, slots=True, eq=False)
class Catalog:
    """The scheduling part of the clinic file."""

    visit_types: Mapping[str, VisitType]
    practitioners: tuple[dict[str, Any], ...]  # id, name, specialty, visit_types, hours
    patient_notice_minutes: int
    patient_horizon_days: int
    staff_horizon_days: int
    patient_change_cutoff_minutes: int  # how long before it starts a patient may change a visit
    limits: Limits

    @classmethod
    def read(cls, raw: Mapping[str, Any]) -> "Catalog":
        """From the parsed file; raises CatalogError with the place of the fault."""
        types = {kind.id: kind for kind in map(_visit_type, _tables(raw, "visit_types"))}
        people = tuple(_practitioner(table, types) for table in _tables(raw, "practitioners"))
        if len({person["id"] for person in people}) < len(people):
            raise CatalogError("Two practitioners have the same id.")
        keys = ("patient_notice_minutes", "patient_horizon_days", "staff_horizon_days")
        cutoff = {"patient_change_cutoff_minutes": CUTOFF_MINUTES}
        rules = _fields("booking", _filled(raw.get("booking"), cutoff), **_whole(*keys, *cutoff))
        own = _fields("limits", _filled(raw.get("limits", {}), LIMITS), **_whole(*LIMITS))
        return cls(types, people, **rules, limits=Limits(**own))


def read_hours(hours: Mapping[str, Any]) -> dict[int, tuple[Span, ...]]:
    """Weekday (0 is Monday) to spans of wall time; raises ValueError or TypeError."""
    working = {
        WEEKDAYS.index(day): tuple(
            (time.fromisoformat(begins), time.fromisoformat(stops)) for begins, stops in spans
        )
        for day, spans in hours.items()
    }
    if any(begins >= stops for spans in working.values() for begins, stops in spans):
        raise ValueError("A span ends before it starts.")
    return working


def _tables(raw: Mapping[str, Any], name: str) -> list[Any]:
    tables = raw.get(name)
    if not isinstance(tables, list) or not tables:
        raise CatalogError(f"At least one [[{name}]] is needed.")
    return tables


def _visit_type(table: Any) -> VisitType:
    entry = VisitType(**_fields("visit_types", table, id=str, name=str, minutes=int, online=bool))
    if entry.minutes not in DURATIONS:
        raise CatalogError(f"visit_types.{entry.id}.minutes must be 15, 30, 45 or 60.")
    return entry


def _practitioner(table: Any, types: Mapping[str, VisitType]) -> dict[str, Any]:
    known = {"id": str, "name": str, "specialty": str, "visit_types": list, "hours": dict}
    entry = _fields("practitioners", table, **known)
    place = f"practitioners.{entry['id']}"
    if entry["specialty"] not in SPECIALTIES:
        raise CatalogError(f"{place}.specialty must be one of {', '.join(SPECIALTIES)}.")
    if unknown := [one for one in entry["visit_types"] if one not in types]:
        raise CatalogError(f"{place}.visit_types: {unknown[0]!r} is not a visit type.")
    try:
        read_hours(entry["hours"])
    except (ValueError, TypeError):
        raise CatalogError(f"{place}.hours must look like {HOURS}.") from None
    return entry


def _filled(table: Any, defaults: Mapping[str, int]) -> Any:
    """What a clinic leaves out is as we would have it."""
    return {**defaults, **table} if isinstance(table, dict) else table


def _whole(*names: str) -> dict[str, type]:
    return dict.fromkeys(names, int)


def _fields(place: str, table: Any, /, **known: type) -> dict[str, Any]:
    if not isinstance(table, dict) or set(table) != set(known):
        raise CatalogError(f"{place} needs exactly: {', '.join(known)}.")
    for key, kind in known.items():
        if type(table[key]) is not kind or table[key] == "":
            raise CatalogError(f"{place}.{key} must be of type {kind.__name__}.")
    return dict(table)
