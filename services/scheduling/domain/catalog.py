"""Visit types, practitioners, rooms and booking rules as the clinic file words them, checked."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import time
from typing import Any

from .availability import DURATIONS, GRID_MINUTES, Span
from .limits import Limits

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
SPECIALTIES = ("spine", "sports", "joint_replacement", "foot_ankle", "general")
URGENT = "URG"  # the kind of visit that urgent-held times are as long as
BUFFERS = range(0, 65, 5)
SIDES = ("buffer_before", "buffer_after")
CUTOFF_MINUTES = 120
LIMITS = asdict(Limits())
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
    patient_change_cutoff_minutes: int  # how long before it starts a patient may change a visit
    limits: Limits

    @classmethod
    def read(cls, raw: Mapping[str, Any]) -> "Catalog":
        """From the parsed file; raises CatalogError with the place of the fault."""
        rooms = tuple(map(_resource, raw.get("resources", [])))
        kinds = {room["kind"] for room in rooms}
        tables = _tables(raw, "visit_types")
        types = {kind.id: kind for kind in (_visit_type(table, kinds) for table in tables)}
        people = tuple(_practitioner(table, types) for table in _tables(raw, "practitioners"))
        ids = [one["id"] for one in (*people, *rooms)]
        if twice := {one for one in ids if ids.count(one) > 1}:
            raise CatalogError(f"Two practitioners or resources have the same id: {min(twice)}.")
        keys = ("patient_notice_minutes", "patient_horizon_days", "staff_horizon_days")
        cutoff = {"patient_change_cutoff_minutes": CUTOFF_MINUTES}
        rules = _fields("booking", _filled(raw.get("booking"), cutoff), **_whole(*keys, *cutoff))
        own = _fields("limits", _filled(raw.get("limits", {}), LIMITS), **_whole(*LIMITS))
        return cls(types, people, rooms, **rules, limits=Limits(**own))


def read_hours(hours: Mapping[str, Any]) -> dict[int, tuple[Span, ...]]:
    """Weekday (0 is Monday) to spans of wall time; raises ValueError or TypeError."""
    return {WEEKDAYS.index(day): read_spans(spans) for day, spans in hours.items()}


def read_spans(spans: Iterable[Any]) -> tuple[Span, ...]:
    """`[["08:00", "12:00"], …]`, in order; raises ValueError or TypeError."""
    found = sorted((_wall(begins), _wall(stops)) for begins, stops in spans)
    if any(begins >= stops for begins, stops in found):
        raise ValueError("A span ends before it starts.")
    return tuple(found)


def read_starts(starts: Mapping[str, Any]) -> dict[int, tuple[time, ...]]:
    """Weekday (0 is Monday) to starts of wall time; raises ValueError or TypeError."""
    return {WEEKDAYS.index(day): tuple(sorted(map(_wall, texts))) for day, texts in starts.items()}


def _wall(text: str) -> time:
    wall = time.fromisoformat(text)
    if wall.tzinfo or wall.second or wall.microsecond:
        raise ValueError("Wall time has hours and minutes.")
    return wall


def _tables(raw: Mapping[str, Any], name: str) -> list[Any]:
    tables = raw.get(name)
    if not isinstance(tables, list) or not tables:
        raise CatalogError(f"At least one [[{name}]] is needed.")
    return tables


def _visit_type(table: Any, kinds: set[str]) -> VisitType:
    filled = _filled(table, {"buffer_before": 0, "buffer_after": 0, "needs": []})
    known = {"id": str, "name": str, "minutes": int, "online": bool}
    entry = _fields("visit_types", filled, **known, **_whole(*SIDES), needs=list)
    place, needs = f"visit_types.{entry['id']}", entry["needs"]
    if entry["minutes"] not in DURATIONS:
        raise CatalogError(f"{place}.minutes must be 15, 30, 45 or 60.")
    for side in SIDES:
        if entry[side] not in BUFFERS:
            raise CatalogError(f"{place}.{side} must be a multiple of 5 from 0 to 60.")
    if unknown := [kind for kind in needs if kind not in kinds]:
        raise CatalogError(f"{place}.needs: no resource is of the kind {unknown[0]!r}.")
    if len({*needs}) < len(needs):
        raise CatalogError(f"{place}.needs must name each kind once.")
    return VisitType(**entry | {"needs": tuple(needs)})


def _resource(table: Any) -> dict[str, str]:
    return _fields("resources", table, id=str, name=str, kind=str)


def _practitioner(table: Any, types: Mapping[str, VisitType]) -> dict[str, Any]:
    known = {"id": str, "name": str, "specialty": str, "visit_types": list, "hours": dict}
    filled = _filled(table, {"minutes": {}, "urgent": {}})
    entry = _fields("practitioners", filled, **known, minutes=dict, urgent=dict)
    place = f"practitioners.{entry['id']}"
    if entry["specialty"] not in SPECIALTIES:
        raise CatalogError(f"{place}.specialty must be one of {', '.join(SPECIALTIES)}.")
    if unknown := [one for one in entry["visit_types"] if one not in types]:
        raise CatalogError(f"{place}.visit_types: {unknown[0]!r} is not a visit type.")
    for kind, minutes in entry["minutes"].items():
        if kind not in entry["visit_types"]:
            raise CatalogError(f"{place}.minutes: {kind!r} is not among their visit types.")
        if type(minutes) is not int or minutes not in DURATIONS:
            raise CatalogError(f"{place}.minutes.{kind} must be 15, 30, 45 or 60.")
    try:
        read_hours(entry["hours"])
    except (ValueError, TypeError):
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


def _filled(table: Any, defaults: Mapping[str, Any]) -> Any:
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
