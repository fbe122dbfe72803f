"""What can be booked: visit types, practitioners, free times, and why a time is not free."""

from datetime import timedelta
from itertools import islice
from typing import Any

from flask import request

from shared.web import Problem, current_service, current_staff

from .. import queries, schemas
from ..domain.availability import Wish
from ..domain.handoff import Asker
from ..domain.time import read_either
from .blueprint import HANDOFF, blueprint, handoff_of, page, today


@blueprint.route("/visit-types")
@blueprint.response(200, schemas.VisitTypesSchema)
def list_visit_types() -> dict[str, Any]:
    return {"items": list(queries.catalog_of(current_service().clinic).visit_types.values())}


@blueprint.route("/practitioners")
@blueprint.response(200, schemas.PractitionersSchema)
def list_practitioners() -> dict[str, Any]:
    with current_service().database.read() as session:
        return {"items": queries.practitioners(session)}


@blueprint.route("/slots")
@blueprint.arguments(schemas.SlotsQuerySchema, location="query")
@blueprint.response(200, schemas.SlotsSchema)
@blueprint.doc(parameters=[HANDOFF])
def list_slots(query: dict[str, Any]) -> dict[str, Any]:
    """Free times, earliest first; `first_available` may lie after the asked days."""
    service = current_service()
    now = service.clock.now()
    first, cursor = query.get("first", today()), query.get("cursor")
    with service.database.read() as session:
        search = queries.Search(
            visit_type=query["visit_type"],
            first=first,
            last=query.get("last", first + timedelta(days=13)),
            practitioner=query.get("practitioner"),
            asker=Asker(handoff=handoff_of(request.headers.get("Clinic-Handoff"))),
            after=cursor,
        )
        found = queries.open_slots(session, service.clinic, search, now=now)
        slots = list(islice(found, query["limit"] + 1))
        earliest = slots[0] if slots and not cursor else None
        if earliest is None:
            earliest = queries.first_available(session, service.clinic, search, now=now)
    return page(slots, query) | {"first_available": earliest.start if earliest else None}


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
