"""The one table of this service: a row for every message that is owed to somebody."""

from datetime import datetime

from sqlalchemy import Index, Integer, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from shared.database import UTCDateTime, new_metadata


class Base(DeclarativeBase):
    metadata = new_metadata()


class Message(Base):
    """Who is told what, and how far that has come. `sealed` holds the address, the first name,
    the times, the practitioner and the link (domain/content.py: Content)."""

    __tablename__ = "messages"
    __table_args__ = (
        # The same news never becomes two messages, however often its event comes.
        UniqueConstraint("subject", "version", "kind", "recipient", "copy"),
        Index("ix_messages_next", "state", "next_attempt_at"),
        Index("ix_messages_listed", "created_at", "id"),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    subject: Mapped[str] = mapped_column(String(36))  # the appointment
    version: Mapped[int] = mapped_column(Integer)
    kind: Mapped[str] = mapped_column(String(24))
    recipient: Mapped[str] = mapped_column(String(64))  # keyed hash of the address
    copy: Mapped[int] = mapped_column(Integer, default=1)
    language: Mapped[str] = mapped_column(String(8))
    sealed: Mapped[bytes] = mapped_column(LargeBinary)

    state: Mapped[str] = mapped_column(String(16))
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    outcome: Mapped[str | None] = mapped_column(String(80))  # the last reply code or reason
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    due_at: Mapped[datetime] = mapped_column(UTCDateTime)
    next_attempt_at: Mapped[datetime] = mapped_column(UTCDateTime)
    ambiguous_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    sent_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    # Fixed at the first attempt, so that a second copy has the same bytes.
    message_id: Mapped[str | None] = mapped_column(String(255))
    dated_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    # Leases go by real time. `lease_until` stays when they end: it says when a row was last tried.
    lease_token: Mapped[str | None] = mapped_column(String(36), index=True)
    leased_by: Mapped[str | None] = mapped_column(String(80))
    lease_until: Mapped[datetime | None] = mapped_column(UTCDateTime)
