"""The waitlist: joining, who waits, offering a freed time, and the answer on the phone."""

from datetime import datetime
from typing import Any

from flask import Response, jsonify, make_response, request
from sqlalchemy.orm import Session

from shared.idempotency import once
from shared.web import Problem, current_service, current_staff, require_key

from .. import operations, queries, schemas
from ..domain import errors
from ..models import WaitlistEntry, WaitlistOffer
from ..operations import Wishes
from .blueprint import FOR_STAFF, KEY, blueprint, handoff_of, instant_of, looked, member


@blueprint.route("/waitlist", methods=["POST"])
@blueprint.arguments(schemas.JoinWaitlistSchema)
@blueprint.response(201, schemas.JoinedSchema)
@blueprint.doc(parameters=[KEY])
def join_waitlist(body: dict[str, Any]) -> Response:
    """Wait for an earlier time: with a safety check's handoff, or (staff) for a booked visit."""
    service, person = current_service(), current_staff()
    key, sent, now = require_key(request.headers), request.get_json(), service.clock.now()
    if person is None and "appointment" in body:
        raise Problem(401, "sign_in_required", "Only staff may name a visit.")
    scope = f"waitlist/{person.id if person else 'anonymous'}"
    with service.database.write() as session:

        def work() -> dict[str, Any]:
            row = _joined(session, body, now)
            found = queries.entry_details(session, service, row, now=now)
            answer: dict[str, Any] = schemas.JoinedSchema().dump(found)
            return answer

        answer = once(session, scope=scope, key=key, body=sent, now=now, work=work)
        if person is None:
            operations.count_request(session, service, "bookings", request.remote_addr, now=now)
    return make_response(jsonify(answer), 201)


def _joined(session: Session, body: dict[str, Any], now: datetime) -> WaitlistEntry:
    staff = current_staff()
    wishes = Wishes(**{name: body[name] for name in ("practitioner", "days", "part_of_day")})
    who: dict[str, Any] = {"actor": staff.id if staff else "patient", "now": now}
    if "appointment" in body:
        return operations.wait_with_visit(session, body["appointment"], wishes, **who)
    handoff = handoff_of(body["handoff"])
    if handoff is None:
        raise errors.HandoffRequired
    told = {name: body[name] for name in ("patient", "contact", "consents")}
    language = body.get("language") or handoff.language
    person = operations.Person(language=language, **told)
    return operations.wait_without_visit(session, handoff, wishes, person=person, **who)


@blueprint.route("/waitlist")
@blueprint.arguments(schemas.WaitlistQuerySchema, location="query")
@blueprint.response(200, schemas.WaitlistSchema)
@blueprint.doc(**FOR_STAFF)
def list_waitlist(query: dict[str, Any]) -> dict[str, Any]:
    """Urgent ones first, then who has waited longest; for a given time, whom it suits best."""
    service = current_service()
    with service.database.read() as session:
        people = queries.waiting_people(session, service, now=service.clock.now())
        if query:
            start = instant_of(query["start"])
            queries.practitioner(session, query["practitioner"])
            time = queries.opening(session, service, query["practitioner"], start)
            found = queries.best_first(people, time)
        else:
            found = queries.by_urgency(people)
    looked("waitlist", count=len(found))
    return {"items": found, "next": None}


@blueprint.route("/waitlist/<entry_id>", methods=["DELETE"])
@blueprint.response(204)
@blueprint.doc(**FOR_STAFF)
def leave_waitlist(entry_id: str) -> None:
    service = current_service()
    with service.database.write() as session:
        now = service.clock.now()
        operations.withdraw(session, service, entry_id, actor=member().id, now=now)


@blueprint.route("/waitlist/<entry_id>/offer", methods=["POST"])
@blueprint.arguments(schemas.OfferInputSchema)
@blueprint.response(201, schemas.OfferSchema)
@blueprint.doc(**FOR_STAFF)
def offer_time(body: dict[str, Any], entry_id: str) -> WaitlistOffer:
    """Keep a time for this person for half an hour, and ask: by mail, or by phone without one."""
    service = current_service()
    with service.database.write() as session:
        return operations.offer_by_hand(
            session,
            service,
            entry_id,
            practitioner=body["practitioner"],
            start=instant_of(body["start"]),
            actor=member().id,
            now=service.clock.now(),
        )


@blueprint.route("/waitlist/offers/<offer_id>/accept", methods=["POST"])
@blueprint.response(200, schemas.OfferSchema)
@blueprint.doc(**FOR_STAFF)
def accept_offer(offer_id: str) -> WaitlistOffer:
    """The patient said yes on the phone."""
    service, now = current_service(), current_service().clock.now()
    with service.database.write() as session:
        return operations.accept_offer(session, service, offer_id, member=member(), now=now)


@blueprint.route("/waitlist/offers/<offer_id>/decline", methods=["POST"])
@blueprint.response(200, schemas.OfferSchema)
@blueprint.doc(**FOR_STAFF)
def decline_offer(offer_id: str) -> WaitlistOffer:
    service, now = current_service(), current_service().clock.now()
    with service.database.write() as session:
        return operations.decline_offer(session, service, offer_id, actor=member().id, now=now)
