"""Reading what the safety check handed over."""

from datetime import datetime

from shared.statements import StatementExpired, StatementInvalid, Statements

from ..domain.errors import HandoffExpired, HandoffInvalid
from ..domain.handoff import Handoff


def read_handoff(statements: Statements, token: str | None, *, now: datetime) -> Handoff | None:
    """None without a token; raises HandoffExpired or HandoffInvalid."""
    if not token:
        return None
    try:
        return Handoff.from_claims(statements.open("handoff", token, now=now))
    except StatementExpired:
        raise HandoffExpired from None
    except (StatementInvalid, KeyError, TypeError, ValueError):
        raise HandoffInvalid from None
