"""A patient chooses a time, says who they are, checks and books. Nothing is booked before the
last press, and that press books once, however often it arrives."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from flask import Blueprint, g, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from shared.idempotency import Answer, once
from shared.web import current_service
from shared.web.cookies import read_cookie

from .. import operations, queries
from ..domain.codes import SlotName
from ..domain.errors import (
    BookingStopped,
    HandoffExpired,
    HandoffRequired,
    HoldExpired,
    HoldNotExtendable,
    NotBookable,
    SchedulingError,
    SlotTaken,
    SlotUnreadable,
    UnknownPractitioner,
    UnknownVisitType,
)
from ..domain.handoff import Handoff
from ..queries import Slot
from . import form, words
from .draft import Draft, draft_of, keep, last_draft, new_key
from .times import ANYBODY, PARTS, Wanted, free_days, people
from .visit import links

blueprint = Blueprint("book", __name__, url_prefix="/book")

LOST = "We could keep that time no longer. Your answers are saved. Choose another time."
TAKEN = "That time was just taken. Your answers are saved. Choose another time."
CHANGED = "Your answers were changed in another window. Please check them again."


@blueprint.before_request
def _meet() -> Response | None:
    """Who is here: the safety check's result and the draft. Who has booked already is shown it."""
    if request.endpoint == "book.done":
        return None
    service = current_service()
    kept = last_draft()
    try:
        handoff = queries.read_handoff(
            service.statements, read_cookie("handoff"), now=service.clock.now()
        )
    except HandoffExpired:
        if kept and kept.booked:
            return _go("done")
        raise
    if handoff is None:
        raise HandoffRequired
    if handoff.stops_booking:
        raise BookingStopped
    g.handoff, g.draft = handoff, draft_of(handoff, kept)
    return _go("done") if g.draft.booked else None


@blueprint.errorhandler(SchedulingError)
def _refused(error: SchedulingError) -> tuple[str, int]:
    """No booking without a safety check that still holds; here is the way to a new one."""
    titles = {HandoffRequired: "First, a few questions", HandoffExpired: "Please start again"}
    page = render_template(
        "scheduling/refused.html",
        title=titles.get(type(error), "You cannot book online now"),
        detail=error.sentence,
        may_start=not isinstance(error, BookingStopped),
    )
    return page, 410 if isinstance(error, HandoffExpired) else 409


@blueprint.get("/")
def times() -> Response:
    draft: Draft = g.draft
    is_lost = draft.held is not None and not draft.is_held()
    return _times({"": LOST} if is_lost else {})


@blueprint.post("/")
def choose() -> Response:
    service = current_service()
    token = request.form.get("slot", "")
    try:
        with service.database.write() as session:
            hold = operations.create_hold(
                session,
                service.clinic,
                SlotName.read(token),
                handoff=g.handoff,
                now=service.clock.now(),
            )
            name = queries.practitioner(session, hold.practitioner_id).name
    except SlotTaken as error:
        with service.database.read() as session:
            now = service.clock.now()
            closest = queries.alternatives(session, service.clinic, error, now=now)
        return _times({"slot": TAKEN}, 409, closest=closest)
    except NotBookable as error:
        return _times({"slot": f"{error.sentence} Choose another time."}, 422)
    except (SlotUnreadable, UnknownPractitioner, UnknownVisitType):
        return _times({"slot": "Choose a time"}, 422)
    draft = g.draft.holding(hold, slot=token, practitioner=name)
    return _go("check" if draft.is_complete else "details", draft)


def _times(errors: dict[str, str], status: int = 200, *, closest: Sequence[Slot] = ()) -> Response:
    service = current_service()
    handoff: Handoff = g.handoff
    wanted = Wanted.from_request()
    now = service.clock.now()
    with service.database.read() as session:
        days, later = free_days(session, service.clinic, wanted, handoff=handoff, now=now)
        names = [(person.id, person.name) for person in people(session, handoff)]
    page = render_template(
        "scheduling/times.html",
        errors=errors,
        kind=queries.visit_type(service.clinic, handoff.visit_type),
        latest_day=handoff.latest_day,
        closest=closest,
        days=days,
        later=later,
        earlier=wanted.url(first="", all="") if wanted.first else None,
        wanted=wanted,
        here=wanted.url(),
        practitioners=[(ANYBODY, "First available"), *names],
        parts=list(PARTS.items()),
        chosen=g.draft.held.slot if g.draft.is_held() else None,
    )
    return make_response(page, status)


@blueprint.get("/details")
def details() -> Response:
    return _details({}) if g.draft.is_held() else _go("times")


