"""The buttons by which staff raise or lower a level; the page they stand on is shown again."""

from flask import Blueprint, Response, request, url_for
from marshmallow import ValidationError

from shared.web import Problem, current_service, current_staff

from .. import operations, schemas
from ..domain.errors import IntakeError
from .booking import go_to

blueprint = Blueprint("level_buttons", __name__, url_prefix="/staff")
STATUS = {
    "submission_not_found": 404,
    "lowering_not_allowed": 403,
    "reason_required": 422,
    "level_changed": 409,
}


@blueprint.post("/submissions/<submission>/level")
def change(submission: str) -> Response:
    service, member = current_service(), current_staff()
    assert member  # the role matrix lets nobody else in
    typed = {name: request.form.get(name, "").strip() or None for name in ("reason", "seen")}
    try:
        wanted = schemas.LevelSchema().load({"level": request.form.get("level", ""), **typed})
        with service.database.write() as session:
            now = service.clock.now()
            operations.change_level(session, submission, **wanted, by=member, now=now)
    except ValidationError:
        sentence = f"Choose a level, and keep the reason under {schemas.LONGEST_REASON} letters."
        raise Problem(422, "invalid", sentence) from None
    except IntakeError as error:
        raise Problem(STATUS[error.code], error.code, str(error)) from None
    if request.form.get("back") == "checklist":
        return go_to(url_for("checklist.checked", submission=submission))
    return go_to(f"{request.script_root}/staff/submissions/{submission}")
