"""Two records that are one person become one, and can become two again."""

import uuid
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from shared.events.scheduling import PatientMerged
from shared.messaging import outbox
from shared.staff import StaffMember

from ..domain import errors
from ..models import Appointment, Patient, PatientMerge, Task
from .audit import note
from .tasks import settle


def merge_patients(
    session: Session, patient_id: str, other_id: str, *, member: StaffMember, now: datetime
) -> PatientMerge:
    """Every visit of `other` becomes one of `patient`, whose names stay as they are.

    Raises NoSuchPatient, SamePatient, MergedAlready.
    """
    if patient_id == other_id:
        raise errors.SamePatient
    rows = _locked(session, patient_id, other_id)
    if any(row.merged_into for row in rows.values()):
        raise errors.MergedAlready
    visits = session.scalars(select(Appointment.id).where(Appointment.patient_id == other_id))
    merge = PatientMerge(
        id=str(uuid.uuid4()),
        survivor_id=patient_id,
        merged_id=other_id,
        appointments=sorted(visits),
        at=now,
        actor=member.id,
    )
    rows[other_id].merged_into = patient_id
    session.add(merge)
    _move(session, merge, to=patient_id)
    for subject in (patient_id, other_id):
        note(session, "patient_merged", subject, actor=member.id, now=now)
    pair = ":".join(sorted((patient_id, other_id)))
    settle(session, Task.subject == f"match:{pair}", outcome="merged", now=now)
    _tell(session, merge, is_undone=False, now=now)
    return merge


def undo_merge(
    session: Session, merge_id: str, *, member: StaffMember, now: datetime
) -> PatientMerge:
    """The visits that moved go back; what was booked since stays with the record that stayed.

    Undoing twice changes nothing. Raises NoSuchMerge, MergeNotLast.
    """
    merge = session.get(PatientMerge, merge_id, with_for_update=True, populate_existing=True)
    if merge is None:
        raise errors.NoSuchMerge
    if merge.undone_at:
        return merge
    rows = _locked(session, merge.survivor_id, merge.merged_id)
    if rows[merge.survivor_id].merged_into:
        raise errors.MergeNotLast
    rows[merge.merged_id].merged_into = None
    merge.undone_at, merge.undone_by = now, member.id
    _move(session, merge, to=merge.merged_id)
    for subject in (merge.survivor_id, merge.merged_id):
        note(session, "merge_undone", subject, actor=member.id, now=now)
    _tell(session, merge, is_undone=True, now=now)
    return merge


def _locked(session: Session, *ids: str) -> dict[str, Patient]:
    """In one order: two desks that merge the same pair queue. A booking waits here as well."""
    found = select(Patient).where(Patient.id.in_(ids)).order_by(Patient.id)
    locked = found.with_for_update().execution_options(populate_existing=True)
    rows = {row.id: row for row in session.scalars(locked)}
    if len(rows) < len(ids):
        raise errors.NoSuchPatient
    return rows


def _move(session: Session, merge: PatientMerge, *, to: str) -> None:
    """Only what is still with one of the two: a later merge may have taken it along."""
    pair = Appointment.patient_id.in_((merge.survivor_id, merge.merged_id))
    chosen = update(Appointment).where(Appointment.id.in_(merge.appointments), pair)
    session.execute(chosen.values(patient_id=to))


def _tell(session: Session, merge: PatientMerge, *, is_undone: bool, now: datetime) -> None:
    event = PatientMerged(
        patient=merge.survivor_id,
        merged=merge.merged_id,
        appointments=tuple(merge.appointments),
        is_undone=is_undone,
    )
    outbox.record(session, event, now=now)
