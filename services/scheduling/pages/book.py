"""A patient chooses a time, says who they are, checks and books. Nothing is booked before the
last press, and that press books once, however often it arrives. What follows is in done.py."""

from typing import Any

from flask import Blueprint, g, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from shared.idempotency import Answer, once
from shared.web import current_service
from shared.web.cookies import read_cookie
from shared.web.language import current_language, prefer

from .. import operations, queries
from ..domain import errors as refusals
from ..domain.codes import SlotName
from . import form
from .draft import keep_draft, read_draft
from .times import free_times, held_time, nearest_times
from .words import wording, words

blueprint = Blueprint("book", __name__, url_prefix="/book")

UNREADABLE = refusals.SlotUnreadable, refusals.UnknownPractitioner, refusals.UnknownVisitType
LOST = refusals.HoldExpired, refusals.SlotTaken
CONSENTS = ("privacy_notice", "email_ok", "earlier_time")


@blueprint.before_request
def _meet() -> Response | None:
    """Who is here: the safety check's result, the draft and the time that is held. Who has
    booked already is shown it."""
    g.draft = read_draft()
    service = current_service()
    now = service.clock.now()
    try:
        handoff = queries.read_handoff(service.statements, read_cookie("handoff"), now=now)
    except refusals.HandoffExpired:
        if g.draft.booked:
            return _go("done.show")
        raise
    if handoff is None:
        raise refusals.HandoffRequired
    prefer(handoff.language)
    if handoff.stops_booking:
        raise refusals.BookingStopped
    g.handoff, g.draft = handoff, g.draft.of(handoff)
    with service.database.read() as session:
        g.held = held_time(session, service.clinic, handoff, hold=g.draft.hold, now=now)
    return _go("done.show") if g.draft.booked else None


@blueprint.errorhandler(refusals.SchedulingError)
def _refused(error: refusals.SchedulingError) -> tuple[str, int]:
    """No booking without a safety check that still holds; here is the way to a new one."""
    page = render_template("scheduling/refused.html", code=error.code)
    statuses = {refusals.HandoffExpired: 410, refusals.TooManyVisits: 429}
    return page, statuses.get(type(error), 409)


@blueprint.get("/")
def times() -> Response:
    return _times("lost" if g.draft.hold and not g.held else "")


@blueprint.post("/")
def choose() -> Response:
    chosen = request.form.get("slot", "")
    if g.held and chosen == g.held["slot"]:  # it is kept already, for as long as was promised
        return _on()
    try:
        _hold(SlotName.read(chosen))
    except refusals.SlotTaken:
        return _times("taken", 409, around=chosen)
    except refusals.NotBookable:
        return _times("not_bookable", 422)
    except UNREADABLE:
        return _times("slot", 422)
    return _on()


def _hold(slot: SlotName) -> None:
    service = current_service()
    now, draft = service.clock.now(), g.draft
    with service.database.write() as session:
        if draft.former:
            operations.release_hold(session, service.clinic, draft.former)
        hold = operations.create_hold(session, service.clinic, slot, handoff=g.handoff, now=now)
        operations.count_request(session, service, "holds", request.remote_addr, now=now)
    draft.hold, draft.slot, draft.former = hold.id, slot.token(), ""


def _on() -> Response:
    """To the details; to the check where they are known already."""
    _, faults = form.read(g.draft.typed, g.handoff.for_whom)
    return _go("book.details" if faults else "book.check")


def _times(fault: str, status: int = 200, *, around: str = "") -> Response:
    """The list; with a `fault`, the sentence for it, and the nearest times to a lost one."""
    service = current_service()
    clinic, now = service.clinic, service.clock.now()
    lost = around or (g.draft.slot if fault == "lost" else "")
    with service.database.read() as session:
        free = free_times(session, clinic, g.handoff, now=now)
        closest = nearest_times(session, clinic, g.handoff, lost=lost, now=now)
    errors = {"slot": words()["errors"][fault]} if fault else {}
    shown = {"errors": errors, "kind": queries.visit_type(clinic, g.handoff.visit_type)}
    page = render_template("scheduling/times.html", **shown, **free, closest=closest)
    return make_response(page, status)


