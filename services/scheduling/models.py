"""Tables of scheduling. Rows of people hold one sealed document; what must be found has a keyed
hash beside it. Which cell belongs to whom is decided by the primary key of `claims`."""

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

from shared.database import UTCDateTime, new_metadata

from .domain.codes import SlotName

ID = String(36)
HASH = String(64)
OCCUPYING = ("booked", "arrived", "checked-in", "fulfilled")  # statuses that keep their cells


class Base(DeclarativeBase):
    metadata = new_metadata()
    type_annotation_map = {
        datetime: UTCDateTime,
        bytes: sa.LargeBinary,
        dict[str, Any]: sa.JSON,
        list[str]: sa.JSON,
    }


class Row(Base):
    """What has an id: a random UUID, but for practitioners (named in the clinic file) and holds."""

    __abstract__ = True
    id: Mapped[str] = mapped_column(ID, primary_key=True)


class Practitioner(Row):
    """Who is booked. Visit types and hours are as the clinic file lists them."""

    __tablename__ = "practitioners"

    name: Mapped[str] = mapped_column(String(120))
    specialty: Mapped[str] = mapped_column(String(24))
    visit_types: Mapped[list[str]]
    hours: Mapped[dict[str, Any]]
    lanes: Mapped[int] = mapped_column(default=2)  # visits at once, counting overbooked ones
    is_active: Mapped[bool] = mapped_column(default=True)


class PractitionerDay(Base):
    """Bumped first by whoever changes this day: a lock and, for caches, a version."""

    __tablename__ = "practitioner_days"

    practitioner_id: Mapped[str] = mapped_column(ForeignKey("practitioners.id"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    version: Mapped[int]


class Block(Row):
    """Time in which nobody is booked: one practitioner's, or everybody's when empty."""

    __tablename__ = "blocks"

    practitioner_id: Mapped[str | None] = mapped_column(ForeignKey("practitioners.id"))
    start: Mapped[datetime] = mapped_column("starts_at")
    end: Mapped[datetime] = mapped_column("ends_at", index=True)
    reason: Mapped[str] = mapped_column(String(200))


class Patient(Row):
    """The person who is seen. Sealed: names as first given, birth date."""

    __tablename__ = "patients"

    match_key: Mapped[str] = mapped_column(HASH, unique=True)  # names and birth date
    family_key: Mapped[str] = mapped_column(HASH, index=True)
    sealed: Mapped[bytes]
    created_at: Mapped[datetime]


class Appointment(Row):
    """A visit. Sealed: what was agreed when it was booked (contact, visit type, urgency …)."""

    __tablename__ = "appointments"
    __table_args__ = (sa.Index("ix_appointments_day", "starts_at", "id"),)

    reference: Mapped[str] = mapped_column(String(6), unique=True)
    status: Mapped[str] = mapped_column(String(16), insert_default="booked")
    version: Mapped[int] = mapped_column(insert_default=1)
    submission_id: Mapped[str] = mapped_column(ID, unique=True)
    patient_id: Mapped[str] = mapped_column(ForeignKey("patients.id"), index=True)
    practitioner_id: Mapped[str] = mapped_column(ForeignKey("practitioners.id"), index=True)
    start: Mapped[datetime] = mapped_column("starts_at")
    end: Mapped[datetime] = mapped_column("ends_at")
    lane: Mapped[int] = mapped_column(insert_default=0)
    booked_by: Mapped[str] = mapped_column(String(8))
    safety_check: Mapped[str] = mapped_column(String(8))
    link_generation: Mapped[int] = mapped_column(default=1)
    email_key: Mapped[str | None] = mapped_column(HASH, index=True)
    phone_key: Mapped[str] = mapped_column(HASH, index=True)
    sealed: Mapped[bytes]
    created_at: Mapped[datetime]
    patient: Mapped[Patient] = relationship()
    practitioner: Mapped[Practitioner] = relationship()


class Hold(Row):
    """A slot kept for one visitor for some minutes. The id is a secret of that visitor."""

    __tablename__ = "holds"

    submission_id: Mapped[str] = mapped_column(ID, unique=True)
    practitioner_id: Mapped[str] = mapped_column(ForeignKey("practitioners.id"))
    visit_type: Mapped[str] = mapped_column(String(16))
    start: Mapped[datetime] = mapped_column("starts_at")
    end: Mapped[datetime] = mapped_column("ends_at")
    extensions: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)

    @property
    def slot(self) -> SlotName:
        return SlotName(self.visit_type, self.practitioner_id, self.start)


class Claim(Base):
    """One visit's or hold's right to one 5-minute cell. The primary key decides every race."""

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


class AuditEntry(Row):
    """Who did what to which row, in the same commit; a reason typed by staff is sealed."""

    __tablename__ = "audit"

    at: Mapped[datetime] = mapped_column(index=True)
    actor: Mapped[str] = mapped_column(ID)  # a staff id, or "patient", "system"
    action: Mapped[str] = mapped_column(String(32))
    subject: Mapped[str] = mapped_column(ID, index=True)
    sealed: Mapped[bytes | None]


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
