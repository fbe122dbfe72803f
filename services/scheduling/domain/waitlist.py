"""Who is asked first when a time comes free, and when people may be asked at all."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from .catalog import WEEKDAYS
from .urgency import rank

PARTS = ("any", "morning", "afternoon")
OFFER_LIVES = timedelta(minutes=30)
NOON = 12
QUIET_UNTIL, QUIET_FROM = time(8), time(20)  # mails that want an answer come by day
SAME_DAY_UNTIL = time(15)  # later than that nobody can arrange to come today


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """What somebody would take. `current`: the start of the visit that they have, as wall time;
    `days`: local dates and weekdays, none for any."""

    id: str
    since: datetime
    urgency: str | None
    visit_type: str
    practitioner: str | None = None
    specialty: str | None = None
    days: tuple[str, ...] = ()
    part_of_day: str = "any"
    current: datetime | None = None
    latest_day: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """A time that came free; `local` is its start on the clinic's wall."""

    practitioner: str
    specialty: str
    start: datetime
    local: datetime


def suits(waiting: Waiting, opening: Opening) -> bool:
    """Whether they asked for such a time, and it is better than what they have."""
    day, local = opening.local.date(), opening.local
    is_wanted_day = not waiting.days or {str(day), WEEKDAYS[day.weekday()]} & {*waiting.days}
    part = "morning" if local.hour < NOON else "afternoon"
    return bool(
        waiting.practitioner in (None, opening.practitioner)
        and is_wanted_day
        and waiting.part_of_day in ("any", part)
        and (waiting.current is None or local < waiting.current)
        and (waiting.latest_day is None or day <= waiting.latest_day)
    )


def ranked(people: Iterable[Waiting], opening: Opening) -> list[Waiting]:
    """Those whom it suits: urgent ones first, then by fit, then who has waited longest."""
    suited = [one for one in people if suits(one, opening)]
    return sorted(
        suited,
        key=lambda one: (-rank(one.urgency), -_fit(one, opening), one.since, one.id),
    )


def may_ask(now: datetime, start: datetime) -> bool:
    """Both as wall time: not at night, and for today only while the day is young."""
    until = SAME_DAY_UNTIL if now.date() == start.date() else QUIET_FROM
    return QUIET_UNTIL <= now.time() < until


def _fit(waiting: Waiting, opening: Opening) -> int:
    is_named = waiting.practitioner == opening.practitioner
    return int(is_named) + int(waiting.specialty == opening.specialty)
