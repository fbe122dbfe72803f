"""The desk's inbox: what makes a task, who takes it, how it ends. A task is made once for its
subject, however often its cause arrives."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from shared.idempotency import insert_new
from shared.sealing import reveal_row, seal_row
from shared.staff import StaffMember

from ..domain import errors
from ..models import ClosureCase, Hold, Task
from .audit import note

HELPED = ("moved", "cancelled", "kept")  # how a case of a closure may end


def open_task(
    session: Session,
    kind: str,
    subject: str,
    *,
    now: datetime,
    about: dict[str, Any] | None = None,
    **links: Any,
) -> bool:
    """True when it is new. `about` is sealed; `links` are columns: appointment_id, due_at …"""
    row = Task(id=str(uuid.uuid4()), kind=kind, subject=f"{kind}:{subject}", **links)
    row.created_at, row.state, row.version = now, "open", 1
    if about:
        seal_row(session, row, about)
    values = {column.key: getattr(row, column.key) for column in Task.__table__.columns}
    return insert_new(session, Task.__table__, values)


def claim_task(session: Session, task_id: str, *, member: StaffMember, now: datetime) -> Task:
    """Take a task; taking one's own again changes nothing.

    Raises NoSuchTask, TaskClaimed (by whom), TaskResolved.
    """
    task = _locked(session, task_id)
    _refuse_others(session, task, member)
    if task.state == "open":
        task.state, task.claimed_by, task.claimed_at = "claimed", member.id, now
        _keep(session, task, claimed_by_name=member.name)
        _noted(session, task, "task_claimed", actor=member.id, now=now)
    return task


def release_task(session: Session, task_id: str, *, member: StaffMember, now: datetime) -> Task:
    """Give a task back. An administrator may give back what somebody else took and left."""
    task = _locked(session, task_id)
    if member.role != "admin":
        _refuse_others(session, task, member)
    if task.state == "resolved":
        raise errors.TaskResolved
    if task.state == "claimed":
        task.state, task.claimed_by, task.claimed_at = "open", None, None
        _keep(session, task, claimed_by_name=None)
        _noted(session, task, "task_released", actor=member.id, now=now)
    return task


def resolve_task(
    session: Session,
    task_id: str,
    *,
    member: StaffMember,
    outcome: str,
    words: str | None,
    now: datetime,
) -> Task:
    """Done, and how it ended; nobody has to claim first, but nobody ends somebody else's."""
    task = _locked(session, task_id)
    _refuse_others(session, task, member)
    _end(session, task, outcome, actor=member.id, now=now)
    if task.kind == "closure" and task.closure_id:
        _finish_case(session, task, outcome, now=now)
    if words:
        _keep(session, task, note=words)
    return task


def settle(session: Session, *conditions: Any, outcome: str, now: datetime) -> int:
    """End what events have made needless: the visit is booked, the records are merged."""
    unresolved = select(Task).where(Task.state != "resolved", *conditions).order_by(Task.id)
    rows = session.scalars(unresolved.with_for_update()).all()
    for task in rows:
        _end(session, task, outcome, actor="system", now=now)
    return len(rows)


def _finish_case(session: Session, task: Task, outcome: str, *, now: datetime) -> None:
    """The tracker counts whom the desk has helped; what was kept for them is free."""
    case = session.get(ClosureCase, (task.closure_id, task.appointment_id), with_for_update=True)
    if case and case.state not in HELPED:
        case.state, case.updated_at = outcome if outcome in HELPED else "cancelled", now
        theirs = Hold.appointment_id == task.appointment_id, Hold.purpose == "closure"
        session.execute(delete(Hold).where(*theirs))


def _locked(session: Session, task_id: str) -> Task:
    task = session.get(Task, task_id, with_for_update=True, populate_existing=True)
    if task is None:
        raise errors.NoSuchTask
    return task


def _refuse_others(session: Session, task: Task, member: StaffMember) -> None:
    if task.state == "resolved" and task.resolved_by != member.id:
        raise errors.TaskResolved
    if task.state == "claimed" and task.claimed_by != member.id:
        raise errors.TaskClaimed(_about(session, task).get("claimed_by_name"))


def _end(session: Session, task: Task, outcome: str, *, actor: str, now: datetime) -> None:
    if task.state == "resolved":
        if task.outcome != outcome:
            raise errors.TaskResolved
        return
    task.state, task.outcome, task.resolved_by, task.resolved_at = "resolved", outcome, actor, now
    _noted(session, task, "task_resolved", actor=actor, now=now)


def _noted(session: Session, task: Task, action: str, *, actor: str, now: datetime) -> None:
    task.version += 1
    note(session, action, task.id, actor=actor, now=now)


def _about(session: Session, task: Task) -> dict[str, Any]:
    return reveal_row(session, task) if task.sealed else {}


def _keep(session: Session, task: Task, **facts: Any) -> None:
    seal_row(session, task, _about(session, task) | facts)
