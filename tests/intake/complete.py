"""The long questions answered to the end, and the statement that lets a visitor answer them."""

from datetime import timedelta
from typing import Any

from shared.service import Service

PATIENT_ID = "22222222-2222-4222-8222-222222222222"
VISIT_ID = "11111111-1111-4111-8111-111111111111"
COMPLETE: dict[str, Any] = {
    "peg": {"pain": 5, "enjoyment": 5, "activity": 5},
    "pain": {"nrs_avg": 4},
    "medicines": {
        "takes": "listed",
        "meds": [{"name": "Ibuprofen", "dose": "400 mg"}],
        "blood_thinner": "no",
        "has_allergies": "listed",
        "allergies": [{"substance": "Penicillin", "reaction": "rash"}],
        "latex": "no",
        "metal": "no",
        "iodine_contrast": "not_sure",
    },
    "history": {"conditions": ["diabetes"], "nicotine": "no"},
    "claim": {"claim_type": "none"},
    "agree": {"privacy_notice": True, "answers_right": True},
}


def make_statement(service: Service, submission: str, **changes: Any) -> str:
    """What scheduling gives after the birth date matched."""
    claims = {"submission": submission, "patient": PATIENT_ID, "appointment": VISIT_ID, "age": 46}
    expires_at = service.clock.now() + timedelta(minutes=15)
    return service.statements.seal("visit_statement", claims | changes, expires_at=expires_at)
