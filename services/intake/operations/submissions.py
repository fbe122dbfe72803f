"""Judge answers and keep them. The event is recorded in the same transaction as the row."""

import uuid
from collections.abc import Mapping
from dataclasses import asdict
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from shared.clinic import Clinic
from shared.events.intake import SubmissionReceived
from shared.idempotency import once
from shared.messaging import outbox
from shared.sealing import seal_row
from shared.service import Service
from shared.words import full_date

from ..domain.advice import ONLINE_BOOKING, Desk, advise
from ..domain.answers import Answers, facts_of, inputs_to_keep
from ..domain.catalog import label
from ..domain.days import business_day_after
from ..domain.knowledge import Knowledge, knowledge
from ..domain.routing import specialty, visit_type
from ..domain.rules import Urgency
from ..domain.safety import evaluate
from ..models import DONE, IntakeSubmission
from .callbacks import clinic_is_open

HANDOFF_LIVES = timedelta(minutes=60)
CALLBACK_LIVES = timedelta(hours=12)  # as long as a clinic day may last
HANDED_OVER = ("urgency", "visit_type", "specialty", "latest_day")


def submit_answers(
    session: Session, answers: Answers, *, key: str, service: Service, now: datetime
) -> dict[str, Any]:
    """What the visitor is answered; the same key and answers get the same answer, and one row."""

    def work() -> dict[str, Any]:
        document = judge(answers, knowledge(), clinic=service.clinic, now=now)
        row = _keep(session, document, now=now)
        answer = shown(row.id, document, clinic=service.clinic, now=now)
        if answer["online_booking"] == "stop":
            callback = _callback(row.id, answers, service=service, now=now)
            is_offered = answer["urgency"] == Urgency.SAME_DAY
            return answer | {"handoff": None, "callback": callback if is_offered else None}
        claims = {name: document[name] for name in HANDED_OVER} | {
            "submission": row.id,
            "for_whom": answers.for_whom,
            "date_of_birth": answers.date_of_birth.isoformat(),
            "language": answers.language,
        }
        sealed = service.statements.seal("handoff", claims, expires_at=now + HANDOFF_LIVES)
        return answer | {"handoff": sealed, "callback": None}

    return once(session, scope="submission", key=key, body=asdict(answers), now=now, work=work)


def _callback(submission: str, answers: Answers, *, service: Service, now: datetime) -> str:
    claims = {"submission": submission, "language": answers.language}
    return service.statements.seal("callback", claims, expires_at=now + CALLBACK_LIVES)


def _keep(session: Session, document: dict[str, Any], *, now: datetime) -> IntakeSubmission:
    row = IntakeSubmission(id=str(uuid.uuid4()), created_at=now, status=DONE)
    seal_row(session, row, document)
    session.add(row)
    told = {name: document[name] for name in ("urgency", "visit_type")}
    outbox.record(session, SubmissionReceived(submission=row.id, **told), now=now)
    return row


def judge(answers: Answers, known: Knowledge, *, clinic: Clinic, now: datetime) -> dict[str, Any]:
    """The document that is kept: the result, why, by which versions, and on which inputs."""
    today = now.astimezone(clinic.time_zone).date()
    facts = facts_of(answers, today=today)
    result = evaluate(known.rules, facts)
    room = specialty(facts, known.catalog)
    latest = _second_day(clinic, today) if result.urgency is Urgency.URGENT_2BD else None
    return {
        "urgency": result.urgency.value,
        "specialty": room,
        "visit_type": visit_type(answers, urgency=result.urgency, specialty=room),
        "latest_day": latest.isoformat() if latest else None,
        "band": known.pain.band(answers.pain_worst),
        "signs": list(result.signs),
        "rules": [{"id": r.id, "level": r.level.value, "reason": r.reason} for r in result.fired],
        "rules_version": known.rules.version,
        "catalog_version": known.catalog.version,
        "bands_version": known.pain.version,
        "inputs": inputs_to_keep(answers, facts),
    }


def shown(
    submission: str,
    document: Mapping[str, Any],
    *,
    clinic: Clinic,
    now: datetime,
    language: str | None = None,
) -> dict[str, Any]:
    """What a visitor may see of the document; the advice fits the hour at which it is read, and
    speaks the language of the answers where no other is asked for."""
    spoken = language or document["inputs"]["language"]
    code = document["visit_type"]
    minutes = {kind["id"]: kind["minutes"] for kind in clinic.raw["visit_types"]}
    return {
        "id": submission,
        "urgency": document["urgency"],
        "online_booking": ONLINE_BOOKING[document["urgency"]],
        "advice": _advice(document, clinic, now, spoken),
        "pain": {"band": document["band"]},
        "recommendation": {
            "visit_type": code,
            "minutes": minutes[code],
            "specialty": document["specialty"],
            "latest_day": document["latest_day"],
        },
    }


def _advice(
    document: Mapping[str, Any], clinic: Clinic, now: datetime, language: str
) -> dict[str, Any]:
    known = knowledge()
    desk = Desk(
        phone=clinic.phone,
        hours=clinic.hours_in(language),
        is_open=clinic_is_open(clinic, now),
    )
    catalog = known.catalog
    told = [catalog.symptoms[code] for code in document["signs"]]
    # An accident alone can be the emergency; then it is what the patient told us.
    told = told or [catalog.mechanisms[document["inputs"]["mechanism"]]]
    latest = document["latest_day"]
    return advise(
        Urgency(document["urgency"]),
        known.words(language)["advice"],
        desk,
        signs=[label(item, language) for item in told],
        latest_day=full_date(date.fromisoformat(latest), language) if latest else "",
    )


def _second_day(clinic: Clinic, today: date) -> date:
    closed = clinic.closed_dates(today, today + timedelta(days=60))
    return business_day_after(today, 2, opening=clinic.opening, closed=closed)
