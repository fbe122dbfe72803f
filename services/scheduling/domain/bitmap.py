"""Free starts of a practitioner's day by bit arithmetic: bit n is the n-th cell of its window.

Which starts a day has at all is asked of the engine, once per kind of day; this module only takes
away what is occupied. `availability` is its oracle: tests hold the two against each other.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from .availability import Calendar, Rules, Wish, open_starts, urgent_times
from .time import CELL_SECONDS, TimeRange, instant_of, whole_days

MARGIN = 12  # cells before and after the day, into which the longest buffer reaches
_MOST = 4096


@dataclass(frozen=True, slots=True)
class Window:
    """The cells of one local day, with the margins: `first` is the cell of bit 0."""

    first: int
    size: int
    has_clock_change: bool

    @property
    def everything(self) -> int:
        return (1 << self.size) - 1

    def bits(self, cells: range) -> int:
        """These cells, as far as they lie in the window."""
        low, high = max(cells.start - self.first, 0), min(cells.stop - self.first, self.size)
        return (1 << high) - (1 << low) if low < high else 0

    def starts(self, bits: int) -> Iterator[int]:
        """Seconds since 1970 of every bit that is set, in order."""
        while bits:
            low = bits & -bits
            yield (self.first + low.bit_length() - 1) * CELL_SECONDS
            bits ^= low


@dataclass(frozen=True, slots=True)
class Occupied:
    """Cells that visits and holds have, and those cells with the buffers around them."""

    own: int = 0
    around: int = 0


@dataclass(frozen=True, slots=True)
class Pattern:
    """The starts of a day before anybody books: all of them, and those kept for the urgent."""

    starts: int
    urgent: int


_NOTHING = Pattern(0, 0)


@lru_cache(maxsize=_MOST)
def window_of(day: date, zone: ZoneInfo) -> Window:
    span = whole_days(day, day, zone)
    hours = (span.end - span.start) // timedelta(hours=1)
    size = len(span.cells) + 2 * MARGIN
    return Window(span.cells.start - MARGIN, size, has_clock_change=hours != 24)


class Patterns:
    """Patterns by what they depend on. Days of one kind share theirs: most of a year's Tuesdays
    are one. On the two days a year on which clocks change each day is a kind of its own."""

    def __init__(self) -> None:
        self._known: dict[object, Pattern] = {}

    def of(self, rules: Rules, calendar: Calendar, minutes: int, *, day: date) -> Pattern:
        window = window_of(day, rules.zone)
        blocks = [*_within(window, rules.blocks), *_within(window, calendar.blocks)]
        opening, spans = rules.opening_on(day), calendar.spans_on(day)
        if opening is None or not spans:
            return _NOTHING
        urgent = calendar.urgent.get(day.weekday(), ())
        lasting = calendar.urgent_minutes or rules.urgent_minutes
        exact = day if window.has_clock_change else None
        kind = (opening, spans, urgent, lasting, tuple(blocks), minutes, exact)
        known = self._known.get(kind)
        if known is None:
            if len(self._known) >= _MOST:
                self._known.clear()
            known = self._known[kind] = _pattern(rules, calendar, minutes, day=day)
        return known


def free_starts(
    wish: Wish, pattern: int, occupied: Occupied, rooms: Iterable[Iterable[Occupied]]
) -> int:
    """The starts of a pattern at which nothing stands in the way: no visit and no hold, no buffer
    (of two neighbours' the larger counts), and a free room of each needed kind."""
    visit, before, after = (
        minutes * 60 // CELL_SECONDS
        for minutes in (wish.minutes, wish.buffer_before, wish.buffer_after)
    )
    bad = _smeared(occupied.own << before, visit + before + after)
    bad |= _smeared(occupied.around, visit)
    for of_kind in rooms:
        full = -1
        for room in of_kind:
            full &= _smeared(room.own, visit)
        bad |= full
    return pattern & ~bad


def _smeared(bits: int, width: int) -> int:
    """Each bit, and as many below it that together there are `width`: where something of that
    length would have to start to meet it."""
    done = 1
    while done < width and bits:
        step = min(done, width - done)
        bits |= bits >> step
        done += step
    return bits


def _pattern(rules: Rules, calendar: Calendar, minutes: int, *, day: date) -> Pattern:
    """What the engine says of an empty day, to staff, who are bound by no notice."""
    window = window_of(day, rules.zone)
    midnight = instant_of(day, time(), rules.zone)
    wish = Wish(minutes, "staff", midnight)
    empty = replace(calendar, blocks=tuple(_near(window, calendar.blocks)))
    starts = urgent = 0
    kept = urgent_times(rules, calendar, day)
    for start in open_starts(rules, wish, empty, day=day):
        assert start.instant is not None
        visit = TimeRange.lasting(start.instant, minutes)
        bit = window.bits(range(visit.cells.start, visit.cells.start + 1))
        starts |= bit
        urgent |= bit if any(visit.overlaps(one) for one in kept) else 0
    return Pattern(starts, urgent)


def _near(window: Window, blocks: Iterable[TimeRange]) -> Iterator[TimeRange]:
    last = window.first + window.size
    for block in blocks:
        cells = block.cells
        if cells.start < last and cells.stop > window.first:
            yield block


def _within(window: Window, blocks: Iterable[TimeRange]) -> Iterator[tuple[float, float]]:
    """Blocks that touch the day, in seconds from its beginning."""
    zero = window.first * CELL_SECONDS
    for block in _near(window, blocks):
        yield block.start.timestamp() - zero, block.end.timestamp() - zero
