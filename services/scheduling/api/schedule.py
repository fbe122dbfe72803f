"""Who works when: what staff see of the schedule, and how they change it. Every change can be
previewed: how many booked visits would no longer fit."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from sqlalchemy.orm import Session

from shared.staff import StaffMember
from shared.web import current_service, current_staff

from .. import operations, queries, schemas
from ..operations import By
from .blueprint import FOR_STAFF, blueprint, today

TWO_YEARS = timedelta(days=730)
Change = Callable[[Session, By], Any]


@blueprint.route("/holidays")
@blueprint.arguments(schemas.HolidayQuerySchema, location="query")
@blueprint.response(200, schemas.HolidaysSchema)
@blueprint.doc(**FOR_STAFF)
def list_holidays(query: dict[str, Any]) -> dict[str, Any]:
    """The clinic's days off: the coming two years unless days are given."""
    first = query.get("first") or min(today(), query.get("last", today()))
    last = query.get("last", first + TWO_YEARS)
    found = current_service().clinic.closed_dates(first, last)
    return {"items": [{"day": day, "name": name} for day, name in found.items()]}


@blueprint.route("/schedule")
@blueprint.arguments(schemas.DaysQuerySchema, location="query")
@blueprint.response(200, schemas.ScheduleSchema)
@blueprint.doc(**FOR_STAFF)
def get_schedule(query: dict[str, Any]) -> dict[str, Any]:
    """Weekly hours, exceptions and blocks: of the coming year unless days are given."""
    service = current_service()
    first = query.get("first") or min(today(), query.get("last", today()))
    last = query.get("last", first + timedelta(days=365))
    with service.database.read() as session:
        return queries.schedule_between(session, service.clinic, first, last)


@blueprint.route("/practitioners/<practitioner_id>/hours", methods=["PUT"])
@blueprint.arguments(schemas.HoursInputSchema)
@blueprint.response(200, schemas.ChangedSchema)
@blueprint.doc(**FOR_STAFF)
def set_hours(body: dict[str, Any], practitioner_id: str) -> dict[str, Any]:
    """Weekly hours from now on, and the starts that are kept for urgent patients."""

    def change(session: Session, by: By) -> Any:
        new = {"hours": body["hours"], "urgent": body["urgent"]}
        return operations.set_hours(session, practitioner_id, **new, by=by)

    return _changed(change, body["preview"])


@blueprint.route("/calendar-days", methods=["PUT"])
@blueprint.arguments(schemas.CalendarDayInputSchema)
@blueprint.response(200, schemas.ChangedSchema)
@blueprint.doc(**FOR_STAFF)
def set_day(body: dict[str, Any]) -> dict[str, Any]:
    """One day's own hours (none: a day off), or a special opening of the clinic."""

    def change(session: Session, by: By) -> Any:
        new = {"spans": body["spans"], "reason": body["reason"]}
        return operations.set_day(session, body["practitioner"], body["day"], **new, by=by)

    return _changed(change, body["preview"])


@blueprint.route("/calendar-days/<entry_id>", methods=["DELETE"])
@blueprint.response(204)
@blueprint.doc(**FOR_STAFF)
def clear_day(entry_id: str) -> None:
    with current_service().database.write() as session:
        operations.clear_day(session, entry_id, by=_by())


@blueprint.route("/blocks", methods=["POST"])
@blueprint.arguments(schemas.BlockInputSchema)
@blueprint.response(200, schemas.ChangedSchema)
@blueprint.doc(**FOR_STAFF)
def add_block(body: dict[str, Any]) -> dict[str, Any]:
    """Time in which nobody is booked. Visits that are there already stay: see closures."""
    clinic = current_service().clinic

    def change(session: Session, by: By) -> Any:
        new = {"start": body["starts"], "end": body["ends"], "reason": body["reason"]}
        return operations.add_block(session, clinic, body["practitioner"], **new, by=by)

    return _changed(change, body["preview"])


@blueprint.route("/blocks/<entry_id>", methods=["DELETE"])
@blueprint.response(204)
@blueprint.doc(**FOR_STAFF)
def remove_block(entry_id: str) -> None:
    with current_service().database.write() as session:
        operations.remove_block(session, entry_id, by=_by())


def _changed(change: Change, is_preview: bool) -> dict[str, Any]:
    service, by = current_service(), _by()
    with service.database.write() as session:
        hit = operations.visits_hit_by(
            session, service.clinic, lambda: change(session, by), now=by.now
        )
        saved = None if is_preview else change(session, by).id
    return {"id": saved, "visits_hit": hit}


def _by() -> By:
    member = current_staff()
    assert isinstance(member, StaffMember)  # the role matrix lets nobody else in
    return By(member, current_service().clock.now())
