"""What a visitor has chosen and typed so far: a sealed cookie, not a row, and never in a URL."""

import hashlib
import json
from dataclasses import asdict, dataclass, field
from datetime import timedelta

from werkzeug.wrappers import Response

from shared.statements import StatementError
from shared.web import current_service
from shared.web.cookies import read_cookie, set_cookie

from ..domain.handoff import Handoff
from . import form

LIVES = timedelta(minutes=60)


@dataclass(slots=True, kw_only=True)
class Draft:
    """`hold`, `former` and `booked` are ids, `slot` names the time of `hold`; empty until there is
    one. Whose answers these are is told by the safety check and the patient's birth date."""

    submission: str = ""
    born: str = ""
    slot: str = ""
    hold: str = ""
    former: str = ""  # the hold of an older safety check of this visitor
    typed: form.Typed = field(default_factory=lambda: form.typed({"support": "none"}))
    booked: str = ""
    goes_on: bool = False  # the visitor asked for another visit, perhaps for somebody else

    @property
    def key(self) -> str:
        """Idempotency key: a double tap sends the same one, changed answers another."""
        chosen = json.dumps([self.hold, self.typed], sort_keys=True)
        return hashlib.sha256(chosen.encode()).hexdigest()

    def of(self, handoff: Handoff) -> "Draft":
        """This visitor's draft. A new safety check starts anew, but keeps what was typed about
        the same patient: an hour's pause costs no answers."""
        if self.submission == handoff.submission:
            return self
        fresh = Draft(submission=handoff.submission, born=handoff.date_of_birth.isoformat())
        fresh.former = self.hold or self.former
        if fresh.born == self.born:
            fresh.typed = self.typed
        elif self.goes_on:
            fresh.typed = form.contact_of(self.typed)
        return fresh

    def after_booking(self, visit: str) -> "Draft":
        """What was typed is kept for another visit, and shown to nobody until one is asked for."""
        return Draft(submission=self.submission, born=self.born, typed=self.typed, booked=visit)

    def for_another_visit(self) -> "Draft":
        return Draft(born=self.born, typed=self.typed, goes_on=True)


def read_draft() -> Draft:
    """Whatever was kept last, whether or not its safety check still holds."""
    service = current_service()
    cookie = read_cookie("booking") or ""
    try:
        return Draft(**service.statements.open("booking", cookie, now=service.clock.now()))
    except (StatementError, TypeError):  # too old, not ours, or of another release
        return Draft()


def keep_draft(response: Response, draft: Draft) -> None:
    service = current_service()
    lives = service.clock.now() + LIVES
    sealed = service.statements.seal("booking", asdict(draft), expires_at=lives)
    set_cookie(response, "booking", sealed)
