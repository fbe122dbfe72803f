"""The tables of intake. What was answered, judged and decided is a sealed document per row; in
clear stand only ids, instants, and whether the check was done."""

from datetime import datetime

from sqlalchemy import ForeignKey, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from shared.database import UTCDateTime, new_metadata

DONE, NOT_DONE = "safety_check_done", "safety_check_not_done"


class Base(DeclarativeBase):
    metadata = new_metadata()


class IntakeSubmission(Base):
    """One set of answers, judged once and never changed; or the empty place of a visit that was
    booked without the check. `appointment` and `patient` are scheduling's ids; `visit_at` is when
    the visit takes place, as of its `visit_version`."""

    __tablename__ = "submissions"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, index=True)
    status: Mapped[str] = mapped_column(String(24))
    appointment: Mapped[str | None] = mapped_column(String(36), index=True)
    patient: Mapped[str | None] = mapped_column(String(36), index=True)
    visit_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    visit_version: Mapped[int] = mapped_column(insert_default=0)
    details_completed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)


class LevelChange(Base):
    """Staff raised or lowered a level; never changed. Sealed: the level before and after, and the
    reason. `number` counts the changes of one submission: two at once cannot both be the next."""

    __tablename__ = "level_changes"
    __table_args__ = (UniqueConstraint("submission", "number"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    submission: Mapped[str] = mapped_column(ForeignKey("submissions.id"))
    number: Mapped[int]
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    staff: Mapped[str] = mapped_column(String(36))
    role: Mapped[str] = mapped_column(String(16))
    sealed: Mapped[bytes] = mapped_column(LargeBinary)


class Callback(Base):
    """Somebody asked to be called back, once per submission (`id` is the submission's). Name and
    phone are in the sealed event only; sealed here: the reference."""

    __tablename__ = "callbacks"

    id: Mapped[str] = mapped_column(ForeignKey("submissions.id"), primary_key=True)
    requested_at: Mapped[datetime] = mapped_column(UTCDateTime)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)


class DetailSection(Base):
    """One section of the long questions of one submission (`id` is "<submission>/<section>"),
    saved by itself; `version` counts its saves, so that two windows notice each other."""

    __tablename__ = "detail_sections"

    id: Mapped[str] = mapped_column(String(60), primary_key=True)
    submission: Mapped[str] = mapped_column(ForeignKey("submissions.id"), index=True)
    section: Mapped[str] = mapped_column(String(16))
    version: Mapped[int]
    saved_at: Mapped[datetime] = mapped_column(UTCDateTime)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)


class AuditEntry(Base):
    """Who looked at or wrote a patient's answers, in the same commit; never a value."""

    __tablename__ = "audit"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    at: Mapped[datetime] = mapped_column(UTCDateTime, index=True)
    actor: Mapped[str] = mapped_column(String(36))  # a staff id, or "patient"
    action: Mapped[str] = mapped_column(String(32))
    subject: Mapped[str] = mapped_column(String(36), index=True)
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
