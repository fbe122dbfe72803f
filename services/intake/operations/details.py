"""Save a part of the long questions: section by section, with a version each. What is sent is
kept, what is left out stays as it was."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from shared.events.intake import DetailsCompleted
from shared.messaging import outbox
from shared.sealing import reveal_row, seal_row

from .. import queries
from ..domain.details import Details, Document, details
from ..domain.errors import DetailsChanged, DetailsInvalid
from ..domain.fitting import faults_in
from ..models import DetailSection, IntakeSubmission
from .audit import note

Sections = Mapping[str, Document]


@dataclass(frozen=True, slots=True, kw_only=True)
class Writer:
    """Who saves: the patient or a staff id, in which language the texts stood before them, and
    their local day."""

    actor: str
    language: str
    today: date
    age: int | None = None


def save_details(
    session: Session,
    submission: str,
    sent: Sections,
    *,
    by: Writer,
    seen: Mapping[str, int | None],
    now: datetime,
) -> None:
    """`seen`: the version that was looked at while answering, where the sender knows it: 0 before
    the first save. A section that was saved meanwhile, with other answers, is refused."""
    row = queries.locked_submission(session, submission)
    known, saved = details(), queries.saved_details(session, row.id)
    merged = {
        section: _merged(known, section, saved.documents.get(section, {}), answers, by=by, now=now)
        for section, answers in sent.items()
    }
    inputs = reveal_row(session, row).get("inputs") or {}
    age = inputs.get("age", by.age)
    if faults := faults_in(known, merged, inputs=inputs, age=age, today=by.today):
        raise DetailsInvalid(faults)
    for section, document in merged.items():
        _keep(session, row, section, document, saved=saved, seen=seen.get(section), now=now)
    note(session, "details_saved", row.id, actor=by.actor, now=now)
    if row.details_completed_at is None and known.is_complete(saved.documents | merged, age=age):
        row.details_completed_at = now
        event = DetailsCompleted(submission=row.id, appointment=row.appointment)
        outbox.record(session, event, now=now)


def _keep(
    session: Session,
    row: IntakeSubmission,
    section: str,
    document: Document,
    *,
    saved: queries.Saved,
    seen: int | None,
    now: datetime,
) -> None:
    version = saved.versions.get(section, 0)
    if version and saved.documents[section] == document:  # a double tap, or nothing new
        return
    if seen is not None and seen != version:
        raise DetailsChanged(section)
    kept = DetailSection(
        id=f"{row.id}/{section}",
        submission=row.id,
        section=section,
        version=version + 1,
        saved_at=now,
    )
    seal_row(session, kept, dict(document))
    session.merge(kept)


def _merged(
    known: Details, section: str, before: Document, sent: Document, *, by: Writer, now: datetime
) -> dict[str, Any]:
    """Of a consent is kept which text was agreed to, in which language and when."""
    after = dict(before)
    for name, answer in sent.items():
        question = known.sections[section].question(name)
        if question.kind == "consent" and answer:
            answer = _agreed(known, before.get(name), by=by, now=now)
        if question.kind == "scores":
            answer = {**(before.get(name) or {}), **answer}
        after[name] = answer
    return after


def _agreed(known: Details, before: Any, *, by: Writer, now: datetime) -> dict[str, str]:
    """The first time counts, as long as the text is the same."""
    if before and before["version"] == known.consents_version:
        return dict(before)
    stamp = now.replace(microsecond=0).isoformat()
    return {"version": known.consents_version, "language": by.language, "at": stamp}
