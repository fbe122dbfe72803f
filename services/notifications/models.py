"""Tables of this service: what it knows of visits, what is owed, the messages, and their past."""

from datetime import datetime

from sqlalchemy import Boolean, Index, Integer, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from shared.database import UTCDateTime, new_metadata

from .domain.states import WAITING


class Base(DeclarativeBase):
    metadata = new_metadata()


class Visit(Base):
    """How a visit stands after the newest event about it: a message that says anything else is
    outdated. `sealed` holds who, with whom and the link (domain/content.py: Content)."""

    __tablename__ = "visits"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)  # the appointment
    version: Mapped[int] = mapped_column(Integer)
    submission: Mapped[str] = mapped_column(String(36), index=True)
    status: Mapped[str] = mapped_column(String(24))
    start: Mapped[datetime] = mapped_column(UTCDateTime)
    tells: Mapped[str] = mapped_column(String(64))  # keyed hash of what a message would say
    recipient: Mapped[str | None] = mapped_column(String(64))  # None: a patient without e-mail
    language: Mapped[str] = mapped_column(String(8))
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    notify: Mapped[bool] = mapped_column(Boolean)  # false: nobody was ever to hear of it
    is_intake_done: Mapped[bool] = mapped_column(Boolean)
    are_reminders_stopped: Mapped[bool] = mapped_column(Boolean)
    booked_at: Mapped[datetime] = mapped_column(UTCDateTime)
    moved_at: Mapped[datetime] = mapped_column(UTCDateTime)  # when it came to its present time


class Debt(Base):
    """What is owed to somebody, kept apart from the messages so that one that got lost is missed.
    `reason` says why a person has to phone; then the desk was told at `reported_at`, once."""

    __tablename__ = "debts"

    subject: Mapped[str] = mapped_column(String(36), primary_key=True)
    version: Mapped[int] = mapped_column(Integer, primary_key=True)
    kind: Mapped[str] = mapped_column(String(24), primary_key=True)
    appointment: Mapped[str | None] = mapped_column(String(36), index=True)
    owed_at: Mapped[datetime] = mapped_column(UTCDateTime)
    reason: Mapped[str | None] = mapped_column(String(16))
    reported_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class Message(Base):
    """Who is told what, and how far that has come. `sealed` holds the address, the first name,
    the times, the practitioner and the link (domain/content.py: Content)."""

    __tablename__ = "messages"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    subject: Mapped[str] = mapped_column(String(36))  # the appointment, offer or request
    appointment: Mapped[str | None] = mapped_column(String(36), index=True)
    version: Mapped[int] = mapped_column(Integer)
    kind: Mapped[str] = mapped_column(String(24))
    recipient: Mapped[str] = mapped_column(String(64))  # keyed hash of the address
    copy: Mapped[int] = mapped_column(Integer, default=1)
    language: Mapped[str] = mapped_column(String(8))
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    tells: Mapped[str] = mapped_column(String(64))  # like the visit's; "" about anything else

    state: Mapped[str] = mapped_column(String(16))
    # Smaller goes first: two for each priority, the second for what was tried before.
    turn: Mapped[int] = mapped_column(Integer)
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

    __table_args__ = (
        # The same news never becomes two messages, however often its event comes.
        UniqueConstraint("subject", "version", "kind", "recipient", "copy"),
        Index("ix_messages_state", "state", "next_attempt_at"),
        Index("ix_messages_listed", "created_at", "id"),
    )


# Only what waits stands in line: a hundred thousand sent messages cost the next one nothing.
_waits = Message.state.in_(sorted(WAITING))
Index(
    "ix_messages_turn",
    Message.turn,
    Message.lease_until,
    Message.next_attempt_at,
    sqlite_where=_waits,
    postgresql_where=_waits,
)


class Attempt(Base):
    """One line of a message's past: when it came into which state, and with what answer."""

    __tablename__ = "attempts"

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    message: Mapped[str] = mapped_column(String(36), index=True)
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    state: Mapped[str] = mapped_column(String(16))
    outcome: Mapped[str | None] = mapped_column(String(80))


class Hold(Base):
    """While one is not released, nothing timed (reminders and the like) goes out."""

    __tablename__ = "holds"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    reason: Mapped[str] = mapped_column(String(80))
    held_at: Mapped[datetime] = mapped_column(UTCDateTime)
    released_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    released_by: Mapped[str | None] = mapped_column(String(80))
