"""Patients, how they are found, and records that turned out to be one person. A row of a person
holds one sealed document; what must be found has a keyed hash beside it."""

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from .rows import HASH, ID, Base, Row


class Patient(Row):
    """The person who is seen. Sealed: names as first given, birth date."""

    __tablename__ = "patients"

    match_key: Mapped[str] = mapped_column(HASH, unique=True)  # names and birth date
    family_key: Mapped[str] = mapped_column(HASH, index=True)
    merged_into: Mapped[str | None] = mapped_column(ForeignKey("patients.id"))
    sealed: Mapped[bytes]
    created_at: Mapped[datetime]


class SearchKey(Base):
    """Keyed hashes under which a patient is found: beginnings of the family name (3 to 6 letters),
    birth date, phone number and its end; and what records of one person have in common."""

    __tablename__ = "search_keys"

    key: Mapped[str] = mapped_column(HASH, primary_key=True)
    patient_id: Mapped[str] = mapped_column(
        ForeignKey("patients.id", ondelete="CASCADE"), primary_key=True, index=True
    )


class PatientMerge(Row):
    """Two records were one person. `appointments` moved; an undo moves them back."""

    __tablename__ = "patient_merges"

    survivor_id: Mapped[str] = mapped_column(ForeignKey("patients.id"), index=True)
    merged_id: Mapped[str] = mapped_column(ForeignKey("patients.id"), index=True)
    appointments: Mapped[list[str]]
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(ID)
    undone_at: Mapped[datetime | None]
    undone_by: Mapped[str | None] = mapped_column(String(36))
