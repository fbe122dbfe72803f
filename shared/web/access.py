"""Who may do what: the role matrix of shared/roles.toml, denied by default, and who is asking."""

import tomllib
from urllib.parse import urlencode

from flask import Flask, current_app, g, redirect, request
from sqlalchemy import select
from werkzeug.wrappers import Response

from shared.settings import ROOT
from shared.staff import NotStaff, StaffMember, verify
from shared.tables import revoked_sessions
from shared.web import links
from shared.web.cookies import read_cookie
from shared.web.current import current_service
from shared.web.problems import Problem, for_programs

MATRIX = ROOT / "shared" / "roles.toml"


def register(app: Flask, service: str) -> None:
    app.extensions["clinic.roles"] = rows_of(service)
    app.before_request(_guard)


def current_staff() -> StaffMember | None:
    """The member behind the bearer token or the `staff` cookie; None for everybody else."""
    if "staff" not in g:
        token = _bearer() or read_cookie("staff")
        g.staff = _verified(token) if token else None
    member: StaffMember | None = g.staff
    return member


def rows_of(service: str) -> dict[str, frozenset[str]]:
    """Endpoint -> roles: the service's section and [every], which holds the shell's own routes."""
    sections = tomllib.loads(MATRIX.read_text(encoding="utf-8"))
    rows = sections["every"] | sections[service]
    return {endpoint: frozenset(roles) for endpoint, roles in rows.items()}


def _guard() -> Response | None:
    if request.endpoint is None:  # no such route: 404 or 405 follows
        return None
    if _bearer() and current_staff() is None:
        raise _sign_in_required()  # a bad token never turns into an anonymous visitor
    roles = current_app.extensions["clinic.roles"].get(request.endpoint, frozenset())
    if "public" in roles:
        return None
    member = current_staff()
    if member is None:
        return _renew()
    if member.role not in roles:
        raise Problem(403, "forbidden", "Your role does not allow this.")
    return None


def _verified(token: str) -> StaffMember | None:
    service = current_service()
    try:
        member = verify(service.secrets.staff_public(), token, now=service.clock.now())
    except NotStaff:
        return None
    row = select(revoked_sessions.c.session).where(revoked_sessions.c.session == member.session)
    with service.database.read() as session:
        return None if session.execute(row).first() else member


def _bearer() -> str | None:
    authorization = request.authorization
    if authorization is None or authorization.type != "bearer":
        return None
    return authorization.token or "-"


def _sign_in_required() -> Problem:
    headers = {"WWW-Authenticate": "Bearer"}
    return Problem(401, "sign_in_required", "Sign in, or send a staff token.", headers=headers)


def _renew() -> Response:
    """Browser statements live five minutes; scheduling renews them on the way.

    307 brings an unsaved form along. Programs are told to sign in.
    """
    if for_programs():
        raise _sign_in_required()
    here = request.script_root + request.full_path.rstrip("?")
    target = links.to("scheduling", "/staff/renew?" + urlencode({"next": here}))
    return redirect(target, 303 if request.method in {"GET", "HEAD"} else 307)
