"""What the desk works through: tasks, and people who wait for an earlier time."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from .rows import ID, Row


class Task(Row):
    """Something a person has to do. `subject` is unique: one event makes one task, however often
    it comes. Sealed: name and number of a call back, a note, the outcome in words."""

    __tablename__ = "tasks"
    __table_args__ = (Index("ix_tasks_open", "state", "created_at", "id"),)

    kind: Mapped[str] = mapped_column(String(16))
    subject: Mapped[str] = mapped_column(String(120), unique=True)
    appointment_id: Mapped[str | None] = mapped_column(ForeignKey("appointments.id"), index=True)
    submission_id: Mapped[str | None] = mapped_column(ID, index=True)
    patient_id: Mapped[str | None] = mapped_column(ForeignKey("patients.id"))
    other_patient_id: Mapped[str | None] = mapped_column(ForeignKey("patients.id"))  # of a match
    closure_id: Mapped[str | None] = mapped_column(ID)
    state: Mapped[str] = mapped_column(String(12), default="open")  # open | claimed | resolved
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]
    due_at: Mapped[datetime | None]
    claimed_by: Mapped[str | None] = mapped_column(ID)
    claimed_at: Mapped[datetime | None]
    resolved_by: Mapped[str | None] = mapped_column(ID)
    resolved_at: Mapped[datetime | None]
    outcome: Mapped[str | None] = mapped_column(String(24))
    sealed: Mapped[bytes | None]


class WaitlistEntry(Row):
    """Somebody who would take an earlier time. Sealed: visit type, urgency, contact, language."""

    __tablename__ = "waitlist_entries"
    __table_args__ = (Index("ix_waitlist_entries_state", "state", "created_at"),)

    state: Mapped[str] = mapped_column(String(12), default="active")  # accepted, withdrawn, over
    appointment_id: Mapped[str | None] = mapped_column(ForeignKey("appointments.id"), index=True)
    submission_id: Mapped[str | None] = mapped_column(ID, unique=True)
    patient_id: Mapped[str] = mapped_column(ForeignKey("patients.id"), index=True)
    practitioner_id: Mapped[str | None] = mapped_column(ForeignKey("practitioners.id"))
    days: Mapped[list[Any]]  # local dates and weekdays; none: any day
    part_of_day: Mapped[str] = mapped_column(String(12), default="any")
    link_generation: Mapped[int] = mapped_column(default=1)
    sealed: Mapped[bytes]
    created_at: Mapped[datetime]


class WaitlistOffer(Row):
    """One freed time, kept for one entry; the log of the chain. `hold_id` owns the time."""

    __tablename__ = "waitlist_offers"
    __table_args__ = (Index("ix_waitlist_offers_time", "practitioner_id", "starts_at"),)

    entry_id: Mapped[str] = mapped_column(ForeignKey("waitlist_entries.id"), index=True)
    hold_id: Mapped[str] = mapped_column(ID)
    practitioner_id: Mapped[str] = mapped_column(ForeignKey("practitioners.id"))
    start: Mapped[datetime] = mapped_column("starts_at")
    end: Mapped[datetime] = mapped_column("ends_at")
    channel: Mapped[str] = mapped_column(String(8))  # "mail" | "phone"
    offered_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    outcome: Mapped[str | None] = mapped_column(String(12))  # accepted | declined | expired | gone
    resolved_at: Mapped[datetime | None]
