"""Reads of intake: one submission with what its sealed document holds."""

from typing import Any

from sqlalchemy.orm import Session

from shared.sealing import reveal_row

from .domain.errors import SubmissionNotFound
from .models import IntakeSubmission


def submission(session: Session, submission_id: str) -> tuple[IntakeSubmission, dict[str, Any]]:
    """The row and the document that was judged: empty when the check was not done."""
    row = session.get(IntakeSubmission, submission_id)
    if row is None:
        raise SubmissionNotFound
    return row, reveal_row(session, row)
