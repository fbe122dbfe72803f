"""The list of free times, which is asked more than all else together: an answer is kept as bytes
and given again as long as it is true."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import wraps
from itertools import islice
from time import monotonic
from typing import Any
from urllib.parse import urlencode
from weakref import WeakKeyDictionary

import orjson
from flask import Response, request
from sqlalchemy import Connection
from sqlalchemy.orm import Session

from shared.database import Database
from shared.web import current_service

from .. import queries, schemas
from ..domain import codes
from ..domain.handoff import Asker
from ..queries import FreeTime, FreeTimes, Search
from .blueprint import HANDOFF, blueprint, handoff_of, today

MOST_ANSWERS = 128
BLINK = 0.05  # seconds: how old a list may be for those who do not need it to be exact
FRESHNESS = {
    "in": "header",
    "name": "Cache-Control",
    "schema": {"type": "string"},
    "description": "`max-age=1` (or more) takes a list that may be 50 ms old; else it is exact",
}


@dataclass(slots=True, eq=False)
class Answer:
    """What was told, which days it is about, and how long it holds if nothing is changed."""

    body: bytes
    link: str | None
    days: tuple[date, date]
    resources: list[str] | None
    stamp: tuple[int, int]
    since: datetime
    until: datetime
    checked: float  # on the machine's monotonic clock

    def stamp_now(self, connection: Connection | Session) -> tuple[int, int]:
        return queries.stamp(connection, *self.days, self.resources)


@dataclass(slots=True, eq=False)
class Answers:
    """The last answers of one process, by what was asked."""

    kept: OrderedDict[bytes, Answer] = field(default_factory=OrderedDict)

    def of(self, asked: bytes, now: datetime) -> Answer | None:
        answer = self.kept.get(asked)
        return answer if answer and answer.since <= now < answer.until else None

    def keep(self, asked: bytes, answer: Answer) -> None:
        self.kept[asked] = answer
        while len(self.kept) > MOST_ANSWERS:
            self.kept.popitem(last=False)


_answers: "WeakKeyDictionary[Database, Answers]" = WeakKeyDictionary()


def _again(view: Callable[[], Response]) -> Callable[[], Response]:
    """Give a kept answer, before anything of the question is even read."""

    @wraps(view)
    def look() -> Response:
        service = current_service()
        kept = _answers.get(service.database)
        if kept is None or "Clinic-Handoff" in request.headers:
            return view()
        answer = kept.of(request.query_string, service.clock.now())
        if answer is None or not _still_true(answer, service.database):
            return view()
        return _response(answer.body, answer.link)

    return look


def _still_true(answer: Answer, database: Database) -> bool:
    began = monotonic()
    if began - answer.checked < BLINK and _may_be_old():
        return True
    with database.glance() as connection:
        if answer.stamp_now(connection) != answer.stamp:
            return False
    answer.checked = began
    return True


def _may_be_old() -> bool:
    return (request.cache_control.max_age or 0) > 0 and not request.cache_control.no_cache


@blueprint.route("/slots")
@_again
@blueprint.arguments(schemas.SlotsQuerySchema, location="query")
@blueprint.response(200, schemas.SlotsSchema)
@blueprint.doc(parameters=[HANDOFF, FRESHNESS])
def list_slots(query: dict[str, Any]) -> Response:
    """Free times, earliest first; `first_available` may lie after the asked days. The header
    `Link` leads to the next page."""
    service = current_service()
    now, began = service.clock.now(), monotonic()
    first = query.get("first", today())
    search = Search(
        visit_type=query["visit_type"],
        first=first,
        last=query.get("last", first + timedelta(days=13)),
        practitioner=query.get("practitioner"),
        asker=Asker(handoff=handoff_of(request.headers.get("Clinic-Handoff"))),
        after=query.get("cursor"),
    )
    with service.database.read() as session:
        times = FreeTimes(session, service.clinic, search, now=now)
        found = list(islice(times.found(), query["limit"] + 1))
        earliest = found[0] if found and not search.after else times.first_available()
        days, until = (first, max(first, times.looked.last)), times.looked.until
        stamp = queries.stamp(session, *days, times.resources)
    items = found[: query["limit"]]
    following = codes.pack([*items[-1].order]) if found != items else None
    body, link = _rendered(search.visit_type, items, following, earliest), _link(following)
    if search.asker.handoff is None:
        answer = Answer(body, link, days, times.resources, stamp, now, until, began)
        _answers.setdefault(service.database, Answers()).keep(request.query_string, answer)
    return _response(body, link)


def _rendered(
    visit_type: str, items: list[FreeTime], following: str | None, earliest: FreeTime | None
) -> bytes:
    zone = current_service().clinic.time_zone

    def local(seconds: int) -> str:
        return datetime.fromtimestamp(seconds, zone).isoformat()

    slots = [
        {
            "slot": codes.pack([visit_type, one.person.id, one.seconds]),
            "start": local(one.seconds),
            "end": local(one.seconds + one.minutes * 60),
            "practitioner": {"id": one.person.id, "name": one.person.name},
        }
        for one in items
    ]
    first = local(earliest.seconds) if earliest else None
    return orjson.dumps({"items": slots, "next": following, "first_available": first})


def _link(following: str | None) -> str | None:
    """RFC 8288: where the list goes on, asked as this page was; relative, whatever the host."""
    if following is None:
        return None
    query = request.args.to_dict() | {"cursor": following}
    return f'<?{urlencode(query)}>; rel="next"'


def _response(body: bytes, link: str | None) -> Response:
    response = Response(body, mimetype="application/json")
    if link:
        response.headers["Link"] = link
    return response
