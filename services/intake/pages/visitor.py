"""Who looks at the long questions: whoever gave the birth date behind a mail link, for 15 minutes
after each page. Everybody else is sent back to the visit."""

from typing import Any

from flask import Response

from shared.web import current_service, links
from shared.web.cookies import read_cookie, set_cookie

from .. import queries
from .booking import go_to


def visitor_of_request() -> queries.Visitor | None:
    service = current_service()
    sealed = read_cookie(queries.VISIT_STATEMENT)
    return queries.read_visit_statement(service.statements, sealed, now=service.clock.now())


def renewed(response: Response, visitor: queries.Visitor) -> Response:
    service = current_service()
    sealed = visitor.renewed(service.statements, now=service.clock.now())
    set_cookie(response, queries.VISIT_STATEMENT, sealed)
    response.headers["Cache-Control"] = "no-store"  # the next user of this browser goes back, too
    return response


def back_to_visit() -> Any:
    return go_to(links.to("scheduling", "/visit?closed=questions"))
