"""Form 827: 72 hours from the first visit, without Saturdays, Sundays and legal holidays."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from services.intake.domain.work_injury import form_827_due, needs_form_827
from shared.clinic import legal_holidays

ZONE = ZoneInfo("America/Los_Angeles")
HOLIDAYS = {
    day for year in (2026, 2027, 2028) for day in legal_holidays("oregon_legal", year)
}  # fmt: skip

DUE = [
    # first visit, due
    ("2027-03-01T09:00", "2027-03-04T09:00", "Monday: three plain days"),
    ("2027-03-02T16:00", "2027-03-05T16:00", "Tuesday"),
    ("2027-03-03T09:00", "2027-03-08T09:00", "Wednesday: over one weekend"),
    ("2027-03-05T16:15", "2027-03-10T16:15", "Friday"),
    ("2027-03-11T10:00", "2027-03-16T10:00", "over the night the clocks go forward"),
    ("2027-11-05T10:00", "2027-11-10T10:00", "over the night the clocks go back"),
    ("2027-11-09T10:00", "2027-11-15T10:00", "Veterans Day and a weekend between"),
    ("2027-05-27T08:00", "2027-06-02T08:00", "Memorial Day after the weekend"),
    ("2027-10-08T08:00", "2027-10-13T08:00", "Columbus Day is no holiday in Oregon"),
    ("2027-12-22T08:00", "2027-12-28T08:00", "Christmas kept on Friday"),
    ("2027-12-30T08:00", "2028-01-05T08:00", "New Year kept on Friday, in the next year's list"),
    ("2026-11-24T13:00", "2026-11-30T13:00", "Thanksgiving; the day after it counts"),
    ("2027-03-06T09:00", "2027-03-11T00:00", "a Saturday visit starts the clock on Monday"),
    ("2027-11-11T09:00", "2027-11-17T00:00", "a visit on a holiday starts it the day after"),
    ("2027-11-06T09:00", "2027-11-11T00:00", "it ends with Wednesday, though Thursday is one"),
]


@pytest.mark.parametrize(("visit", "due", "why"), DUE, ids=[row[2] for row in DUE])
def test_form_827_is_due_after_three_counting_days(visit: str, due: str, why: str) -> None:
    first = datetime.fromisoformat(visit).replace(tzinfo=ZONE)
    assert form_827_due(first, HOLIDAYS) == datetime.fromisoformat(due).replace(tzinfo=ZONE), why


def test_the_days_of_the_table_are_what_it_says() -> None:
    assert {date(2027, 11, 11), date(2027, 5, 31), date(2027, 12, 24)} <= HOLIDAYS
    assert date(2027, 10, 11) not in HOLIDAYS


NEEDED = [
    ({"claim_type": "work"}, {"visit_reason": "new_problem"}, True),
    ({"claim_type": "work"}, {"visit_reason": "second_opinion"}, True),
    ({"claim_type": "work"}, {"visit_reason": "follow_up"}, False),
    ({"claim_type": "work"}, {"visit_reason": "after_surgery"}, False),
    ({"claim_type": "work"}, None, True),  # no safety check: lean to sending it
    ({"claim_type": "car"}, {"visit_reason": "new_problem"}, False),
    ({"claim_type": "none"}, {"visit_reason": "new_problem"}, False),
    ({}, {"visit_reason": "new_problem"}, False),
    (None, None, False),
]


@pytest.mark.parametrize(("claim", "inputs", "is_needed"), NEEDED, ids=str)
def test_only_a_new_work_injury_needs_the_form(
    claim: dict[str, str] | None, inputs: dict[str, str] | None, is_needed: bool
) -> None:
    assert needs_form_827(claim, inputs) is is_needed
