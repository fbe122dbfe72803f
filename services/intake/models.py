"""The one table of intake. What was answered and judged is a sealed document per row; in clear
stand only ids, an instant, and whether the check was done."""

from datetime import datetime

from sqlalchemy import LargeBinary, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from shared.database import UTCDateTime, new_metadata

DONE, NOT_DONE = "safety_check_done", "safety_check_not_done"


class Base(DeclarativeBase):
    metadata = new_metadata()


class IntakeSubmission(Base):
    """One set of answers, judged once and never changed; or the empty place of a visit that was
    booked without the check. `appointment` and `patient` are scheduling's ids."""

    __tablename__ = "submissions"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, index=True)
    status: Mapped[str] = mapped_column(String(24))
    appointment: Mapped[str | None] = mapped_column(String(36), index=True)
    patient: Mapped[str | None] = mapped_column(String(36), index=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
