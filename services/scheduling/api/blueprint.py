"""The blueprint that all routes of the API share: how refusals become problems, how a list is cut
into pages, what a request says about its asker."""

from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode

from flask import current_app, request
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from shared.staff import StaffMember
from shared.web import Problem, current_service, current_staff
from shared.web.api import API, Blueprint

from .. import operations, queries, schemas
from ..domain import codes, errors
from ..domain.handoff import Handoff
from ..domain.time import read_instant

blueprint = Blueprint("api", __name__, url_prefix=API, description="Times, holds, appointments")

CONFLICTS = (
    *("slot_taken", "booking_stopped", "handoff_used", "hold_not_extendable"),
    *("transition_refused", "too_late"),
)
STATUS = {
    **dict.fromkeys(CONFLICTS, 409),
    **dict.fromkeys(("hold_expired", "handoff_expired"), 410),
    **dict.fromkeys(("unknown_practitioner", "no_such_appointment", "no_such_entry"), 404),
    **dict.fromkeys(("task_claimed", "task_resolved"), 409),
    **dict.fromkeys(("entry_over", "on_waitlist_already", "offer_open"), 409),
    **dict.fromkeys(("offer_pending", "offer_over"), 409),
    **dict.fromkeys(("no_such_waitlist_entry", "no_such_offer", "no_such_closure"), 404),
    "offer_expired": 410,
    **dict.fromkeys(("same_patient", "merged_already", "merge_not_last"), 409),
    **dict.fromkeys(("no_such_patient", "no_such_merge", "no_such_task"), 404),
    "stale_version": 412,
    "too_many_visits": 429,
}  # every other refusal: 422
KEY_FORM = {"type": "string", "pattern": "^[A-Za-z0-9_-]{22,64}$"}
KEY = {"in": "header", "name": "Idempotency-Key", "required": True, "schema": KEY_FORM}
HANDOFF = {"in": "header", "name": "Clinic-Handoff", "schema": {"type": "string"}}
FOR_STAFF: dict[str, Any] = {"security": [{"staff": []}]}


@blueprint.errorhandler(errors.SchedulingError)
def _refused(error: errors.SchedulingError) -> Any:
    try:
        told: Exception = Problem(
            STATUS.get(error.code, 422), error.code, error.sentence, **_more(error)
        )
    except (DBAPIError, PoolTimeout) as away:  # raised in here it would become a 500
        told = away
    return current_app.handle_user_exception(told)


def _more(error: errors.SchedulingError) -> dict[str, Any]:
    """What some refusals tell besides. A lost transaction is over by now: nobody waits while
    other times are looked for."""
    if isinstance(error, errors.StaleVersion):
        return {"version": error.version}
    if isinstance(error, errors.TooManyVisits):
        return {"headers": {"Retry-After": str(error.retry_after)}}
    if isinstance(error, errors.NotBookable):
        return {"reasons": error.reasons}
    if isinstance(error, errors.SlotTaken):
        service = current_service()
        with service.database.read() as session:
            now = service.clock.now()
            found = queries.alternatives(session, service.clinic, error, now=now)
        return {"alternatives": schemas.SlotSchema(many=True).dump(found)}
    if isinstance(error, errors.TaskClaimed):
        return {"claimed_by": error.by}
    return {}


def page(found: list[Any], query: dict[str, Any]) -> dict[str, Any]:
    """As many as were asked for; one more was looked for, to know whether the list goes on."""
    items = found[: query["limit"]]
    return {"items": items, "next": codes.pack([*items[-1].order]) if found != items else None}


def linked(found: dict[str, Any]) -> tuple[Any, int, dict[str, str]]:
    """A page of a list, with the address of the next one (RFC 8288)."""
    if not found["next"]:
        return found, 200, {}
    again = {**request.args.to_dict(), "cursor": found["next"]}
    return found, 200, {"Link": f'<{request.base_url}?{urlencode(again)}>; rel="next"'}


def tagged(visit: queries.AppointmentDetails) -> tuple[Any, int, dict[str, str]]:
    return visit, 200, {"ETag": f'"{visit.version}"'}


def handoff_of(token: str | None) -> Handoff | None:
    service = current_service()
    return queries.read_handoff(service.statements, token, now=service.clock.now())


def instant_of(text: str) -> datetime:
    """A start or an end as sent: an instant with an offset."""
    start = read_instant(text, current_service().clinic.time_zone)
    if start.instant is None:
        raise errors.NotBookable(start.faults)
    return start.instant


def looked(subject: str, *, count: int | None = None) -> None:
    """Who saw what of whom; without this row there is no answer."""
    service = current_service()
    with service.database.write() as session:
        now, member = service.clock.now(), current_staff()
        operations.note_look(session, subject, member=member, now=now, count=count)


def member() -> StaffMember:
    found = current_staff()
    assert found is not None  # the role matrix lets nobody else in
    return found


def today() -> date:
    service = current_service()
    return service.clock.now().astimezone(service.clinic.time_zone).date()
