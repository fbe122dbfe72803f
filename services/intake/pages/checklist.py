"""The desk's short safety check for somebody on the phone or at the counter: one screen, the same
rules, and a handoff to the calendar at its end."""

import secrets
from datetime import date

from flask import Blueprint, Response, make_response, render_template, request, url_for

from shared.web import Problem, current_service, current_staff, links
from shared.web.language import current_language
from shared.words import LANGUAGES, full_date

from .. import operations, queries
from ..domain.advice import ONLINE_BOOKING
from ..domain.answers import FOR_WHOM
from ..domain.errors import SubmissionNotFound
from ..domain.levels import levels_to_offer
from ..domain.pain import SCALE
from ..domain.rules import Urgency
from .booking import go_to, keep_handoff, page, sentences
from .draft import Draft, Fields
from .person import Person, nobody
from .reading import Reading
from .steps import CANNOT_SAY, read_birth, read_pain, read_reason, read_when, read_where

blueprint = Blueprint("checklist", __name__, url_prefix="/staff")
LONGEST = 100  # characters of one answer
SCORES = [("", "Choose"), (CANNOT_SAY, "Can't say"), *((str(n), str(n)) for n in SCALE)]


@blueprint.get("/checklist")
def show() -> str:
    return _form(nobody(current_language()), {})


@blueprint.post("/checklist")
def check() -> Response:
    fields = {name: [value[:LONGEST] for value in values] for name, values in request.form.lists()}
    form = Reading(fields)
    person = nobody(form.choose("language", LANGUAGES))
    _read(form, person)
    if form.errors:
        errors = sentences(form.errors)
        return make_response(_form(person, fields, errors=errors), 422)
    service = current_service()
    key = Draft(forms={"checklist": fields}, seed=form.text("key")).key(person.language)
    with service.database.write() as session:
        now = service.clock.now()
        answer = operations.submit_answers(
            session, person.answers, key=key, service=service, now=now
        )
    response = go_to(url_for("checklist.checked", submission=answer["id"]))
    keep_handoff(response, answer["handoff"])
    return response


@blueprint.get("/checklist/<submission>")
def checked(submission: str) -> str:
    """The level and what to do now; never the answers."""
    service, member = current_service(), current_staff()
    assert member  # the role matrix lets nobody else in
    try:
        with service.database.read() as session:
            judged = queries.judged(session, submission)
    except SubmissionNotFound as error:
        raise Problem(404, error.code, str(error)) from None
    latest = judged.document.get("latest_day")
    can_book = judged.level is not None and ONLINE_BOOKING[Urgency(judged.level)] != "stop"
    return render_template(
        "intake/staff_checked.html",
        submission=judged.row.id,
        level=judged.level,
        latest_day=full_date(date.fromisoformat(latest)) if latest else None,
        slots=links.to("scheduling", "/book/") if can_book else None,
        levels=levels_to_offer(judged.level, role=member.role),
    )


def _read(form: Reading, person: Person) -> None:
    """Every question is on the screen, so every error is told at once."""
    form.keep("for_whom", FOR_WHOM)
    read_birth(form, person)
    person.values.update(form.values)
    if form.values["seen_in_last_3_years"] == "yes":
        read_reason(form, person)
    read_where(form, person)
    read_when(form, person)
    catalog = person.known.catalog
    form.values["symptoms"] = form.tick("signs", catalog.symptoms)
    form.values["unsure"] = form.tick("unsure", catalog.symptoms)
    form.values["flags"] = form.tick("flags", catalog.flags)
    is_clear = form.text("all_clear") == "yes"
    if not (is_clear or form.values["symptoms"] or form.values["unsure"]):
        form.errors["all_clear"] = "checklist"
    read_pain(form, person)
    person.values.update(form.values)


def _form(person: Person, fields: Fields, *, errors: dict[str, str] | None = None) -> str:
    return page(
        "staff_checklist",
        person=person,
        key=(fields.get("key") or [secrets.token_urlsafe(16)])[0],
        one=lambda name: (fields.get(name) or ("",))[0],
        ticked=lambda name: fields.get(name, ()),
        errors=errors or {},
        scores=SCORES,
    )
