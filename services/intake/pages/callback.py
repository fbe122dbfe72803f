"""The form under a SAME_DAY result: who wants to be called back, and where."""

from flask import Blueprint, Response, request, url_for
from marshmallow import ValidationError

from shared.web import current_service
from shared.web.language import current_language

from .. import operations, schemas
from ..domain.errors import IntakeError
from .booking import go_to, show_result
from .draft import read_draft

blueprint = Blueprint("callback", __name__)
FIELDS = ("name", "phone", "email")
LONGEST = 300


@blueprint.post("/callback")
def ask() -> Response:
    draft, service = read_draft(), current_service()
    typed = {name: request.form.get(name, "")[:LONGEST].strip() for name in FIELDS}
    try:
        contact = schemas.CallerSchema().load(typed | {"email": typed["email"] or None})
    except ValidationError as error:
        codes = {name: f"caller_{name}" for name in FIELDS if name in error.messages_dict}
        return show_result(draft, typed, errors=codes)
    asked = {"language": current_language(), "address": request.remote_addr or ""}
    caller = operations.Caller(**contact, **asked)
    now = service.clock.now()
    try:
        with service.database.write() as session:
            operations.request_callback(
                session, draft.submission or "", caller, service=service, now=now
            )
    except IntakeError:
        pass  # the result says what holds now: closed, something worse, or nothing to see
    return go_to(url_for("pages.result"))
