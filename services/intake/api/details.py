"""The JSON route of the long questions: for the visitor whose birth date matched, and for staff on
a patient's behalf. Reading answers is for the patient and for clinicians alone."""

from typing import Any

from shared.web import Problem, current_service, current_staff
from shared.web.api import API, Blueprint
from shared.web.cookies import read_cookie

from .. import operations, queries, schemas
from ..domain.details import details
from ..domain.errors import DetailsChanged, DetailsInvalid, IntakeError
from ..domain.peg import peg_score, shown

blueprint = Blueprint("details_api", __name__, url_prefix=API)
WRITERS, READS = ("front_desk", "clinician"), "clinician"
OFF_PAGE = {
    "above_worst": "The average can't be higher than the worst pain of the safety check.",
    "date": "Send a day that is not in the future.",
    "rows": "Send at least one where the answer is listed, and none where it is none.",
    "not_asked": "This is not asked at this age.",
}


@blueprint.route("/submissions/<submission_id>/details", methods=["PUT"])
@blueprint.arguments(schemas.SaveDetailsSchema)
@blueprint.response(200, schemas.DetailsSavedSchema)
@blueprint.doc(security=[{"staff": []}, {}])
def put(body: dict[str, Any], submission_id: str) -> dict[str, Any]:
    service = current_service()
    now = service.clock.now()
    by, may_read = _writer(body.pop("visit_statement"), submission_id, body.pop("language"))
    seen, peg = body.pop("versions"), body.pop("peg", None)
    if peg is not None:
        body["daily_life"] = {**body.get("daily_life", {}), "peg": peg}
    try:
        with service.database.write() as session:
            operations.save_details(session, submission_id, body, by=by, seen=seen, now=now)
            saved = queries.saved_details(session, submission_id)
            row, document = queries.submission(session, submission_id)
    except IntakeError as error:
        raise _problem(error) from None
    age = (document.get("inputs") or {}).get("age", by.age)
    known_peg = saved.documents.get("daily_life", {}).get("peg") if may_read else peg
    return {
        "id": row.id,
        "status": queries.details_status(row, saved),
        "sections": details().states(saved.documents, age=age),
        "versions": saved.versions,
        "peg_score": shown(peg_score(known_peg)),
    }


def _writer(
    statement: str | None, submission: str, language: str
) -> tuple[operations.Writer, bool]:
    """Who writes, and whether they may read answers too."""
    service = current_service()
    now = service.clock.now()
    today = now.astimezone(service.clinic.time_zone).date()
    member = current_staff() if statement is None else None
    if member is not None:
        if member.role not in WRITERS:
            raise Problem(403, "forbidden", "Your role does not allow this.")
        by = operations.Writer(actor=member.id, language=language, today=today)
        return by, member.role == READS
    sealed = statement or read_cookie(queries.VISIT_STATEMENT)
    visitor = queries.read_visit_statement(service.statements, sealed, now=now)
    if visitor is None:
        sentence = "Open the visit again by its link and give the birth date, or sign in."
        raise Problem(401, "visit_statement_required", sentence)
    if visitor.submission != submission:  # says nothing about whether it exists
        raise Problem(403, "forbidden", "This is not the visit that was opened.")
    by = operations.Writer(
        actor=operations.PATIENT, language=language, today=today, age=visitor.age
    )
    return by, True


def _problem(error: IntakeError) -> Problem:
    if isinstance(error, DetailsInvalid):
        errors = [
            {"pointer": _pointer(*place), "detail": OFF_PAGE[code]}
            for place, code in error.faults.items()
        ]
        return Problem(422, error.code, str(error), errors)
    if isinstance(error, DetailsChanged):
        errors = [{"pointer": f"/versions/{error.section}", "detail": str(error)}]
        return Problem(409, error.code, str(error), errors)
    return Problem(404, error.code, str(error))


def _pointer(section: str, name: str) -> str:
    return "/peg" if name == "peg" else f"/{section}/{name}"
