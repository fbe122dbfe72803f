"""One clinic's facts, read from a TOML file: name, place, hours and holidays.

Sections of a service's own are in `raw`; that service reads and checks them.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time
from functools import lru_cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from shared.words import clock, weekday_run

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
HOLIDAY_SETS = ("us_federal", "oregon_legal")


class ClinicError(Exception):
    """The clinic file cannot be used; the text names the entry and what it must be."""


@dataclass(frozen=True, slots=True, eq=False)
class Clinic:
    """What every service needs to know about the clinic. Weekdays count from Monday = 0."""

    name: str
    short_name: str
    address_lines: tuple[str, ...]
    phone: str
    time_zone: ZoneInfo
    opening: Mapping[int, tuple[time, time]]
    holiday_set: str
    extra_closed: frozenset[date]
    extra_open: frozenset[date]
    raw: Mapping[str, Any] = field(repr=False)

    @classmethod
    def load(cls, path: Path) -> "Clinic":
        """Read and check the file; raises ClinicError."""
        try:
            raw = tomllib.loads(Path(path).read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise ClinicError(f"Cannot read the clinic file {path}: {error}") from error
        try:
            return cls(**_facts(raw), **_holidays(raw), opening=_opening(raw), raw=raw)
        except ClinicError as error:
            raise ClinicError(f"{path}: {error}") from None

    @property
    def hours(self) -> str:
        return self.hours_in("en")

    def hours_in(self, language: str) -> str:
        """The opening hours in words: "Monday to Friday, 8:00am to 4:30pm"."""
        runs: list[list[int]] = []
        for day in sorted(self.opening):
            last = runs[-1][-1] if runs else None
            if last == day - 1 and self.opening[last] == self.opening[day]:
                runs[-1].append(day)
            else:
                runs.append([day])
        to = {"en": "to", "es": "a"}[language]
        spans = (f" {to} ".join(map(clock, self.opening[run[0]])) for run in runs)
        named = (weekday_run(run, language) for run in runs)
        return "; ".join(f"{days}, {span}" for days, span in zip(named, spans, strict=True))

    def closed_dates(self, first: date, last: date) -> dict[date, str]:
        """Closed days of the week's open days from first to last, both included, by name."""
        closed = dict.fromkeys(self.extra_closed, "Closed")
        for year in range(first.year, last.year + 1):
            closed |= legal_holidays(self.holiday_set, year)
        return {
            day: name
            for day, name in sorted(closed.items())
            if first <= day <= last and day not in self.extra_open and day.weekday() in self.opening
        }


@lru_cache(maxsize=512)
def legal_holidays(name: str, year: int) -> dict[date, str]:
    """The days of one of HOLIDAY_SETS, whether or not the clinic opens on them."""
    # The library takes about a second to import: only who asks for holidays pays for it.
    import holidays

    days = holidays.country_holidays("US", years=year)
    skipped = "Columbus Day" if name == "oregon_legal" else None
    return {day: title for day, title in days.items() if title != skipped}


def _facts(raw: Mapping[str, Any]) -> dict[str, Any]:
    keys = {"name", "short_name", "address_lines", "phone", "time_zone"}
    table = _table(raw, "clinic", keys, required=keys)
    for key in ("name", "short_name", "phone", "time_zone"):
        _check(bool(table[key]) and isinstance(table[key], str), f"clinic.{key}", "a text")
    lines = table["address_lines"]
    is_text = isinstance(lines, list) and all(isinstance(line, str) and line for line in lines)
    _check(is_text and bool(lines), "clinic.address_lines", "a list of texts")
    try:
        zone = ZoneInfo(table["time_zone"])
    except (KeyError, ValueError, OSError):
        raise ClinicError("clinic.time_zone must be an IANA time zone.") from None
    return {**table, "address_lines": tuple(lines), "time_zone": zone}


def _opening(raw: Mapping[str, Any]) -> dict[int, tuple[time, time]]:
    table = _table(raw, "hours", set(WEEKDAYS), required=set())
    _check(bool(table), "hours", "at least one open day")
    return {
        WEEKDAYS.index(day): read_span(span, place=f"hours.{day}") for day, span in table.items()
    }


def _holidays(raw: Mapping[str, Any]) -> dict[str, Any]:
    table = _table(raw, "holidays", {"set", "closed", "open"}, required={"set"})
    _check(table["set"] in HOLIDAY_SETS, "holidays.set", f"one of {', '.join(HOLIDAY_SETS)}")
    closed, opened = (_dates(table.get(key, []), f"holidays.{key}") for key in ("closed", "open"))
    _check(not closed & opened, "holidays", "without a date that is both closed and open")
    return {"holiday_set": table["set"], "extra_closed": closed, "extra_open": opened}


def _table(
    raw: Mapping[str, Any], name: str, allowed: set[str], *, required: set[str]
) -> dict[str, Any]:
    table = raw.get(name)
    if not isinstance(table, dict):
        raise ClinicError(f"The section [{name}] is missing.")
    for key in sorted(required - set(table)):
        raise ClinicError(f"{name}.{key} is missing.")
    for key in sorted(set(table) - allowed):
        raise ClinicError(f"{name}.{key} is unknown; known are {', '.join(sorted(allowed))}.")
    return table


def _check(is_good: bool, place: str, expected: str) -> None:
    if not is_good:
        raise ClinicError(f"{place} must be {expected}.")


def read_span(span: Any, *, place: str) -> tuple[time, time]:
    """Two wall times, `["08:00", "16:30"]`, the first before the second."""
    try:
        opens, closes = (time.fromisoformat(text).replace(tzinfo=None) for text in span)
    except (ValueError, TypeError):
        raise ClinicError(f'{place} must be two times like ["08:00", "16:30"].') from None
    _check(opens < closes, place, "an earlier and a later time")
    return opens, closes


def _dates(values: Any, place: str) -> frozenset[date]:
    try:
        return frozenset(
            value if type(value) is date else date.fromisoformat(value) for value in values
        )
    except (ValueError, TypeError):
        raise ClinicError(f"{place} must be a list of dates like 2027-11-26.") from None
