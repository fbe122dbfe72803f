"""Oregon's Form 827: whoever first sees a work injury sends it to the insurer within 72 hours of
the first visit, not counting Saturdays, Sundays and legal holidays (OAR 436-010-0241)."""

from collections.abc import Collection, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

LEGAL_HOLIDAYS = "oregon_legal"
DAYS = 3  # 72 hours
LONGEST_WAIT = timedelta(days=14)  # in which the holidays have to be known
BEEN_HERE = ("follow_up", "after_surgery")


def needs_form_827(claim: Mapping[str, Any] | None, inputs: Mapping[str, Any] | None) -> bool:
    """For a new work injury; who comes without a safety check counts as new."""
    reason = (inputs or {}).get("visit_reason")
    return bool(claim) and (claim or {}).get("claim_type") == "work" and reason not in BEEN_HERE


def form_827_due(first_visit: datetime, holidays: Collection[date]) -> datetime:
    """`first_visit` and the answer are wall time at the clinic. A visit on a day that does not
    count starts the clock when the next counting day begins."""
    due = first_visit
    if not _counts(due.date(), holidays):
        due = datetime.combine(_next_counting(due.date(), holidays), time(), due.tzinfo)
    for _ in range(DAYS):
        due = datetime.combine(_next_counting(due.date(), holidays), due.time(), due.tzinfo)
    if due.time() == time():  # the end of the third day, not the start of one that never counts
        last = due.date() - timedelta(days=1)
        while not _counts(last, holidays):
            last -= timedelta(days=1)
        due = datetime.combine(last + timedelta(days=1), time(), due.tzinfo)
    return due


def _next_counting(day: date, holidays: Collection[date]) -> date:
    day += timedelta(days=1)
    while not _counts(day, holidays):
        day += timedelta(days=1)
    return day


def _counts(day: date, holidays: Collection[date]) -> bool:
    return day.weekday() < 5 and day not in holidays
