"""The long questions of one submission as they are saved, and the visits of one patient."""

from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from shared.sealing import reveal_row

from ..domain.details import IN_PROGRESS, NOT_STARTED
from ..domain.trend import Visit, visit_of, with_changes
from ..models import DetailSection, IntakeSubmission


@dataclass(frozen=True, slots=True)
class Saved:
    """Section -> what was answered in it, and how often it was saved."""

    documents: dict[str, dict[str, Any]]
    versions: dict[str, int]


def saved_details(session: Session, submission_id: str) -> Saved:
    mine = select(DetailSection).where(DetailSection.submission == submission_id)
    rows = session.execute(mine).scalars().all()
    documents = {row.section: reveal_row(session, row) for row in rows}
    return Saved(documents, {row.section: row.version for row in rows})


def details_status(row: IntakeSubmission, saved: Saved) -> str:
    """As the front desk may know it. What was completed once stays so."""
    if row.details_completed_at is not None:
        return "completed"
    return IN_PROGRESS if saved.documents else NOT_STARTED


def visits_of_patient(session: Session, patient: str | None, zone: ZoneInfo) -> list[Visit]:
    """What every visit of this patient says about pain, oldest first. A cancelled one counts by
    the day of its answers."""
    if patient is None:
        return []
    mine = select(IntakeSubmission).where(IntakeSubmission.patient == patient)
    rows = session.execute(mine).scalars().all()
    ordered = sorted(rows, key=lambda row: (row.visit_at or row.created_at, row.id))
    return with_changes(
        visit_of(
            (row.visit_at or row.created_at).astimezone(zone).date(),
            row.id,
            document=reveal_row(session, row),
            details=saved_details(session, row.id).documents,
        )
        for row in ordered
    )
