"""An unfinished booking: the forms as they were typed, in one sealed cookie, for an hour.
Nothing of it is on the server until the last answer."""

import base64
import hashlib
import json
import secrets
from dataclasses import dataclass, field
from datetime import timedelta

from flask import Response

from shared.statements import StatementError, StatementExpired
from shared.web import current_service
from shared.web.cookies import read_cookie, set_cookie

LIVES = timedelta(minutes=60)
Fields = dict[str, list[str]]


@dataclass(slots=True)
class Draft:
    forms: dict[str, Fields] = field(default_factory=dict)
    seed: str = field(default_factory=lambda: secrets.token_urlsafe(16))
    submission: str | None = None
    is_expired: bool = False

    def key(self, language: str) -> str:
        """Idempotency key: a double tap sends the same one; changed answers, or the same in
        another language, another."""
        typed = json.dumps([self.seed, self.forms, language], sort_keys=True)
        digest = hashlib.sha256(typed.encode()).digest()
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def read_draft() -> Draft:
    """A draft that is missing, too old, not ours or of another release is an empty one."""
    cookie, service = read_cookie("draft"), current_service()
    if not cookie:
        return Draft()
    try:
        return Draft(**service.statements.open("draft", cookie, now=service.clock.now()))
    except StatementExpired:
        return Draft(is_expired=True)
    except (StatementError, TypeError):
        return Draft()


def keep_draft(response: Response, draft: Draft) -> None:
    service = current_service()
    claims = {"forms": draft.forms, "seed": draft.seed, "submission": draft.submission}
    expires_at = service.clock.now() + LIVES
    sealed = service.statements.seal("draft", claims, expires_at=expires_at)
    set_cookie(response, "draft", sealed)
