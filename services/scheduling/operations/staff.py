"""Staff: accounts, one-time links, browser sessions, tokens, and their revocation."""

import hashlib
import secrets
import uuid
from datetime import datetime, timedelta

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import select
from sqlalchemy.orm import Session

from shared.events.scheduling import StaffSessionsRevoked
from shared.idempotency import insert_new
from shared.messaging import outbox
from shared.sealing import ServiceKeys, reveal_row, seal_row
from shared.staff import StaffMember, sign
from shared.tables import revoked_sessions

from ..domain import errors
from ..models import SignInLink, StaffAccount, StaffSession, StaffToken
from .audit import note

LINK_LIVES = timedelta(minutes=30)
STATEMENT_LIVES = timedelta(minutes=5)
IDLE = timedelta(minutes=30)
ABSOLUTE = timedelta(hours=12)


def add_account(
    session: Session, email: str, *, name: str, role: str, now: datetime
) -> StaffAccount:
    """The account of this address: a new one, or the one that exists, as it is."""
    keys: ServiceKeys = session.info["keys"]
    email_key = keys.index("staff_email", email.strip().casefold())
    known = session.scalar(select(StaffAccount).where(StaffAccount.email_key == email_key))
    if known:
        return known
    account = StaffAccount(id=str(uuid.uuid4()), email_key=email_key, role=role, created_at=now)
    seal_row(session, account, {"name": name, "email": email.strip()})
    session.add(account)
    note(session, "account_added", account.id, actor="system", now=now)
    session.flush()
    return account


def make_sign_in_link(session: Session, account: StaffAccount, *, now: datetime) -> str:
    """The secret of a link that signs in once, within half an hour; only its hash is kept."""
    secret = secrets.token_urlsafe(32)
    link = SignInLink(secret_hash=_hash(secret), account_id=account.id, expires_at=now + LINK_LIVES)
    session.add(link)
    note(session, "sign_in_link", account.id, actor="system", now=now)
    session.flush()
    return secret


def sign_in(session: Session, secret: str, *, now: datetime) -> str:
    """Use a link up; the key of the new session, for the `staff_session` cookie.

    Raises SignInRefused. Of two at once one wins: the row is locked.
    """
    link = session.get(SignInLink, _hash(secret), with_for_update=True)
    if link is None or link.used_at or link.expires_at <= now:
        raise errors.SignInRefused
    link.used_at = now
    key = secrets.token_urlsafe(32)
    row = StaffSession(id=str(uuid.uuid4()), account_id=link.account_id, key_hash=_hash(key))
    row.created_at = row.seen_at = now
    session.add(row)
    note(session, "signed_in", row.id, actor=row.account_id, now=now)
    session.flush()
    return key


def renew_statement(session: Session, key: str, *, signer: Ed25519PrivateKey, now: datetime) -> str:
    """A fresh five-minute statement for the `staff` cookie. Raises SessionOver."""
    row = _live_session(session, key)
    if row is None or now >= min(row.seen_at + IDLE, row.created_at + ABSOLUTE):
        raise errors.SessionOver
    row.seen_at = now
    account = session.get_one(StaffAccount, row.account_id)
    name = reveal_row(session, account)["name"]
    member = StaffMember(id=account.id, name=name, role=account.role, session=row.id)
    return sign(signer, member, expires_at=now + STATEMENT_LIVES)


def sign_out(session: Session, key: str, *, now: datetime) -> None:
    """End the session here and, by event, everywhere. Nothing happens when it is over already."""
    row = _live_session(session, key)
    if row:
        row.ended_at = now
        _revoke(session, row.id, until=now + STATEMENT_LIVES, staff=row.account_id, now=now)
        note(session, "signed_out", row.id, actor=row.account_id, now=now)


def create_token(
    session: Session, *, name: str, role: str, days: int, signer: Ed25519PrivateKey, now: datetime
) -> str:
    """A bearer token for a program; it cannot be shown again."""
    row = StaffToken(id=str(uuid.uuid4()), name=name, role=role, created_at=now)
    row.expires_at = now + timedelta(days=days)
    session.add(row)
    note(session, "token_created", row.id, actor="system", now=now)
    session.flush()
    member = StaffMember(id=row.id, name=name, role=role, session=row.id)
    return sign(signer, member, expires_at=row.expires_at)


def revoke_tokens(session: Session, name: str, *, now: datetime) -> int:
    """Make every live token of this name invalid in all services; how many there were."""
    is_live = (StaffToken.revoked_at.is_(None), StaffToken.expires_at > now)
    rows = session.scalars(select(StaffToken).where(StaffToken.name == name, *is_live)).all()
    for row in rows:
        row.revoked_at = now
        _revoke(session, row.id, until=row.expires_at, staff=row.id, now=now)
        note(session, "token_revoked", row.id, actor="system", now=now)
    return len(rows)


def _live_session(session: Session, key: str) -> StaffSession | None:
    is_theirs = (StaffSession.key_hash == _hash(key), StaffSession.ended_at.is_(None))
    return session.scalar(select(StaffSession).where(*is_theirs))


def _revoke(session: Session, revoked: str, *, until: datetime, staff: str, now: datetime) -> None:
    insert_new(session, revoked_sessions, {"session": revoked, "until": until})
    event = StaffSessionsRevoked(staff=staff, sessions=(revoked,), until=until)
    outbox.record(session, event, now=now)


def _hash(secret: str) -> str:
    """These secrets have 256 bits: a plain hash cannot be guessed back."""
    return hashlib.sha256(secret.encode()).hexdigest()
