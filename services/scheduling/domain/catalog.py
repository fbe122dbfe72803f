"""Visit types, practitioners, resources and booking rules as the clinic file words them, checked."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import time
from typing import Any

from .availability import DURATIONS, GRID_MINUTES, Span

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
SPECIALTIES = ("spine", "sports", "joint_replacement", "foot_ankle", "general")
URGENT = "URG"  # the kind of visit that urgent-held times are as long as
BUFFERS = range(0, 65, 5)
STARTS = '{ monday = ["11:30", "15:30"] }'
HOURS = '{ monday = [["08:00", "12:00"], ["13:00", "16:30"]] }'


class CatalogError(ValueError):
    """An entry of the clinic file is wrong; the text names it."""


@dataclass(frozen=True, slots=True)
class VisitType:
    """Buffers are minutes that stay free before and after; `needs` are kinds of resources."""

    id: str
    name: str
    minutes: int
    online: bool
    buffer_before: int = 0
    buffer_after: int = 0
    needs: tuple[str, ...] = ()

    def lasting(self, own_minutes: Mapping[str, int]) -> "VisitType":
        """The same kind of visit with somebody's own length of it."""
        minutes = own_minutes.get(self.id, self.minutes)
        return self if minutes == self.minutes else replace(self, minutes=minutes)


@dataclass(frozen=True, slots=True, eq=False)
class Catalog:
    """The scheduling part of the clinic file."""

    visit_types: Mapping[str, VisitType]
    practitioners: tuple[dict[str, Any], ...]  # as the rows of the table want them
    resources: tuple[dict[str, str], ...]  # id, name, kind
    patient_notice_minutes: int
    patient_horizon_days: int
    staff_horizon_days: int

    @classmethod
    def read(cls, raw: Mapping[str, Any]) -> "Catalog":
        """From the parsed file; raises CatalogError with the place of the fault."""
        rooms = tuple(map(_resource, raw.get("resources", [])))
        kinds = {room["kind"] for room in rooms}
        types = {kind.id: kind for kind in (_visit_type(table, kinds) for table in _tables(raw, "visit_types"))}
        people = tuple(_practitioner(table, types) for table in _tables(raw, "practitioners"))
        ids = [one["id"] for one in (*people, *rooms)]
        if twice := {one for one in ids if ids.count(one) > 1}:
            raise CatalogError(f"Two practitioners or resources have the same id: {min(twice)}.")
        keys = ("patient_notice_minutes", "patient_horizon_days", "staff_horizon_days")
        rules = _fields("booking", raw.get("booking"), dict.fromkeys(keys, int))
        return cls(types, people, rooms, **rules)


def read_hours(hours: Mapping[str, Any]) -> dict[int, tuple[Span, ...]]:
    """Weekday (0 is Monday) to spans of wall time; raises ValueError or TypeError."""
    return {WEEKDAYS.index(day): read_spans(spans) for day, spans in hours.items()}


def read_spans(spans: Iterable[Any]) -> tuple[Span, ...]:
    """`[["08:00", "12:00"], …]`, in order; raises ValueError or TypeError."""
    found = sorted((time.fromisoformat(begins), time.fromisoformat(stops)) for begins, stops in spans)
    if any(begins >= stops for begins, stops in found):
        raise ValueError("A span ends before it starts.")
    return tuple(found)


def read_starts(starts: Mapping[str, Any]) -> dict[int, tuple[time, ...]]:
    """Weekday (0 is Monday) to starts of wall time; raises ValueError or TypeError."""
    return {
        WEEKDAYS.index(day): tuple(sorted(time.fromisoformat(text) for text in texts))
        for day, texts in starts.items()
    }


def _tables(raw: Mapping[str, Any], name: str) -> list[Any]:
    tables = raw.get(name)
    if not isinstance(tables, list) or not tables:
        raise CatalogError(f"At least one [[{name}]] is needed.")
    return tables


def _visit_type(table: Any, kinds: set[str]) -> VisitType:
    needed = {"id": str, "name": str, "minutes": int, "online": bool}
    more = {"buffer_before": int, "buffer_after": int, "needs": list}
    entry = _fields("visit_types", table, needed, optional=more)
    place = f"visit_types.{entry['id']}"
    if entry["minutes"] not in DURATIONS:
        raise CatalogError(f"{place}.minutes must be 15, 30, 45 or 60.")
    for side in ("buffer_before", "buffer_after"):
        if entry.get(side, 0) not in BUFFERS:
            raise CatalogError(f"{place}.{side} must be a multiple of 5 from 0 to 60.")
    needs = entry.get("needs", [])
    if not all(isinstance(kind, str) for kind in needs) or len({*needs}) < len(needs):
        raise CatalogError(f"{place}.needs must be a list of different kinds of resources.")
    if unknown := [kind for kind in needs if kind not in kinds]:
        raise CatalogError(f"{place}.needs: no resource is of the kind {unknown[0]!r}.")
    return VisitType(**entry | {"needs": tuple(needs)})


def _resource(table: Any) -> dict[str, str]:
    entry: dict[str, str] = _fields("resources", table, {"id": str, "name": str, "kind": str})
    return entry


def _practitioner(table: Any, types: Mapping[str, VisitType]) -> dict[str, Any]:
    needed = {"id": str, "name": str, "specialty": str, "visit_types": list, "hours": dict}
    more = {"minutes": dict, "urgent": dict}
    entry = {"minutes": {}, "urgent": {}} | _fields("practitioners", table, needed, optional=more)
    place = f"practitioners.{entry['id']}"
    if entry["specialty"] not in SPECIALTIES:
        raise CatalogError(f"{place}.specialty must be one of {', '.join(SPECIALTIES)}.")
    if unknown := [one for one in entry["visit_types"] if one not in types]:
        raise CatalogError(f"{place}.visit_types: {unknown[0]!r} is not a visit type.")
    for kind, minutes in entry["minutes"].items():
        if kind not in entry["visit_types"] or minutes not in DURATIONS:
            raise CatalogError(f"{place}.minutes.{kind} must be 15, 30, 45 or 60, of a type listed.")
    try:
        read_hours(entry["hours"])
    except (ValueError, TypeError, AttributeError):
        raise CatalogError(f"{place}.hours must look like {HOURS}.") from None
    _check_urgent(f"{place}.urgent", entry["urgent"], types)
    return entry


def _check_urgent(place: str, urgent: Mapping[str, Any], types: Mapping[str, VisitType]) -> None:
    try:
        starts = [start for of_day in read_starts(urgent).values() for start in of_day]
    except (ValueError, TypeError):
        raise CatalogError(f"{place} must look like {STARTS}.") from None
    if any(start.minute % GRID_MINUTES or start.second for start in starts):
        raise CatalogError(f"{place}: visits start at a full quarter of an hour.")
    if starts and URGENT not in types:
        raise CatalogError(f"{place} needs the visit type {URGENT}, which is not listed.")


def _fields(
    place: str, table: Any, needed: Mapping[str, type], *, optional: Mapping[str, type] = {}
) -> dict[str, Any]:
    known = {**needed, **optional}
    if not isinstance(table, dict) or not needed.keys() <= table.keys() <= known.keys():
        also = f" (and may have: {', '.join(optional)})" if optional else ""
        raise CatalogError(f"{place} needs exactly: {', '.join(needed)}{also}.")
    for key, value in table.items():
        if type(value) is not known[key] or value == "":
            raise CatalogError(f"{place}.{key} must be of type {known[key].__name__}.")
    return dict(table)
