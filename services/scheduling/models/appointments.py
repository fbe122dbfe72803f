"""Visits, holds, and the claims by which they own their time. Which cell belongs to whom is decided
by the primary key of `claims`."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ..domain.codes import SlotName
from .calendar import Practitioner
from .people import Patient
from .rows import HASH, ID, Base, Row

OCCUPYING = ("booked", "arrived", "checked-in", "fulfilled")  # statuses that keep their cells


class Appointment(Row):
    """A visit. Sealed: what was agreed when it was booked (contact, visit type, urgency …)."""

    __tablename__ = "appointments"
    __table_args__ = (
        sa.Index("ix_appointments_day", "starts_at", "id"),
        sa.Index("ix_appointments_calendar", "practitioner_id", "starts_at"),
    )

    reference: Mapped[str] = mapped_column(String(6), unique=True)
    status: Mapped[str] = mapped_column(String(16), insert_default="booked")
    version: Mapped[int] = mapped_column(insert_default=1)
    submission_id: Mapped[str] = mapped_column(ID, unique=True)
    patient_id: Mapped[str] = mapped_column(ForeignKey("patients.id"), index=True)
    practitioner_id: Mapped[str] = mapped_column(ForeignKey("practitioners.id"))
    start: Mapped[datetime] = mapped_column("starts_at")
    end: Mapped[datetime] = mapped_column("ends_at")
    buffer_before: Mapped[int] = mapped_column(insert_default=0)  # minutes, as of the booking
    buffer_after: Mapped[int] = mapped_column(insert_default=0)
    lane: Mapped[int] = mapped_column(insert_default=0)
    resources: Mapped[list[str]] = mapped_column(insert_default=list)  # rooms and equipment
    booked_by: Mapped[str] = mapped_column(String(8))
    safety_check: Mapped[str] = mapped_column(String(8))
    link_generation: Mapped[int] = mapped_column(default=1)
    email_key: Mapped[str | None] = mapped_column(HASH, index=True)
    phone_key: Mapped[str] = mapped_column(HASH, index=True)
    room: Mapped[str | None] = mapped_column(String(40))  # where a checked-in patient sits
    attendance_confirmed_at: Mapped[datetime | None]
    reminders_stopped_at: Mapped[datetime | None]
    details_completed_at: Mapped[datetime | None]  # the long questions of intake
    sealed: Mapped[bytes]
    created_at: Mapped[datetime]
    patient: Mapped[Patient] = relationship()
    practitioner: Mapped[Practitioner] = relationship()


class AppointmentChange(Base):
    """The history of a visit, one row per version: what was done, and how the visit stood before,
    which is what an undo restores."""

    __tablename__ = "appointment_changes"

    appointment_id: Mapped[str] = mapped_column(ForeignKey("appointments.id"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(ID)  # a staff id, or "patient", "system"
    action: Mapped[str] = mapped_column(String(16))
    before: Mapped[dict[str, Any]]  # status, practitioner, start, end, lane, resources
    undo_until: Mapped[datetime | None]


class Hold(Row):
    """A slot kept for some minutes; the id is a secret of whoever it is kept for. `owner` is
    unique: a visitor's submission, or purpose and id of what else it is kept for."""

    __tablename__ = "holds"

    owner: Mapped[str] = mapped_column(String(80), unique=True)
    purpose: Mapped[str] = mapped_column(String(8), default="visitor")  # waitlist, closure, undo
    appointment_id: Mapped[str | None] = mapped_column(ForeignKey("appointments.id"), index=True)
    practitioner_id: Mapped[str] = mapped_column(ForeignKey("practitioners.id"))
    visit_type: Mapped[str] = mapped_column(String(16))
    start: Mapped[datetime] = mapped_column("starts_at")
    end: Mapped[datetime] = mapped_column("ends_at")
    buffer_before: Mapped[int] = mapped_column(default=0)
    buffer_after: Mapped[int] = mapped_column(default=0)
    lane: Mapped[int] = mapped_column(default=0)
    resources: Mapped[list[str]] = mapped_column(default=list)
    extensions: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)

    @property
    def slot(self) -> SlotName:
        return SlotName(self.visit_type, self.practitioner_id, self.start)


class Claim(Base):
    """One visit's or hold's right to one 5-minute cell of a practitioner, room or equipment. The
    primary key decides every race."""

    __tablename__ = "claims"
    __table_args__ = (
        sa.CheckConstraint("(appointment_id IS NULL) <> (hold_id IS NULL)", name="one_owner"),
        sa.CheckConstraint("(hold_id IS NULL) = (expires_at IS NULL)", name="holds_expire"),
    )

    resource: Mapped[str] = mapped_column(ID, primary_key=True)
    cell: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    lane: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    appointment_id: Mapped[str | None] = mapped_column(ForeignKey("appointments.id"), index=True)
    hold_id: Mapped[str | None] = mapped_column(
        sa.ForeignKey(Hold.id, ondelete="CASCADE"), index=True
    )
    expires_at: Mapped[datetime | None]
