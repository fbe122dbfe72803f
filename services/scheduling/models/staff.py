"""Accounts, sessions and tokens of staff; of every secret only a hash is kept."""

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from .rows import HASH, Base, Row


class StaffAccount(Row):
    """A member of staff. Sealed: name and e-mail."""

    __tablename__ = "staff_accounts"

    email_key: Mapped[str] = mapped_column(HASH, unique=True)
    role: Mapped[str] = mapped_column(String(16))
    sealed: Mapped[bytes]
    created_at: Mapped[datetime]


class StaffSession(Row):
    """A signed-in browser; only a hash of its key is kept."""

    __tablename__ = "staff_sessions"

    account_id: Mapped[str] = mapped_column(ForeignKey("staff_accounts.id"), index=True)
    key_hash: Mapped[str] = mapped_column(HASH, unique=True)
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class StaffToken(Row):
    """A bearer token for a program: what it says is signed, this row is for revoking it."""

    __tablename__ = "staff_tokens"

    name: Mapped[str] = mapped_column(String(120), index=True)
    role: Mapped[str] = mapped_column(String(16))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class SignInLink(Base):
    """A one-time way in; only a hash of its secret is kept."""

    __tablename__ = "sign_in_links"

    secret_hash: Mapped[str] = mapped_column(HASH, primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("staff_accounts.id"))
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
