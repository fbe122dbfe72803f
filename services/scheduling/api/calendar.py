"""What can be booked: visit types, practitioners, and why a time is not free."""

from typing import Any

from shared.web import Problem, current_service, current_staff

from .. import queries, schemas
from ..domain.availability import Wish
from ..domain.handoff import Asker
from ..domain.time import read_either
from .blueprint import blueprint


@blueprint.route("/visit-types")
@blueprint.response(200, schemas.VisitTypesSchema)
def list_visit_types() -> dict[str, Any]:
    return {"items": list(queries.catalog_of(current_service().clinic).visit_types.values())}


@blueprint.route("/practitioners")
@blueprint.response(200, schemas.PractitionersSchema)
def list_practitioners() -> dict[str, Any]:
    with current_service().database.read() as session:
        return {"items": queries.practitioners(session)}


@blueprint.route("/explain")
@blueprint.arguments(schemas.ExplainQuerySchema, location="query")
@blueprint.response(200, schemas.ExplanationSchema)
def explain(query: dict[str, Any]) -> dict[str, Any]:
    """Why a time is not offered. `start`: an instant, or wall time at the clinic."""
    service = current_service()
    clinic, channel, now = service.clinic, query["channel"], service.clock.now()
    if channel == "staff" and current_staff() is None:
        ask = {"WWW-Authenticate": "Bearer"}
        raise Problem(401, "sign_in_required", "Sign in, or send a staff token.", headers=ask)
    start, person = read_either(query["start"], clinic.time_zone), query.get("practitioner")
    if "visit_type" in query:
        wish = Asker(channel).wish(queries.visit_type(clinic, query["visit_type"]), now)
    else:
        wish = Wish(query["minutes"], channel, now)
    with service.database.read() as session:
        reasons = queries.explain(session, clinic, start, wish=wish, practitioner_id=person)
    local = start.local
    exact = "seconds" if local and local.second else "minutes"
    return {
        "bookable": not reasons,
        "reasons": reasons,
        "local_start": local.isoformat(timespec=exact) if local else None,
    }
