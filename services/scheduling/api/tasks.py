"""The desk's inbox: what somebody has to do, who has taken it, and how it ended."""

from typing import Any

from shared.web import current_service

from .. import operations, queries, schemas
from .blueprint import FOR_STAFF, blueprint, looked, member, page


@blueprint.route("/tasks")
@blueprint.arguments(schemas.TasksQuerySchema, location="query")
@blueprint.response(200, schemas.TasksSchema)
@blueprint.doc(**FOR_STAFF)
def list_tasks(query: dict[str, Any]) -> dict[str, Any]:
    """Oldest first. What is done is listed by `state=resolved` only."""
    service = current_service()
    wanted = query | {"limit": query["limit"] + 1}
    with service.database.read() as session:
        found = queries.tasks(session, service, now=service.clock.now(), **wanted)
    answer = page(found, query)
    looked("tasks", count=len(answer["items"]))
    return answer


@blueprint.route("/tasks/<task_id>")
@blueprint.response(200, schemas.TaskSchema)
@blueprint.doc(**FOR_STAFF)
def get_task(task_id: str) -> queries.TaskDetails:
    service = current_service()
    with service.database.read() as session:
        found = queries.task(session, service, task_id, now=service.clock.now())
    looked(task_id)
    return found


@blueprint.route("/tasks/<task_id>/claim", methods=["POST"])
@blueprint.response(200, schemas.TaskSchema)
@blueprint.doc(**FOR_STAFF)
def claim_task(task_id: str) -> queries.TaskDetails:
    """Of two who take it at once one has it; the other learns who (409 `task_claimed`)."""
    return _done(operations.claim_task, task_id)


@blueprint.route("/tasks/<task_id>/release", methods=["POST"])
@blueprint.response(200, schemas.TaskSchema)
@blueprint.doc(**FOR_STAFF)
def release_task(task_id: str) -> queries.TaskDetails:
    return _done(operations.release_task, task_id)


@blueprint.route("/tasks/<task_id>/resolve", methods=["POST"])
@blueprint.arguments(schemas.ResolveTaskSchema, required=False)
@blueprint.response(200, schemas.TaskSchema)
@blueprint.doc(**FOR_STAFF)
def resolve_task(body: dict[str, Any], task_id: str) -> queries.TaskDetails:
    return _done(operations.resolve_task, task_id, outcome=body["outcome"], words=body["note"])


def _done(work: Any, task_id: str, **more: Any) -> queries.TaskDetails:
    service = current_service()
    now = service.clock.now()
    with service.database.write() as session:
        work(session, task_id, member=member(), now=now, **more)
        session.flush()
        return queries.task(session, service, task_id, now=now)
