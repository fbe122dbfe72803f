"""Reads of intake: one submission, what its sealed document holds, and what staff made of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from shared.sealing import reveal_row

from ..domain.errors import SubmissionNotFound
from ..models import Callback, IntakeSubmission, LevelChange


@dataclass(frozen=True, slots=True)
class Judged:
    """A submission as staff see it: the document of the rules, and the level that now holds."""

    row: IntakeSubmission
    document: dict[str, Any]
    level: str | None
    changes: tuple[dict[str, Any], ...]


def submission(session: Session, submission_id: str) -> tuple[IntakeSubmission, dict[str, Any]]:
    """The row and the document that was judged: empty when the check was not done."""
    row = session.get(IntakeSubmission, submission_id)
    if row is None:
        raise SubmissionNotFound
    return row, reveal_row(session, row)


def judged(session: Session, submission_id: str) -> Judged:
    row, document = submission(session, submission_id)
    changes = level_changes(session, row.id)
    told = tuple(
        {"at": change.at, "role": change.role, **reveal_row(session, change)} for change in changes
    )
    return Judged(row, document, current_level(session, row, changes), told)


def locked_submission(session: Session, submission_id: str) -> IntakeSubmission:
    """For deciding something about it once: a rival waits here."""
    row = session.get(IntakeSubmission, submission_id, with_for_update=True)
    if row is None:
        raise SubmissionNotFound
    return row


def level_changes(session: Session, submission_id: str) -> Sequence[LevelChange]:
    mine = select(LevelChange).where(LevelChange.submission == submission_id)
    return session.execute(mine.order_by(LevelChange.number)).scalars().all()


def current_level(
    session: Session, row: IntakeSubmission, changes: Sequence[LevelChange]
) -> str | None:
    """What staff decided last, else what the rules gave; None when the check was not done."""
    if changes:
        return str(reveal_row(session, changes[-1])["after"])
    level: str | None = reveal_row(session, row).get("urgency")
    return level


def callback_reference(session: Session, submission_id: str) -> str | None:
    row = session.get(Callback, submission_id)
    return str(reveal_row(session, row)["reference"]) if row else None
