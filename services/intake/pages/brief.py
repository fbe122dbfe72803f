"""One page about one submission for staff: a clinician sees all of it, the front desk the level and
what it has to do by when, an admin the level. Every look at answers leaves an audit row."""

from datetime import date, datetime
from typing import Any

from flask import Blueprint, render_template

from shared.clinic import Clinic, legal_holidays
from shared.web import Problem, current_service, current_staff
from shared.words import clock, full_date, short_date

from .. import operations, queries
from ..domain import peg
from ..domain.catalog import label
from ..domain.details import Question, details
from ..domain.errors import SubmissionNotFound
from ..domain.knowledge import knowledge
from ..domain.levels import levels_to_offer
from ..domain.movement import exercise_card
from ..domain.trend import HEIGHT, MARGIN, WIDTH, Visit, points
from ..domain.work_injury import LEGAL_HOLIDAYS, form_827_due, needs_form_827

OWN_WORDS = ("text", "rows")
UNITS = ((365, "year"), (30, "month"), (7, "week"), (1, "day"))
blueprint = Blueprint("brief", __name__, url_prefix="/staff")
READS, FILES_FORMS = "clinician", ("front_desk", "clinician")
TOLD_ABOVE = ("nrs_avg", "peg", "plan_days_per_week", "done_days_last_week")
SECTIONS = ("pain", "daily_life", "tried", "pictures", "history", "claim", "movement", "referral")


@blueprint.get("/submissions/<submission>")
def show(submission: str) -> str:
    service, member = current_service(), current_staff()
    assert member  # the role matrix lets nobody else in
    may_read, now, zone = member.role == READS, service.clock.now(), service.clinic.time_zone
    opened = service.database.write if may_read else service.database.read
    try:
        with opened() as session:
            judged = queries.judged(session, submission)
            saved = queries.saved_details(session, submission)
            visits: list[Visit] = []
            if may_read:
                visits = queries.visits_of_patient(session, judged.row.patient, zone)
                operations.note(session, "answers_read", submission, actor=member.id, now=now)
    except SubmissionNotFound as error:
        raise Problem(404, error.code, str(error)) from None
    files_forms = member.role in FILES_FORMS
    return render_template(
        "intake/brief.html",
        judged=judged,
        may_read=may_read,
        status=queries.details_status(judged.row, saved),
        visit_at=judged.row.visit_at.astimezone(zone) if judged.row.visit_at else None,
        due=_due(judged, saved, service.clinic) if files_forms else None,
        levels=levels_to_offer(judged.level, role=member.role) if files_forms else (),
        say_date=full_date,
        say_day=short_date,
        say_time=clock,
        **(_answers(judged, saved, visits) if may_read else {}),
    )


def _due(judged: queries.Judged, saved: queries.Saved, clinic: Clinic) -> datetime | None:
    """When Form 827 has to be with the insurer; None where it is not needed or no visit is set."""
    visit_at = judged.row.visit_at
    inputs = judged.document.get("inputs")
    if visit_at is None or not needs_form_827(saved.documents.get("claim"), inputs):
        return None
    local = visit_at.astimezone(clinic.time_zone)
    years = (local.year, local.year + 1)
    holidays = {day for year in years for day in legal_holidays(LEGAL_HOLIDAYS, year)}
    return form_827_due(local, holidays)


def _answers(judged: queries.Judged, saved: queries.Saved, visits: list[Visit]) -> dict[str, Any]:
    inputs = judged.document.get("inputs") or {}
    peg_answers = saved.documents.get("daily_life", {}).get("peg")
    return {
        "inputs": inputs,
        "complaint": _complaint(inputs) if inputs else None,
        "told": _told(inputs) if inputs else {},
        "details": saved.documents,
        "peg_score": peg.shown(peg.peg_score(peg_answers)),
        "shown_peg": peg.shown,
        "visits": visits,
        "chart": _chart(visits),
        "card": exercise_card(saved.documents.get("movement", {})),
        "parts": _parts(saved),
        "consents": _consents(saved),
    }


def _complaint(inputs: dict[str, Any]) -> dict[str, Any]:
    catalog = knowledge().catalog
    sides = knowledge().words("en")["options"]["side"]
    return {
        "region": catalog.regions[inputs["region"]]["en"],
        "side": None if inputs["side"] == "na" else sides[inputs["side"]],
        "onset": _since(inputs["onset_days"]),
        "mechanism": catalog.mechanisms[inputs["mechanism"]]["en"],
    }


def _since(days: int | None) -> str:
    """In the largest unit that says it well."""
    if not days:
        return "start not known" if days is None else "since today"
    length, unit = next(one for one in UNITS if days >= 2 * one[0] or one[0] == 1)
    about, count = "about " if days % length else "", days // length
    return f"for {about}{count} {unit}{'s' if count > 1 else ''}"


def _told(inputs: dict[str, Any]) -> dict[str, list[str]]:
    catalog = knowledge().catalog
    lists = {"symptoms": catalog.symptoms, "unsure": catalog.symptoms, "flags": catalog.flags}
    return {
        name: [label(items[code], "en") for code in inputs[name]] for name, items in lists.items()
    }


def _chart(visits: list[Visit]) -> dict[str, Any] | None:
    """A line needs two visits."""
    if len(visits) < 2:
        return None
    worst, scores = points([one.worst for one in visits]), points([one.peg for one in visits])
    return {"width": WIDTH, "height": HEIGHT, "margin": MARGIN, "worst": worst, "peg": scores}


def _parts(saved: queries.Saved) -> list[tuple[str, list[tuple[str, str, bool]]]]:
    """Title -> (question, answer, is it the patient's own text?) of what is not told above."""
    known = details().sections
    told = []
    for code in SECTIONS:
        document = saved.documents.get(code, {})
        asked = (one for one in known[code].questions if one.name not in TOLD_ABOVE)
        lines = [
            (one.brief or one.label["en"], _said(one, document[one.name]), one.kind in OWN_WORDS)
            for one in asked
            if document.get(one.name) not in (None, [], "")
        ]
        if lines:
            told.append((known[code].brief, lines))
    return told


def _said(question: Question, answer: Any) -> str:
    words = {str(option["code"]): str(option["en"]) for option in question.options}
    if question.kind == "one":
        return words[answer]
    if question.kind == "many":
        return ", ".join(words[code] for code in answer)
    if question.kind == "rows":
        return "; ".join(
            ", ".join(_said(one, line[one.name]) for one in question.columns if line.get(one.name))
            for line in answer
        )
    return short_date(date.fromisoformat(answer)) if question.kind == "date" else str(answer)


def _consents(saved: queries.Saved) -> list[dict[str, Any]]:
    zone, given = current_service().clinic.time_zone, saved.documents.get("agree", {})
    section = details().sections["agree"]
    told = []
    for question in section.questions:
        if stamp := given.get(question.name):
            at = datetime.fromisoformat(stamp["at"]).astimezone(zone)
            told.append({**stamp, "text": question.label["en"], "at": at})
    return told