@blueprint.post("/details")
def give_details() -> Response:
    draft: Draft = g.draft
    typed = form.typed(request.form)
    errors = form.errors(typed, for_whom=_for_whom(typed))
    draft = replace(draft, typed=typed, is_complete=not errors, key=new_key())
    if "more_time" in request.form:
        return _with_more_time(draft, "details")
    if not draft.is_held():
        return _go("times", draft)
    if errors:
        g.draft = draft
        return _details(errors, 422)
    return _go("check", draft)


def _details(errors: dict[str, str], status: int = 200) -> Response:
    draft: Draft = g.draft
    typed = form.EMPTY | draft.typed
    page = render_template(
        "scheduling/details.html",
        errors=errors,
        typed=typed,
        held=draft.held,
        known=_known_for_whom(),
        for_whom=_for_whom(typed),
        choices=list(form.FOR_WHOM.items()),
        relationships=[("", "Choose one"), *words.RELATIONSHIPS.items()],
        supports=list(words.SUPPORTS.items()),
    )
    return make_response(page, status)


def _known_for_whom() -> str | None:
    """The safety check has asked it; an older one may not say so."""
    service = current_service()
    statement = read_cookie("handoff") or ""
    claims = service.statements.open("handoff", statement, now=service.clock.now())
    known = claims.get("for_whom")
    return known if known in form.FOR_WHOM else None


def _for_whom(typed: dict[str, str]) -> str:
    return _known_for_whom() or typed["for_whom"]


def _with_more_time(draft: Draft, page: str) -> Response:
    """Typed answers are kept as they are. A time that is gone already is told on its page."""
    service = current_service()
    try:
        with service.database.write() as session:
            held_id = draft.held.id if draft.held else ""
            hold = operations.extend_hold(session, service.clinic, held_id, now=service.clock.now())
    except HoldExpired:
        return _go("times", draft.without_time())
    except HoldNotExtendable as error:
        g.draft = draft
        show = _details if page == "details" else _check
        return show({"": error.sentence}, 409)
    return _go(page, draft.extended(hold))


@blueprint.get("/check")
def check() -> Response:
    draft: Draft = g.draft
    if not draft.is_held():
        return _go("times")
    return _check({}) if draft.is_complete else _go("details")


@blueprint.post("/check")
def book() -> Response:
    draft: Draft = g.draft
    if "more_time" in request.form:
        return _with_more_time(draft, "check")
    if not draft.is_complete or draft.held is None:
        return _go("check")
    consents = form.consents(request.form)
    errors = form.consent_errors(consents, draft.typed)
    if request.form.get("key") != draft.key:
        errors = {"": CHANGED}
    if errors:
        return _check(errors, 422)
    try:
        booked = _book(draft, consents)
    except (HoldExpired, SlotTaken):
        return _go("times", draft.without_time())
    return _go("done", Draft(submission=draft.submission, born=draft.born, booked=booked))


def _book(draft: Draft, consents: dict[str, bool]) -> str:
    service = current_service()
    handoff: Handoff = g.handoff
    now = service.clock.now()
    assert draft.held is not None
    booking = operations.Booking(
        hold=draft.held.id,
        handoff=handoff,
        language=handoff.language,
        consents=consents,
        **_person(draft),
    )
    with service.database.write() as session:

        def work() -> Answer:
            visit = operations.book_appointment(
                session, service.clinic, booking, links=links(), now=now
            )
            return {"id": visit.id}

        scope, body = "booking page", {"hold": draft.held.id, "typed": draft.typed}
        answer = once(session, scope=scope, key=draft.key, body=body, now=now, work=work)
    return str(answer["id"])


def _person(draft: Draft) -> dict[str, Any]:
    return form.person(draft.typed, for_whom=_for_whom(draft.typed))


def _check(errors: dict[str, str], status: int = 200) -> Response:
    draft: Draft = g.draft
    clinic = current_service().clinic
    page = render_template(
        "scheduling/check.html",
        errors=errors,
        held=draft.held,
        typed=draft.typed,
        phone=_person(draft)["contact"]["phone"],
        support=words.SUPPORTS[draft.typed["support"]],
        born=g.handoff.date_of_birth,
        zone=words.zone_name(clinic.time_zone),
        key=draft.key,
    )
    return make_response(page, status)


@blueprint.get("/done")
def done() -> Response:
    """Safe to open again: it reads the visit and books nothing."""
    service = current_service()
    draft = last_draft()
    if draft is None or draft.booked is None:
        return _go("times")
    with service.database.read() as session:
        visit = queries.appointment(session, service.clinic, draft.booked, links=links())
    zone = words.zone_name(service.clinic.time_zone)
    return make_response(render_template("scheduling/done.html", visit=visit, zone=zone))


def _go(page: str, draft: Draft | None = None) -> Response:
    response = make_response(redirect(url_for(f"book.{page}")))
    if draft:
        keep(draft, response)
    return response
