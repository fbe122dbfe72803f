"""The life of a visit: which step may follow which status, when, and what can be taken back.

Statuses are FHIR's Appointment.status.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from .errors import TooLate, TransitionRefused
from .time import instant_of, wall_time

NO_SHOW_AFTER = timedelta(minutes=15)
DESK_UNDO = timedelta(seconds=90)  # as long as mails about what the desk did wait
PATIENT_UNDO = timedelta(minutes=15)
COMING = frozenset({"booked", "arrived", "checked-in"})
WORDS = {
    "booked": "booked",
    "arrived": "marked as arrived",
    "checked-in": "in a room",
    "fulfilled": "done",
    "cancelled": "cancelled",
    "noshow": "marked as no-show",
    "entered-in-error": "marked as entered by mistake",
    "waitlist": "on the waiting list",
}
TAKEN_BACK = "undone"


@dataclass(frozen=True, slots=True)
class Step:
    """`action` is what history calls it; `frees`: the visit gives its time back."""

    action: str
    status: str
    after: frozenset[str]
    frees: bool = False


STEPS = {
    "arrive": Step("arrived", "arrived", frozenset({"booked"})),
    "room": Step("roomed", "checked-in", frozenset({"arrived", "checked-in"})),
    "complete": Step("completed", "fulfilled", frozenset({"arrived", "checked-in"})),
    "no-show": Step("no_show", "noshow", frozenset({"booked"}), frees=True),
    "cancel": Step("cancelled", "cancelled", COMING, frees=True),
    "enter-in-error": Step(
        "entered_in_error",
        "entered-in-error",
        COMING | {"fulfilled", "noshow", "cancelled"},
        frees=True,
    ),
}
MOVED = "moved"
CAN_BE_UNDONE = frozenset({MOVED, *(step.action for step in STEPS.values())})


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How a visit stands, as far as the next step depends on it."""

    status: str
    start: datetime
    end: datetime
    created_at: datetime


def check_step(step: Step, visit: Standing, now: datetime, zone: ZoneInfo) -> None:
    """Raise TransitionRefused with a sentence that says why, and what can be done instead."""
    if visit.status not in step.after:
        asked = WORDS[step.status]
        raise TransitionRefused(f"This visit is {WORDS[visit.status]}; it cannot be {asked} now.")
    today, day = (wall_time(instant, zone).date() for instant in (now, visit.start))
    if step.action == "arrived" and day != today:
        raise TransitionRefused("Arrivals are marked on the day of the visit only.")
    if step.action == "no_show" and now < visit.start + NO_SHOW_AFTER:
        raise TransitionRefused("A visit can be a no-show from 15 minutes after its start on.")
    if step.action == "cancelled" and day < today:
        raise TransitionRefused("This visit is over. Mark it as done or as no-show instead.")
    made = wall_time(visit.created_at, zone).date()
    if step.action == "entered_in_error" and today not in (made, day):
        raise TransitionRefused(
            "A visit is entered by mistake only on the day it was made or is to take place."
            " Cancel it instead."
        )


def check_move(visit: Standing, start: datetime, zone: ZoneInfo) -> None:
    """Whether a visit may have another time at all; whether that time is free is asked later."""
    if visit.status not in {"booked", "arrived"}:
        raise TransitionRefused(f"This visit is {WORDS[visit.status]}; it cannot be moved.")
    days = {wall_time(instant, zone).date() for instant in (visit.start, start)}
    if visit.status == "arrived" and len(days) > 1:
        raise TransitionRefused("The patient is here. Undo the arrival to move to another day.")


def check_patient_may_change(
    visit: Standing, now: datetime, *, cutoff: timedelta, phone: str
) -> None:
    """Patients change what is booked, and not in the last minutes: then they call."""
    if visit.status != "booked":
        raise TransitionRefused(f"This visit is {WORDS[visit.status]}. Please call us at {phone}.")
    if now > visit.start - cutoff:
        raise TooLate(phone)


def undo_until(step_action: str, now: datetime, *, by_patient: bool, zone: ZoneInfo) -> datetime:
    """Time that others wait for comes free soon; what only was ticked can be unticked all day."""
    if step_action == "cancelled" and by_patient:
        return now + PATIENT_UNDO
    if step_action in {MOVED, "cancelled", "entered_in_error"}:
        return now + DESK_UNDO
    tomorrow = wall_time(now, zone).date() + timedelta(days=1)
    return instant_of(tomorrow, time(), zone)


def last_standing(actions: Iterable[tuple[int, str]]) -> int | None:
    """Of a visit's (version, action) in order: the version that an undo would take back.

    An undo takes its change off the stack, so that the next one goes a step further back.
    """
    stack: list[int] = []
    for version, action in actions:
        if action in CAN_BE_UNDONE:
            stack.append(version)
        elif action == TAKEN_BACK and stack:
            stack.pop()
    return stack[-1] if stack else None
