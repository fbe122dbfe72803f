"""Forgetting what no longer decides anything. Correctness never waits for this."""

from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlalchemy.orm import Session

from shared import idempotency
from shared.tables import revoked_sessions

from ..domain.time import CELL_SECONDS
from ..models import Claim, Hold, SignInLink

LONG_OVER = timedelta(hours=1)
PAST_DAYS = timedelta(hours=48)  # always before today, in every zone


def prune(session: Session, *, now: datetime) -> None:
    """Expired holds, cells of past days, old idempotency keys, dead links and revocations."""
    old_cell = int((now - PAST_DAYS).timestamp()) // CELL_SECONDS
    session.execute(delete(Hold).where(Hold.expires_at < now - LONG_OVER))
    session.execute(delete(Claim).where(Claim.cell < old_cell))
    session.execute(delete(SignInLink).where(SignInLink.expires_at < now - LONG_OVER))
    session.execute(delete(revoked_sessions).where(revoked_sessions.c.until < now))
    idempotency.forget_old(session, now=now)