@blueprint.get("/details")
def details() -> Response:
    return _details({}) if g.held else _go("book.times")


@blueprint.post("/details")
def give_details() -> Response:
    g.draft.typed = form.typed(request.form)
    if "more_time" in request.form:
        return _with_more_time("details")
    if not g.held:
        return _go("book.times")
    _, faults = form.read(g.draft.typed, g.handoff.for_whom)
    sentences = {name: words()["errors"][fault] for name, fault in faults.items()}
    return _details(sentences, 422) if faults else _go("book.check")


def _details(errors: dict[str, str], status: int = 200) -> Response:
    """What was typed stays, faulty or not, even when the language is changed now."""
    page = render_template("scheduling/details.html", errors=errors)
    response = make_response(page, status)
    if request.method == "POST":
        keep_draft(response, g.draft)
    return response


def _with_more_time(page: str) -> Response:
    """Typed answers are kept as they are. A time that is gone already is told on its page."""
    service = current_service()
    now = service.clock.now()
    try:
        with service.database.write() as session:
            operations.extend_hold(session, service.clinic, g.draft.hold, now=now)
    except refusals.HoldExpired:
        return _go("book.times")
    except refusals.HoldNotExtendable as error:
        show = _details if page == "details" else _check
        return show({"": words()["refusals"][error.code]}, 409)
    return _go(f"book.{page}")


@blueprint.get("/check")
def check() -> Response:
    return _check({})


@blueprint.post("/check")
def book() -> Response:
    if "more_time" in request.form:
        return _with_more_time("check")
    answers, faults = form.read(g.draft.typed, g.handoff.for_whom)
    if faults or not g.draft.hold:
        return _go("book.check")
    consents = {name: request.form.get(name) == "yes" for name in CONSENTS}
    sentences, errors = words()["errors"], {}
    for name in ("privacy_notice", "email_ok"):
        if not consents[name] and (name == "privacy_notice" or answers["contact"]["email"]):
            errors[name] = sentences[name]
    if request.form.get("key") != g.draft.key:
        errors = {"": sentences["changed"]}
    if errors:
        return _check(errors, 422)
    try:
        booked = _book(answers, consents)
    except LOST:
        g.draft.hold = "lost"  # no hold is called so: the page of times tells it
        return _go("book.times")
    g.draft = g.draft.after_booking(booked)
    return _go("done.show")


def _book(answers: dict[str, Any], consents: dict[str, Any]) -> str:
    """`consents` are kept with the version of the text that was agreed to."""
    service = current_service()
    draft, now = g.draft, service.clock.now()
    booking = operations.Booking(
        hold=draft.hold,
        handoff=g.handoff,
        language=current_language(),
        consents=consents | {"wording": wording()["version"]},
        **{name: answers[name] for name in ("patient", "contact", "booker", "support")},
    )
    with service.database.write() as session:

        def work() -> Answer:
            visit = operations.book_appointment(session, service, booking, now=now)
            operations.count_request(session, service, "bookings", request.remote_addr, now=now)
            return {"id": visit.id}

        scope, body = "booking page", {"hold": draft.hold, "typed": draft.typed}
        answer = once(session, scope=scope, key=draft.key, body=body, now=now, work=work)
    return str(answer["id"])


def _check(errors: dict[str, str], status: int = 200) -> Response:
    answers, faults = form.read(g.draft.typed, g.handoff.for_whom)
    if faults or not g.held:
        return _go("book.details" if g.held else "book.times")
    ticked = {name for name in CONSENTS if request.form.get(name) == "yes"}
    context = {"errors": errors, "answers": answers, "ticked": ticked}
    return make_response(render_template("scheduling/check.html", **context), status)


def _go(page: str) -> Response:
    response = redirect(url_for(page))
    if request.method == "POST":
        keep_draft(response, g.draft)
    return response
