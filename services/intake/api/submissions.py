"""The JSON routes of intake: submit answers, read a submission as staff, read the catalog."""

from typing import Any

from flask import request

from shared.web import Problem, current_service, current_staff, require_key
from shared.web.api import API, Blueprint

from .. import operations, queries, schemas
from ..domain import peg
from ..domain.answers import Answers, problems
from ..domain.catalog import Items, label
from ..domain.errors import SubmissionNotFound
from ..domain.knowledge import knowledge

blueprint = Blueprint("api", __name__, url_prefix=API)
_KEY = {
    "in": "header",
    "name": "Idempotency-Key",
    "required": True,
    "schema": {"type": "string", "pattern": "^[A-Za-z0-9_-]{22,64}$"},
}


@blueprint.route("/submissions", methods=["POST"])
@blueprint.arguments(schemas.SubmitSchema)
@blueprint.response(201, schemas.SubmittedSchema)
@blueprint.doc(parameters=[_KEY])
def submit(answers: Answers) -> dict[str, Any]:
    key = require_key(request.headers)
    service = current_service()
    now = service.clock.now()
    today = now.astimezone(service.clinic.time_zone).date()
    words = knowledge().words(answers.language)["errors"]
    found = problems(answers, knowledge().catalog, today=today)
    if errors := [{"pointer": f"/{name}", "detail": words[code]} for name, code in found.items()]:
        raise Problem(422, "invalid", "Some fields need another look.", errors)
    with service.database.write() as session:
        return operations.submit_answers(session, answers, key=key, service=service, now=now)


@blueprint.route("/submissions/<submission_id>")
@blueprint.response(200, schemas.SubmissionSchema)
@blueprint.doc(security=[{"staff": []}])
def submission(submission_id: str) -> dict[str, Any]:
    service = current_service()
    member = current_staff()
    may_read = member is not None and member.role == "clinician"
    opened = service.database.write if may_read else service.database.read
    try:
        with opened() as session:
            judged = queries.judged(session, submission_id)
            saved = queries.saved_details(session, submission_id)
            if member and may_read:
                now = service.clock.now()
                operations.note(session, "answers_read", judged.row.id, actor=member.id, now=now)
    except SubmissionNotFound as error:
        raise Problem(404, error.code, str(error)) from None
    row, document = judged.row, judged.document
    level = {"id": row.id, "urgency": judged.level, "status": row.status}
    if not may_read:
        return level
    zone, now = service.clinic.time_zone, service.clock.now()
    shown = operations.shown(row.id, document, clinic=service.clinic, now=now) if document else {}
    changes = [{**one, "at": one["at"].astimezone(zone).isoformat()} for one in judged.changes]
    return shown | {
        **level,
        "judged_urgency": document.get("urgency"),
        "level_changes": changes,
        "created_at": row.created_at.astimezone(zone).isoformat(),
        "rules": document.get("rules", []),
        "rules_version": document.get("rules_version"),
        "inputs": document.get("inputs"),
        "details": saved.documents,
        "details_status": queries.details_status(row, saved),
        "peg_score": peg.shown(peg.peg_score(saved.documents.get("daily_life", {}).get("peg"))),
    }


@blueprint.route("/catalog")
@blueprint.arguments(schemas.LanguageSchema, location="query")
@blueprint.response(200, schemas.CatalogSchema)
def catalog(query: dict[str, str]) -> dict[str, Any]:
    known = knowledge()

    def worded(items: Items) -> list[dict[str, Any]]:
        return [{**item, "label": label(item, query["language"])} for item in items.values()]

    return {
        "version": known.catalog.version,
        "rules_version": known.rules.version,
        "regions": worded(known.catalog.regions),
        "symptoms": worded(known.catalog.symptoms),
        "history_flags": worded(known.catalog.flags),
        "mechanisms": worded(known.catalog.mechanisms),
    }
