"""The link in a mail: it opens the visit and changes nothing, however often it is followed."""

from datetime import timedelta

from flask import Blueprint, redirect, render_template, url_for
from werkzeug.wrappers import Response

from shared.statements import StatementError
from shared.web import Problem, current_service
from shared.web.cookies import read_cookie, set_cookie

from .. import queries
from ..domain.errors import LinkInvalid
from ..queries import AppointmentDetails
from .words import words

blueprint = Blueprint("visit", __name__)

KEPT = timedelta(minutes=15)
AFTER_VISIT = timedelta(hours=24)


@blueprint.get("/l/<token>")
def open_link(token: str) -> Response:
    """Programs that read mail follow links too, so nothing may happen here."""
    service = current_service()
    _visit_of(token)
    lives = service.clock.now() + KEPT
    statement = service.statements.seal("visit", {"link": token}, expires_at=lives)
    response = redirect(url_for("visit.show"))
    set_cookie(response, "visit", statement)
    return response


@blueprint.get("/visit")
def show() -> str:
    return render(visit_of_cookie())


def render(visit: AppointmentDetails, *, errors: dict[str, str] | None = None) -> str:
    """`errors`: what is wrong with the birth date that was typed (see step_up.py)."""
    return render_template("scheduling/visit.html", visit=visit, errors=errors or {})


def visit_of_cookie() -> AppointmentDetails:
    """The visit whose link was opened in this browser a while ago."""
    service = current_service()
    try:
        statement = read_cookie("visit") or ""
        claims = service.statements.open("visit", statement, now=service.clock.now())
    except StatementError:
        said = words()["visit"]
        raise Problem(410, "link_closed", said["open_again"], title=said["closed"]) from None
    return _visit_of(claims["link"])


def _visit_of(token: str) -> AppointmentDetails:
    service, said = current_service(), words()["visit"]
    with service.database.read() as session:
        try:
            visit = queries.appointment_for_token(session, service, token)
        except LinkInvalid as error:
            raise Problem(404, error.code, said["neutral"], title=said["dead"]) from None
    if service.clock.now() > visit.end + AFTER_VISIT:
        raise Problem(410, LinkInvalid.code, said["neutral"], title=said["dead"])
    return visit
