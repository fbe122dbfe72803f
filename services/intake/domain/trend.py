"""Pain and PEG from visit to visit of one patient: the rows of the table, and where their points
stand in the chart beside it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from typing import Any

from . import peg

WIDTH, HEIGHT, MARGIN = 360, 180, 24  # of the chart, in its own units
TOP = Fraction(10)  # both scales end here


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """What one visit's answers say about pain."""

    day: date
    submission: str
    worst: int | None = None
    now: int | None = None
    average: int | None = None
    peg: Fraction | None = None
    change: str | None = None  # against the last PEG before it


def visit_of(
    day: date,
    submission: str,
    *,
    document: Mapping[str, Any],
    details: Mapping[str, Mapping[str, Any]],
) -> Visit:
    pain = (document.get("inputs") or {}).get("pain") or {}
    return Visit(
        day=day,
        submission=submission,
        worst=pain.get("worst"),
        now=pain.get("now"),
        average=details.get("pain", {}).get("nrs_avg"),
        peg=peg.peg_score(details.get("daily_life", {}).get("peg")),
    )


def with_changes(visits: Iterable[Visit]) -> list[Visit]:
    """In the order of time; each compared with the last one before it that has a score."""
    told: list[Visit] = []
    before: Fraction | None = None
    for visit in visits:
        told.append(replace(visit, change=peg.change(before, visit.peg)))
        before = before if visit.peg is None else visit.peg
    return told


def points(values: Sequence[int | Fraction | None]) -> list[tuple[float, float]]:
    """Where each known value stands; visits are evenly spaced, a missing one leaves its place."""
    step = (WIDTH - 2 * MARGIN) / max(len(values) - 1, 1)
    height = HEIGHT - 2 * MARGIN
    known = ((place, value) for place, value in enumerate(values) if value is not None)
    return [
        (round(MARGIN + place * step, 1), round(MARGIN + height * float(1 - value / TOP), 1))
        for place, value in known
    ]
