"""The JSON route by which staff raise or lower a level."""

from typing import Any

from shared.web import Problem, current_service, current_staff
from shared.web.api import API, Blueprint

from .. import operations, queries, schemas
from ..domain.errors import IntakeError

blueprint = Blueprint("levels", __name__, url_prefix=API)
STATUS = {
    "submission_not_found": 404,
    "lowering_not_allowed": 403,
    "reason_required": 422,
    "level_changed": 409,
}
POINTERS = {"reason_required": "/reason", "level_changed": "/seen"}


@blueprint.route("/submissions/<submission_id>/level", methods=["POST"])
@blueprint.arguments(schemas.LevelSchema)
@blueprint.response(200, schemas.LevelSetSchema)
@blueprint.doc(security=[{"staff": []}])
def change(wanted: dict[str, Any], submission_id: str) -> dict[str, Any]:
    service, member = current_service(), current_staff()
    assert member  # the role matrix lets nobody else in
    try:
        with service.database.write() as session:
            now = service.clock.now()
            level = operations.change_level(session, submission_id, **wanted, by=member, now=now)
            row, _ = queries.submission(session, submission_id)
    except IntakeError as error:
        pointer, sentence = POINTERS.get(error.code), str(error)
        errors = [{"pointer": pointer, "detail": sentence}] if pointer else []
        raise Problem(STATUS[error.code], error.code, sentence, errors) from None
    return {"id": row.id, "urgency": level, "status": row.status}
