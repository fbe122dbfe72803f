"""The link in a waitlist mail: a time is kept for somebody, and they say yes or no. Following the
link changes nothing, and no program that follows it knows the birth date."""

from datetime import date, timedelta
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from shared import limits, words
from shared.statements import StatementError
from shared.web import Problem, current_service
from shared.web.cookies import read_cookie, set_cookie
from shared.web.language import current_language

from .. import operations, queries
from ..domain.errors import LinkInvalid, NoSuchOffer, SchedulingError
from ..models import WaitlistOffer

Page = Response | tuple[str, int]

blueprint = Blueprint("offer", __name__, url_prefix="/offer")

KEPT = timedelta(minutes=45)  # a little longer than an offer lives
TRIES, TRIES_PER = 5, timedelta(minutes=15)
TITLE = "This link does not work"
NEUTRAL = "It may be too old, or incomplete. Nothing was changed."
CLOSED = "Open the link in your email again, or call us."
PARTS = ("born", "born_day", "born_year")


@blueprint.get("/<token>")
def open_link(token: str) -> Response:
    """Programs that read mail follow links too, so nothing may happen here."""
    service = current_service()
    shown = _shown(_offer_of(token))
    lives = service.clock.now() + KEPT
    statement = service.statements.seal("offer", {"link": token}, expires_at=lives)
    response = redirect(url_for("offer.show"))
    set_cookie(response, "offer", statement)
    if not read_cookie("language"):  # the mail was written in the reader's language
        set_cookie(response, "language", shown["one"].language)
    return response


@blueprint.get("")
def show() -> Page:
    return _page(_offer_of(_token()), {})


@blueprint.post("")
def answer() -> Page:
    """Yes, no, or no more offers; with the birth date, which only a person knows."""
    service, row = current_service(), _offer_of(_token())
    shown, pressed = _shown(row), request.form.get("answer", "")
    if not _is_birth_date(row, shown["one"].patient["date_of_birth"]):
        return _page(row, {"born": "born"}, 422)
    now = service.clock.now()
    try:
        with service.database.write() as session:
            if pressed == "yes":
                operations.accept_offer(session, service, row.id, member=None, now=now)
            elif pressed == "no":
                operations.decline_offer(session, service, row.id, actor="patient", now=now)
            elif pressed == "leave":
                entry = row.entry_id
                operations.withdraw(session, service, entry, actor="patient", now=now)
    except SchedulingError as error:
        return _page(_offer_of(_token()), {"": error.sentence}, 409)
    return redirect(url_for("offer.show"))


def _is_birth_date(row: WaitlistOffer, known: str) -> bool:
    """Every try is counted, right or wrong. Raises TooMany."""
    service = current_service()
    if service.settings.has_limits:
        with service.database.write() as session:
            now = service.clock.now()
            limits.count(session, "offer", row.id, limit=TRIES, per=TRIES_PER, now=now)
    try:
        month, day, year = (int(request.form.get(part, "")) for part in PARTS)
        return date(year, month, day).isoformat() == known
    except ValueError:
        return False


def _page(row: WaitlistOffer, errors: dict[str, str], status: int = 200) -> Page:
    typed = tuple(request.form.get(part, "")[:4] for part in PARTS)
    shown = _shown(row) | {"errors": errors, "typed": typed, "offer": row}
    return render_template("scheduling/offer.html", **shown), status


def _shown(row: WaitlistOffer) -> dict[str, Any]:
    """For the template: the time, until when it is kept, what they have now; all in words."""
    service, language = current_service(), current_language()
    zone, now = service.clinic.time_zone, service.clock.now()
    with service.database.read() as session:
        entry = queries.entry(session, row.entry_id)
        one = queries.entry_details(session, service, entry, now=now)
        person = queries.practitioner_name(session, row.practitioner_id)
    start, until = row.start.astimezone(zone), row.expires_at.astimezone(zone)
    current = one.current_start
    is_over = row.outcome == "expired" or (row.outcome is None and row.expires_at <= now)
    return {
        "one": one,
        "state": "expired" if is_over else row.outcome or "open",
        "practitioner": person,
        "day": words.full_date(start.date(), language),
        "time": words.clock(start),
        "until": words.clock(until),
        "current": current and (words.full_date(current.date(), language), words.clock(current)),
    }


def _token() -> str:
    service = current_service()
    try:
        statement = read_cookie("offer") or ""
        claims = service.statements.open("offer", statement, now=service.clock.now())
    except StatementError:
        raise Problem(410, "link_closed", CLOSED, title="Please open your link again") from None
    return str(claims["link"])


def _offer_of(token: str) -> WaitlistOffer:
    service = current_service()
    with service.database.read() as session:
        try:
            return queries.offer_for_token(session, service, token)
        except (LinkInvalid, NoSuchOffer):
            raise Problem(404, LinkInvalid.code, NEUTRAL, title=TITLE) from None
