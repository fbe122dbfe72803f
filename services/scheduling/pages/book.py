"""A patient chooses a time, says who they are, checks and books. Nothing is booked before the
last press, and that press books once, however often it arrives."""

from typing import Any

from flask import Blueprint, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from shared.idempotency import Answer, once
from shared.web import current_service
from shared.web.cookies import read_cookie

from .. import operations, queries
from ..domain import errors as refusals
from ..domain.codes import SlotName
from ..models import Practitioner
from . import form
from .draft import Draft, keep_draft, read_draft
from .times import free_times

Page = Response | tuple[str, int]

blueprint = Blueprint("book", __name__, url_prefix="/book")

LOST = "We could keep that time no longer. Your answers are saved. Choose another time."
TAKEN = "That time was just taken. Your answers are saved. Choose another time."
CHANGED = "Your answers were changed in another window. Please check them again."
UNREADABLE = refusals.SlotUnreadable, refusals.UnknownPractitioner, refusals.UnknownVisitType
CONSENTS = ("privacy_notice", "email_ok", "earlier_time")
MUST_READ = "Tick that you have read how we use your information"
MUST_ALLOW = "Tick that we may email you, or change your email to none"


@blueprint.before_request
def _meet() -> Response | None:
    """Who is here: the safety check's result, the draft and the time that is held. Who has
    booked already is shown it."""
    g.draft = read_draft()
    if request.endpoint == "book.done":
        return None
    service = current_service()
    now = service.clock.now()
    try:
        handoff = queries.read_handoff(service.statements, read_cookie("handoff"), now=now)
    except refusals.HandoffExpired:
        if g.draft.booked:
            return _go("done")
        raise
    if handoff is None:
        raise refusals.HandoffRequired
    if handoff.stops_booking:
        raise refusals.BookingStopped
    g.handoff, g.draft = handoff, g.draft.of(handoff)
    g.held = _held()
    return _go("done") if g.draft.booked else None


def _held() -> dict[str, Any] | None:
    """The time that is kept for this visitor, as the pages show it."""
    service = current_service()
    with service.database.read() as session:
        hold = queries.hold_of(session, g.handoff)
        if hold is None or hold.id != g.draft.hold or hold.expires_at <= service.clock.now():
            return None
        zone, person = service.clinic.time_zone, hold.practitioner_id
        return {
            "slot": SlotName(hold.visit_type, person, hold.start).token(),
            "practitioner": session.get_one(Practitioner, person).name,
            "start": hold.start.astimezone(zone),
            "expires_at": hold.expires_at.astimezone(zone),
        }


@blueprint.errorhandler(refusals.SchedulingError)
def _refused(error: refusals.SchedulingError) -> tuple[str, int]:
    """No booking without a safety check that still holds; here is the way to a new one."""
    page = render_template("scheduling/refused.html", error=error)
    statuses = {refusals.HandoffExpired: 410, refusals.TooManyVisits: 429}
    return page, statuses.get(type(error), 409)


@blueprint.get("/")
def times() -> Page:
    return _times({"": LOST} if g.draft.hold and not g.held else {})


@blueprint.post("/")
def choose() -> Page:
    service = current_service()
    now = service.clock.now()
    try:
        slot = SlotName.read(request.form.get("slot", ""))
        with service.database.write() as session:
            hold = operations.create_hold(session, service.clinic, slot, handoff=g.handoff, now=now)
            operations.count_request(session, service, "holds", request.remote_addr, now=now)
    except refusals.SlotTaken as lost:
        return _times({"slot": TAKEN}, 409, lost=lost)
    except refusals.NotBookable as error:
        return _times({"slot": f"{error.sentence} Choose another time."}, 422)
    except UNREADABLE:
        return _times({"slot": "Choose a time"}, 422)
    g.draft.hold = hold.id
    _, faults = form.read(g.draft.typed, g.handoff.for_whom)
    return _go("details" if faults else "check")


def _times(
    errors: dict[str, str], status: int = 200, *, lost: refusals.SlotTaken | None = None
) -> Page:
    service = current_service()
    clinic, now = service.clinic, service.clock.now()
    with service.database.read() as session:
        free = free_times(session, clinic, g.handoff, now=now)
        closest = queries.alternatives(session, clinic, lost, now=now) if lost else ()
    kind = queries.visit_type(clinic, g.handoff.visit_type)
    shown = {"errors": errors, "kind": kind, "closest": closest, **free}
    return render_template("scheduling/times.html", **shown), status


@blueprint.get("/details")
def details() -> Page:
    return _details({}) if g.held else _go("times")


@blueprint.post("/details")
def give_details() -> Page:
    g.draft.typed = form.typed(request.form)
    if "more_time" in request.form:
        return _with_more_time("details")
    if not g.held:
        return _go("times")
    _, faults = form.read(g.draft.typed, g.handoff.for_whom)
    return _details(faults, 422) if faults else _go("check")


def _details(errors: dict[str, str], status: int = 200) -> Page:
    return render_template("scheduling/details.html", errors=errors), status


def _with_more_time(page: str) -> Page:
    """Typed answers are kept as they are. A time that is gone already is told on its page."""
    service = current_service()
    now = service.clock.now()
    try:
        with service.database.write() as session:
            operations.extend_hold(session, service.clinic, g.draft.hold, now=now)
    except refusals.HoldExpired:
        return _go("times")
    except refusals.HoldNotExtendable as error:
        show = _details if page == "details" else _check
        return show({"": error.sentence}, 409)
    return _go(page)


@blueprint.get("/check")
def check() -> Page:
    return _check({})


@blueprint.post("/check")
def book() -> Page:
    if "more_time" in request.form:
        return _with_more_time("check")
    answers, faults = form.read(g.draft.typed, g.handoff.for_whom)
    if faults or not g.draft.hold:
        return _go("check")
    consents = {name: request.form.get(name) == "yes" for name in CONSENTS}
    errors = {} if consents["privacy_notice"] else {"privacy_notice": MUST_READ}
    if answers["contact"]["email"] and not consents["email_ok"]:
        errors["email_ok"] = MUST_ALLOW
    if request.form.get("key") != g.draft.key:
        errors = {"": CHANGED}
    if errors:
        return _check(errors, 422)
    try:
        booked = _book(answers, consents)
    except (refusals.HoldExpired, refusals.SlotTaken):
        g.draft.hold = "lost"  # no hold is called so: the page of times tells it
        return _go("times")
    g.draft = Draft(submission=g.draft.submission, born=g.draft.born, booked=booked)
    return _go("done")


def _book(answers: dict[str, Any], consents: dict[str, bool]) -> str:
    service = current_service()
    draft, now = g.draft, service.clock.now()
    booking = operations.Booking(
        hold=draft.hold,
        handoff=g.handoff,
        language=g.handoff.language,
        consents=consents,
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


def _check(errors: dict[str, str], status: int = 200) -> Page:
    answers, faults = form.read(g.draft.typed, g.handoff.for_whom)
    if faults or not g.held:
        return _go("details" if g.held else "times")
    return render_template("scheduling/check.html", errors=errors, answers=answers), status


@blueprint.get("/done")
def done() -> Page:
    """Safe to open again: it reads the visit and books nothing."""
    service = current_service()
    if not g.draft.booked:
        return _go("times")
    with service.database.read() as session:
        visit = queries.appointment(session, service, g.draft.booked)
    return render_template("scheduling/done.html", visit=visit), 200


def _go(page: str) -> Response:
    response = redirect(url_for(f"book.{page}"))
    if request.method == "POST":
        keep_draft(response, g.draft)
    return response
