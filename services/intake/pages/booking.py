"""The patient's pages: one decision each, without an account and without JavaScript, ending in
advice or in the list of times. What is asked and how it is read is in steps.py."""

from typing import Any

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for

from shared.web import current_service, links
from shared.web.cookies import clear_cookie, set_cookie
from shared.web.language import current_language

from .. import operations, queries
from ..domain.errors import SubmissionNotFound
from ..domain.knowledge import knowledge
from .draft import Draft, Fields, keep_draft, read_draft
from .person import Person, nobody
from .reading import Reading, Typed
from .steps import NAMES, Step, walk

blueprint = Blueprint("pages", __name__)


@blueprint.get("/")
def start() -> str:
    return page("start", is_expired="expired" in request.args)


@blueprint.route(f"/<any({', '.join(NAMES)}):name>", methods=["GET", "POST"])
def step(name: str) -> Response:
    draft, person = read_draft(), nobody(current_language())
    if draft.is_expired and name != NAMES[0]:
        return go_to(url_for("pages.start", expired="yes"))
    path = walk(draft.forms, person, until=name)
    if path[-1].name != name:  # an answer before this one is missing, or this one is not asked
        return go_to(url_for("pages.step", name=path[-1].name))
    fields = _typed(path[-1]) if request.method == "POST" else draft.forms.get(name, {})
    reading = Reading(fields)
    path[-1].read(reading, person)
    if request.method != "POST":
        return make_response(_question(path, person, reading.fields))
    if reading.errors:
        return make_response(_question(path, person, reading.fields, errors=reading.errors), 422)
    draft.forms[name] = fields
    return _go_on(draft, name)


@blueprint.get("/result")
def result() -> Response:
    return show_result(read_draft(), {})


def show_result(
    draft: Draft, typed: dict[str, str], *, errors: dict[str, str] | None = None
) -> Any:
    """The advice; after SAME_DAY, while somebody can call back, with the form for it."""
    service, submission = current_service(), draft.submission or ""
    try:
        with service.database.read() as session:
            row, document = queries.submission(session, submission)
            reference = queries.callback_reference(session, submission)
    except SubmissionNotFound:
        return go_to(url_for("pages.start", expired="yes" if draft.is_expired else None))
    clinic, now = service.clinic, service.clock.now()
    shown = operations.shown(row.id, document, clinic=clinic, now=now, language=current_language())
    offers = shown["urgency"] == "SAME_DAY" and operations.clinic_is_open(clinic, now)
    context = {
        "result": shown,
        "slots": links.to("scheduling", "/book/"),
        "reference": reference,
        "offers_callback": offers and not reference,
        "typed": typed,
        "errors": sentences(errors or {}),
    }
    return make_response(page("result", **context), 422 if errors else 200)


def go_to(target: str) -> Response:
    return make_response(redirect(target))


def _typed(current: Step) -> Fields:
    """Only this step's fields; signs, signs_2, signs_end … are the groups of one field."""
    fields: Fields = {}
    for name, values in request.form.lists():
        field = name if name in current.fields else name.partition("_")[0]
        if field in current.fields:
            fields.setdefault(field, []).extend(values)
    return fields


def _go_on(draft: Draft, name: str) -> Response:
    """To the next question that applies; after the last one, to the result."""
    person = nobody(current_language())
    names = [one.name for one in walk(draft.forms, person)]
    following = names[names.index(name) + 1 :]
    if following:
        response = go_to(url_for("pages.step", name=following[0]))
    else:
        response = _submit(draft, person)
    keep_draft(response, draft)
    return response


def _submit(draft: Draft, person: Person) -> Response:
    service = current_service()
    now = service.clock.now()
    with service.database.write() as session:
        answer = operations.submit_answers(
            session, person.answers, key=draft.key(person.language), service=service, now=now
        )
    draft.submission = answer["id"]
    is_routine = answer["online_booking"] == "open"
    target = links.to("scheduling", "/book/") if is_routine else url_for("pages.result")
    response = go_to(target)
    keep_handoff(response, answer["handoff"])
    return response


def keep_handoff(response: Response, handoff: str | None) -> None:
    if handoff:
        set_cookie(response, "handoff", handoff)
    else:
        clear_cookie(response, "handoff")  # an earlier, milder answer must not book any more


def _question(
    path: list[Step], person: Person, fields: Typed, *, errors: dict[str, str] | None = None
) -> str:
    back = [url_for("pages.step", name=one.name) for one in path[-2:-1]]
    return page(
        path[-1].name,
        person=person,
        one=lambda name: (fields.get(name) or ("",))[0],
        ticked=lambda name: fields.get(name, ()),
        errors=sentences(errors or {}),
        back_url=[*back, url_for("pages.start")][0],
    )


def sentences(errors: dict[str, str]) -> dict[str, str]:
    """Field -> code becomes field -> sentence that says what to do."""
    words = knowledge().words(current_language())["errors"]
    return {name: words[code] for name, code in errors.items()}


def page(name: str, **context: Any) -> str:
    words = knowledge().words(current_language())
    return render_template(f"intake/{name}.html", name=name, w=words, **context)
