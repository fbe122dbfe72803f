"""The JSON route by which a visitor asks to be called back."""

from typing import Any

from flask import request

from shared.statements import StatementError, StatementExpired
from shared.web import Problem, current_service
from shared.web.api import API, Blueprint

from .. import operations, schemas
from ..domain.errors import IntakeError

blueprint = Blueprint("callbacks", __name__, url_prefix=API)
STATUS = {"submission_not_found": 404, "clinic_closed": 409, "callback_not_offered": 409}


@blueprint.route("/submissions/<submission_id>/callback", methods=["POST"])
@blueprint.arguments(schemas.CallbackSchema)
@blueprint.response(202, schemas.CallbackTakenSchema)
def ask(wanted: dict[str, Any], submission_id: str) -> dict[str, str]:
    service = current_service()
    now = service.clock.now()
    language = _language(wanted.pop("callback"), submission_id)
    caller = operations.Caller(**wanted, language=language, address=request.remote_addr or "")
    try:
        with service.database.write() as session:
            reference = operations.request_callback(
                session, submission_id, caller, service=service, now=now
            )
    except IntakeError as error:
        raise Problem(STATUS[error.code], error.code, str(error)) from None
    return {"reference": reference}


def _language(token: str, submission_id: str) -> str:
    """What the token says, once it is ours and about this submission."""
    service = current_service()
    sentence = "Send the callback of this submission's own answer."
    try:
        claims = service.statements.open("callback", token, now=service.clock.now())
    except StatementExpired:
        sentence = "This is too old. Start again, or call us."
        raise Problem(410, "callback_expired", sentence) from None
    except StatementError:
        claims = {}
    if claims.get("submission") != submission_id:
        errors = [{"pointer": "/callback", "detail": sentence}]
        raise Problem(422, "callback_invalid", sentence, errors)
    return str(claims["language"])
