"""The birth date behind a mail link: who has the link still has to know it, before health questions
open or anything changes. A program that follows links or sends forms gets nothing by it."""

import json
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from flask import Blueprint, redirect, request

from shared import limits
from shared.limits import TooMany
from shared.web import current_service, links
from shared.web.cookies import set_cookie
from shared.web.language import current_language

from ..domain.people import age_on
from ..queries import AppointmentDetails
from . import visit as visit_page

blueprint = Blueprint("step_up", __name__)

TRIES, PER = 5, timedelta(minutes=15)
TRIES_A_DAY = 20  # who comes back every 15 minutes is guessing
KEPT = timedelta(minutes=15)
LONGEST = timedelta(hours=4)  # however much it is used
QUESTIONS_OPEN = ("booked", "arrived", "checked-in")
FIELD = "born"
WORDS = Path(__file__).resolve().parent.parent / "data" / "step_up.json"


@cache
def _wording() -> dict[str, Any]:
    read: dict[str, Any] = json.loads(WORDS.read_text(encoding="utf-8"))
    return read


def words() -> dict[str, str]:
    told: dict[str, str] = _wording()[current_language()]
    return told


def block(visit: AppointmentDetails) -> dict[str, Any] | None:
    """What templates/scheduling/_step_up.html shows on the visit page; None: nothing to ask."""
    if visit.status not in QUESTIONS_OPEN:
        return None
    return {"say": words(), "typed": typed_birth_date(), "is_closed": "closed" in request.args}


def typed_birth_date() -> tuple[str, str, str]:
    """Month, day and year as they stand in the form of fields.html's `date`."""
    month, day, year = (request.form.get(f"{FIELD}{part}", "") for part in ("", "_day", "_year"))
    return month.strip()[:4], day.strip()[:4], year.strip()[:8]


def matches(visit: AppointmentDetails, typed: tuple[str, str, str]) -> bool:
    """Whether this is the patient's birth date; one more try by this link, whatever the answer.
    Raises TooMany. What is no date at all is no try: programs send empty forms."""
    born = _read(typed)
    if born is None:
        return False
    service = current_service()
    if service.settings.has_limits:
        now, who = service.clock.now(), visit.manage_url  # a new link starts anew
        with service.database.write() as session:
            limits.count(session, "birth date", who, limit=TRIES, per=PER, now=now)
            day = timedelta(days=1)
            limits.count(session, "birth date a day", who, limit=TRIES_A_DAY, per=day, now=now)
    return born.isoformat() == str(visit.patient["date_of_birth"])


@blueprint.post("/visit/questions")
def match() -> Any:
    """Opens the health questions. The same words whatever was wrong."""
    visit = visit_page.visit_of_cookie()
    say, phone = words(), current_service().clinic.phone
    try:
        is_matched = visit.status in QUESTIONS_OPEN and matches(visit, typed_birth_date())
    except TooMany as error:
        page = visit_page.render(visit, errors={FIELD: say["too_many"].format(phone=phone)})
        return page, 429, {"Retry-After": str(error.retry_after)}
    if not is_matched:
        return visit_page.render(visit, errors={FIELD: say["no_match"].format(phone=phone)}), 422
    response = redirect(links.to("intake", "/details/"))
    set_cookie(response, "visit_statement", _statement(visit))
    return response


def _statement(visit: AppointmentDetails) -> str:
    """What intake needs to show and take answers: which, whose, and the age in years."""
    service = current_service()
    now = service.clock.now()
    born = date.fromisoformat(str(visit.patient["date_of_birth"]))
    claims = {
        "submission": visit.submission,
        "patient": visit.patient["id"],
        "appointment": visit.id,
        "age": age_on(now.astimezone(service.clinic.time_zone).date(), born=born),
        "until": int((now + LONGEST).timestamp()),
    }
    return service.statements.seal("visit_statement", claims, expires_at=now + KEPT)


def _read(typed: tuple[str, str, str]) -> date | None:
    try:
        month, day, year = (int(part) if part.isascii() else 0 for part in typed)
        return date(year, month, day)
    except ValueError:
        return None
