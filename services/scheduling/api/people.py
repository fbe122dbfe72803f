"""Patients as the desk finds them, two records that are one person, and a visit's contact."""

from typing import Any

from shared.web import current_service

from .. import operations, queries, schemas
from .blueprint import FOR_STAFF, blueprint, looked, member, tagged
from .changes import CHANGE, Answer, change_of


@blueprint.route("/appointments/<appointment_id>/contact", methods=["PATCH"])
@blueprint.arguments(schemas.ContactChangeSchema)
@blueprint.response(200, schemas.ContactChangedSchema)
@blueprint.doc(**CHANGE)
def change_contact(body: dict[str, Any], appointment_id: str) -> Answer:
    """Correct e-mail, phone, language; unsent messages follow. The answer names the patient's
    other coming visits that are reached differently: `other_visits` corrects those too."""
    service, others = current_service(), body.pop("other_visits")
    change = change_of(appointment_id, {"notify": True})
    with service.database.write() as session:
        left = operations.change_contact(session, service, change, body, others=others)
        visit, status, headers = tagged(queries.appointment(session, service, appointment_id))
    shown = {name: getattr(visit, name) for name in visit.__slots__}
    return shown | {"other_visits": left}, status, headers


@blueprint.route("/patients")
@blueprint.arguments(schemas.PatientsQuerySchema, location="query")
@blueprint.response(200, schemas.PatientsSchema)
@blueprint.doc(**FOR_STAFF)
def list_patients(query: dict[str, Any]) -> dict[str, Any]:
    """By the beginning of a family name, with a birth date or without, by birth date alone, or by
    phone number. There are no pages: whoever finds too many types more."""
    service = current_service()
    now = service.clock.now()
    with service.database.read() as session:
        found = queries.patients(session, service.clinic, query["q"], limit=query["limit"], now=now)
    looked("patients", count=len(found))
    return {"items": found, "next": None}


@blueprint.route("/patients/<patient_id>/merge-preview")
@blueprint.arguments(schemas.MergePreviewQuerySchema, location="query")
@blueprint.response(200, schemas.MergePreviewSchema)
@blueprint.doc(**FOR_STAFF)
def merge_preview(query: dict[str, Any], patient_id: str) -> dict[str, Any]:
    service = current_service()
    with service.database.read() as session:
        both = [
            queries.patient_details(
                session, service.clinic, queries.patient(session, one), now=service.clock.now()
            )
            for one in (patient_id, query["other"])
        ]
    for one in both:
        looked(one.id)
    names = ("given_name", "family_name", "date_of_birth")
    differences = [name for name in names if getattr(both[0], name) != getattr(both[1], name)]
    return {
        "patient": both[0],
        "other": both[1],
        "differences": differences,
        "moved_visits": both[1].visits,
    }


@blueprint.route("/patients/<patient_id>/merge", methods=["POST"])
@blueprint.arguments(schemas.MergeSchema)
@blueprint.response(200, schemas.MergedSchema)
@blueprint.doc(**FOR_STAFF)
def merge_patients(body: dict[str, Any], patient_id: str) -> Any:
    """The visits of `other` become this patient's. It can be undone."""
    service = current_service()
    with service.database.write() as session:
        return operations.merge_patients(
            session, patient_id, body["other"], member=member(), now=service.clock.now()
        )


@blueprint.route("/patients/merges/<merge_id>/undo", methods=["POST"])
@blueprint.response(200, schemas.MergedSchema)
@blueprint.doc(**FOR_STAFF)
def undo_merge(merge_id: str) -> Any:
    service = current_service()
    with service.database.write() as session:
        now = service.clock.now()
        return operations.undo_merge(session, merge_id, member=member(), now=now)
