"""Behind the link of a visit that a closure cancelled: the times that are kept for its patient,
and choosing one. The birth date stands between a program that presses everything and a choice."""

from datetime import date, timedelta
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from shared import limits
from shared.statements import StatementError
from shared.web import Problem, current_service
from shared.web.cookies import read_cookie

from .. import operations, queries
from ..domain.errors import LinkInvalid, SchedulingError
from ..operations import PATIENT
from ..queries import AppointmentDetails

Page = Response | tuple[str, int]

blueprint = Blueprint("alternative", __name__, url_prefix="/visit/other-times")

TRIES, TRIES_PER = 5, timedelta(minutes=15)
CLOSED = "Open the link in your email again, or call us."
PARTS = ("born", "born_day", "born_year")


@blueprint.get("")
def show() -> Page:
    return _page(_visit(), {})


@blueprint.post("")
def choose() -> Page:
    service, visit = current_service(), _visit()
    if not request.form.get("hold"):
        return _page(visit, {"hold": "hold"}, 422)
    if not _is_birth_date(visit):
        return _page(visit, {"born": "born"}, 422)
    try:
        with service.database.write() as session:
            hold, now = request.form["hold"], service.clock.now()
            operations.choose_alternative(session, service, visit.id, hold, actor=PATIENT, now=now)
    except SchedulingError as error:
        return _page(_visit(), {"": error.sentence}, 409)
    return redirect(url_for("visit.show"))


def _page(visit: AppointmentDetails, errors: dict[str, str], status: int = 200) -> Page:
    service = current_service()
    zone, now = service.clinic.time_zone, service.clock.now()
    with service.database.read() as session:
        kept = queries.kept_alternatives(session, visit.id, now=now)
        times: list[dict[str, Any]] = [
            {
                "hold": hold.id,
                "start": hold.start.astimezone(zone),
                "with": queries.practitioner_name(session, hold.practitioner_id),
                "until": hold.expires_at.astimezone(zone),
            }
            for hold in kept
        ]
    typed = tuple(request.form.get(part, "")[:4] for part in PARTS)
    shown = {"visit": visit, "times": times, "errors": errors, "typed": typed}
    return render_template("scheduling/other_times.html", **shown), status


def _is_birth_date(visit: AppointmentDetails) -> bool:
    """Every try is counted, right or wrong. Raises TooMany."""
    service = current_service()
    if service.settings.has_limits:
        with service.database.write() as session:
            now = service.clock.now()
            limits.count(session, "other times", visit.id, limit=TRIES, per=TRIES_PER, now=now)
    try:
        month, day, year = (int(request.form.get(part, "")) for part in PARTS)
        return date(year, month, day).isoformat() == visit.patient["date_of_birth"]
    except ValueError:
        return False


def _visit() -> AppointmentDetails:
    """By the cookie that the link in the mail has set."""
    service = current_service()
    try:
        statement = read_cookie("visit") or ""
        claims = service.statements.open("visit", statement, now=service.clock.now())
        with service.database.read() as session:
            return queries.appointment_for_token(session, service, claims["link"])
    except (StatementError, LinkInvalid):
        raise Problem(410, "link_closed", CLOSED, title="Please open your visit again") from None
