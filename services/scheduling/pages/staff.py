"""Staff: signing in with a one-time link, staying signed in, and the list of a day's visits."""

from datetime import timedelta

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from shared.web import current_service
from shared.web.cookies import clear_cookie, read_cookie, set_cookie
from shared.web.links import is_local

from .. import operations, queries
from ..domain.errors import SessionOver, SignInRefused
from .words import read_day

blueprint = Blueprint("staff", __name__, url_prefix="/staff")

ONE_DAY = timedelta(days=1)


@blueprint.get("/sign-in")
def sign_in() -> Response:
    """With a link: uses it up. Not for HEAD and prefetch: nobody has followed it yet."""
    secret = request.args.get("link")
    if not secret or request.method == "HEAD":
        return make_response(render_template("scheduling/sign_in.html", is_stale=False))
    if "prefetch" in request.headers.get("Sec-Purpose", request.headers.get("Purpose", "")):
        return Response(status=503)  # a browser drops this and asks again on a real visit
    service = current_service()
    try:
        with service.database.write() as session:
            key = operations.sign_in(session, secret, now=service.clock.now())
            statement = _statement(session, key)
    except SignInRefused:
        return make_response(render_template("scheduling/sign_in.html", is_stale=True), 410)
    response = redirect(url_for("staff.visits"))
    set_cookie(response, "staff_session", key)
    set_cookie(response, "staff", statement)
    return response


@blueprint.route("/renew", methods=["GET", "POST"])
def renew() -> Response:
    """A fresh statement from the session, and back; 307 takes an unsaved form along."""
    wanted = request.args.get("next", "")
    back = wanted if is_local(wanted) else url_for("staff.visits")
    try:
        with current_service().database.write() as session:
            statement = _statement(session, read_cookie("staff_session") or "")
    except SessionOver:
        return _signed_out()
    response = redirect(back, 307 if request.method == "POST" else 303)
    set_cookie(response, "staff", statement)
    return response


@blueprint.post("/sign-out")
def sign_out() -> Response:
    service = current_service()
    with service.database.write() as session:
        key = read_cookie("staff_session") or ""
        operations.sign_out(session, key, now=service.clock.now())
    return _signed_out()


@blueprint.get("/")
def visits() -> str:
    service = current_service()
    today = service.clock.now().astimezone(service.clinic.time_zone).date()
    day = read_day(request.args.get("day", "")) or today
    with service.database.read() as session:
        found = queries.appointments(session, service, first=day, last=day)
    return render_template(
        "scheduling/staff_visits.html",
        visits=found,
        day=day,
        today=today,
        before=day - ONE_DAY,
        after=day + ONE_DAY,
        kinds=queries.catalog_of(service.clinic).visit_types,
    )


def _statement(session: Session, key: str) -> str:
    service = current_service()
    signer = service.secrets.staff_private()
    return operations.renew_statement(session, key, signer=signer, now=service.clock.now())


def _signed_out() -> Response:
    response = redirect(url_for("staff.sign_in"))
    clear_cookie(response, "staff")
    clear_cookie(response, "staff_session")
    return response
