"""What a visitor has chosen and typed so far: a sealed cookie, not a row, and never in a URL."""

import secrets
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from werkzeug.wrappers import Response

from shared.statements import StatementError
from shared.web import current_service
from shared.web.cookies import read_cookie, set_cookie

from ..domain.handoff import Handoff
from ..models import Hold

LIVES = timedelta(minutes=60)


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """The time that is kept for this visitor, as the pages show it; instants in clinic time."""

    id: str
    slot: str
    practitioner: str
    start: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """`key` is the idempotency key of the booking to which these answers lead; `booked` the
    visit, once there is one."""

    submission: str
    born: str
    held: Held | None = None
    typed: dict[str, str] = field(default_factory=dict)
    is_complete: bool = False
    key: str = ""
    booked: str | None = None

    def is_held(self) -> bool:
        return self.held is not None and self.held.expires_at > current_service().clock.now()

    def holding(self, hold: Hold, *, slot: str, practitioner: str) -> "Draft":
        zone = current_service().clinic.time_zone
        held = Held(
            id=hold.id,
            slot=slot,
            practitioner=practitioner,
            start=hold.start.astimezone(zone),
            expires_at=hold.expires_at.astimezone(zone),
        )
        return replace(self, held=held, key=new_key())

    def extended(self, hold: Hold) -> "Draft":
        assert self.held is not None
        expires_at = hold.expires_at.astimezone(current_service().clinic.time_zone)
        return replace(self, held=replace(self.held, expires_at=expires_at))

    def without_time(self) -> "Draft":
        """The hold is over, whatever we thought: the page of times says so."""
        over = current_service().clock.now()
        return replace(self, held=replace(self.held, expires_at=over) if self.held else None)


def new_key() -> str:
    return secrets.token_urlsafe(24)


def draft_of(handoff: Handoff, kept: Draft | None) -> Draft:
    """This visitor's draft. A new safety check starts anew, but keeps what was typed about the
    same patient: an hour's pause costs no answers."""
    born = handoff.date_of_birth.isoformat()
    if kept and kept.submission == handoff.submission:
        return kept
    fresh = Draft(submission=handoff.submission, born=born)
    if kept and kept.born == born:
        return replace(fresh, typed=kept.typed, is_complete=kept.is_complete)
    return fresh


def last_draft() -> Draft | None:
    """Whatever was kept last, whether or not its safety check still holds."""
    service = current_service()
    try:
        cookie = read_cookie("booking") or ""
        claims = service.statements.open("booking", cookie, now=service.clock.now())
    except StatementError:
        return None
    held = claims.pop("held")
    return Draft(**claims, held=_held(held) if held else None)


def keep(draft: Draft, response: Response) -> None:
    service = current_service()
    claims = asdict(draft)
    if held := claims["held"]:
        held |= {name: held[name].isoformat() for name in _INSTANTS}
    lives = service.clock.now() + LIVES
    set_cookie(response, "booking", service.statements.seal("booking", claims, expires_at=lives))


_INSTANTS = ("start", "expires_at")


def _held(claims: dict[str, Any]) -> Held:
    zone = current_service().clinic.time_zone
    instants = {name: datetime.fromisoformat(claims[name]).astimezone(zone) for name in _INSTANTS}
    return Held(**claims | instants)
