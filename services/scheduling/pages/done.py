"""After booking: what was booked, the calendar file, and the way to another visit. Who it is, is
known from the visitor's own sealed draft: no id and no name stands in an address."""

from flask import Blueprint, redirect, render_template, url_for
from werkzeug.wrappers import Response

from shared.web import current_service, links
from shared.web.cookies import clear_cookie
from shared.web.language import prefer

from .. import queries
from ..domain.errors import NoSuchAppointment
from ..queries import AppointmentDetails
from .calendar_entry import calendar_entry
from .draft import keep_draft, read_draft

blueprint = Blueprint("done", __name__, url_prefix="/book")

FILE_NAME = "visit.ics"


@blueprint.errorhandler(NoSuchAppointment)
def _nothing_booked(error: NoSuchAppointment) -> Response | tuple[str, int]:
    if read_draft().booked:  # it was, and is gone from the books
        return render_template("scheduling/refused.html", code=error.code), 409
    return redirect(url_for("book.times"))


@blueprint.get("/done")
def show() -> str:
    """Safe to open again: it reads the visit and books nothing."""
    visit = _booked()
    prefer(visit.language)
    return render_template("scheduling/done.html", visit=visit)


@blueprint.get(f"/{FILE_NAME}")
def calendar() -> Response:
    service = current_service()
    entry = calendar_entry(_booked(), service, now=service.clock.now())
    response = Response(entry, content_type="text/calendar; method=PUBLISH; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{FILE_NAME}"'
    return response


@blueprint.post("/again")
def again() -> Response:
    """A new safety check, for whomever; who books is not asked again for the rest of the hour."""
    _booked()
    response = redirect(links.to("intake", "/"))
    keep_draft(response, read_draft().for_another_visit())
    for used in ("draft", "handoff"):  # intake's answers and their result were about this visit
        clear_cookie(response, used)
    return response


def _booked() -> AppointmentDetails:
    service, booked = current_service(), read_draft().booked
    with service.database.read() as session:
        return queries.appointment(session, service, booked)
