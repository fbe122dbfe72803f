"""What all tables share: the base class, the id, the width of ids and keyed hashes."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from shared.database import UTCDateTime, new_metadata

ID = String(36)
HASH = String(64)


class Base(DeclarativeBase):
    metadata = new_metadata()
    type_annotation_map = {
        datetime: UTCDateTime,
        bytes: sa.LargeBinary,
        dict[str, Any]: sa.JSON,
        list[str]: sa.JSON,
        list[Any]: sa.JSON,
    }


class Row(Base):
    """What has an id: a random UUID, but for practitioners and resources (named in the clinic
    file) and holds (a secret)."""

    __abstract__ = True
    id: Mapped[str] = mapped_column(ID, primary_key=True)


class AuditEntry(Row):
    """Who did what to which row, in the same commit; a reason typed by staff is sealed."""

    __tablename__ = "audit"

    at: Mapped[datetime] = mapped_column(index=True)
    actor: Mapped[str] = mapped_column(ID)  # a staff id, or "patient", "system"
    action: Mapped[str] = mapped_column(String(32))
    subject: Mapped[str] = mapped_column(ID, index=True)
    sealed: Mapped[bytes | None]
