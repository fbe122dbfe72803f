"""The long questions: a list of ten parts, each a page that is saved by itself, and the page about
moving. Nothing of it is shown without a visit statement."""

from typing import Any

from flask import Blueprint, Response, g, make_response, render_template, request, url_for

from shared.web import current_service, links
from shared.web.language import current_language

from .. import operations, queries
from ..domain.details import COMPLETED, Section, details
from ..domain.errors import DetailsChanged, DetailsInvalid, SubmissionNotFound
from ..domain.movement import may_read_about_moving
from .booking import go_to
from .detail_form import faults_of, read_section, sentence
from .visitor import back_to_visit, renewed, visitor_of_request

blueprint = Blueprint("details", __name__, url_prefix="/details")
SECTIONS = f"/<any({', '.join(details().sections)}):code>"
SPARE_ROWS = 2


@blueprint.before_request
def _meet() -> Response | None:
    """Whose questions these are; what is saved of them is read once."""
    visitor = visitor_of_request()
    if visitor is None:
        response: Response = back_to_visit()
        return response
    g.visitor = visitor
    try:
        with current_service().database.read() as session:
            g.judged = queries.judged(session, visitor.submission)
            g.saved = queries.saved_details(session, visitor.submission)
    except SubmissionNotFound:  # the event of a visit that staff booked is still on its way
        return make_response(_page("gone"), 404)
    g.age = (g.judged.document.get("inputs") or {}).get("age", visitor.age)
    return None


@blueprint.after_request
def _renew(response: Response) -> Response:
    return renewed(response, g.visitor) if "visitor" in g else response


@blueprint.get("/")
def tasks() -> str:
    known = details()
    states = known.states(g.saved.documents, age=g.age)
    return _page(
        "tasks",
        states=states,
        done=sum(state == COMPLETED for state in states.values()),
        is_complete=g.judged.row.details_completed_at is not None,
        just_saved=known.sections.get(request.args.get("saved", "")),
        offers_moving=_offers_moving(),
    )


@blueprint.get("/moving")
def moving() -> Any:
    return _page("moving") if _offers_moving() else go_to(url_for("details.tasks"))


@blueprint.get(SECTIONS)
def section(code: str) -> str:
    if code in g.saved.documents:
        service, visitor = current_service(), g.visitor
        with service.database.write() as session:
            now = service.clock.now()
            patient = operations.PATIENT
            operations.note(session, "answers_read", visitor.submission, actor=patient, now=now)
    return _form(details().sections[code], g.saved.documents.get(code, {}))


@blueprint.post(SECTIONS)
def save(code: str) -> Any:
    """Who wants to finish later is not asked for what is missing; what is wrong is told always."""
    part = details().sections[code]
    sent = read_section(part, request.form, g.age)
    answers, errors = faults_of(part, sent)
    is_finished = "continue" in request.form
    if is_finished and not errors:
        errors = _missing(part, answers)
    if errors:
        return _form(part, sent, errors=errors), 422
    try:
        _save(code, answers)
    except DetailsInvalid as error:
        worst = ((g.judged.document.get("inputs") or {}).get("pain") or {}).get("worst")
        told = {
            name: sentence(part.question(name), fault, worst=worst)
            for (_, name), fault in error.faults.items()
        }
        return _form(part, sent, errors=told), 422
    except DetailsChanged:
        with current_service().database.read() as session:
            g.saved = queries.saved_details(session, g.visitor.submission)
        return _form(part, sent, is_changed=True), 409
    if "more_rows" in request.form:
        return go_to(url_for("details.section", code=code))
    return go_to(_after(code) if is_finished else url_for("details.tasks", saved=code))


def _save(code: str, answers: dict[str, Any]) -> None:
    service = current_service()
    now = service.clock.now()
    by = operations.Writer(
        actor=operations.PATIENT,
        language=current_language(),
        today=now.astimezone(service.clinic.time_zone).date(),
        age=g.visitor.age,
    )
    text = request.form.get("seen", "")
    seen = int(text) if text.isascii() and text.isdecimal() and len(text) < 7 else None
    with service.database.write() as session:
        operations.save_details(
            session, g.visitor.submission, {code: answers}, by=by, seen={code: seen}, now=now
        )


def _missing(part: Section, answers: dict[str, Any]) -> dict[str, str]:
    told: dict[str, str] = {}
    for question in part.missing(answers, age=g.age):
        given = answers.get(question.name) or {}
        unanswered = [item.name for item in question.items if item.name not in given]
        names = [f"{question.name}_{name}" for name in unanswered] or [question.name]
        told |= dict.fromkeys(names, sentence(question))
    return told


def _after(code: str) -> str:
    """The next part; after the last one, the list."""
    codes = list(details().sections)
    following = codes[codes.index(code) + 1 :]
    if following:
        return url_for("details.section", code=following[0])
    return url_for("details.tasks", saved=code)


def _offers_moving() -> bool:
    return may_read_about_moving(g.judged.document, g.judged.level)


def _form(
    part: Section,
    answers: dict[str, Any],
    *,
    errors: dict[str, str] | None = None,
    is_changed: bool = False,
) -> str:
    return _page(
        "section",
        part=part,
        questions=part.asked_at(g.age),
        answers=answers,
        seen=g.saved.versions.get(part.code, 0),
        errors=errors or {},
        is_changed=is_changed,
        lines={
            one.name: min(len(answers.get(one.name) or ()) + SPARE_ROWS, one.most)
            for one in part.questions
            if one.kind == "rows"
        },
    )


def _page(name: str, **context: Any) -> str:
    known = details()
    shown = {"sections": known.sections, "w": known.wording[current_language()]}
    visit = links.to("scheduling", "/visit")
    return render_template(f"intake/details/{name}.html", visit_url=visit, **shown, **context)
