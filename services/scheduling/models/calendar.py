"""Who and what can be booked, when they work, and what closes a day."""

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ForeignKey, String, UniqueConstraint, event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, mapped_column, object_session

from .rows import ID, Base, Row


class Practitioner(Row):
    """Who is booked. Visit types, lengths and hours are as the clinic file lists them."""

    __tablename__ = "practitioners"

    name: Mapped[str] = mapped_column(String(120))
    specialty: Mapped[str] = mapped_column(String(24))
    visit_types: Mapped[list[str]]
    minutes: Mapped[dict[str, Any]] = mapped_column(default=dict)  # own lengths, by visit type
    hours: Mapped[dict[str, Any]]
    urgent: Mapped[dict[str, Any]] = mapped_column(default=dict)  # weekday: starts kept for URG
    lanes: Mapped[int] = mapped_column(default=2)  # visits at once, counting overbooked ones
    is_active: Mapped[bool] = mapped_column(default=True)


class Resource(Row):
    """A room or a piece of equipment that some visit types need besides a practitioner."""

    __tablename__ = "resources"

    name: Mapped[str] = mapped_column(String(120))
    kind: Mapped[str] = mapped_column(String(24))
    is_active: Mapped[bool] = mapped_column(default=True)


class ResourceDay(Base):
    """Bumped first by whoever changes this day of a practitioner or resource: a lock and, for
    caches, a version."""

    __tablename__ = "resource_days"

    resource: Mapped[str] = mapped_column(ID, primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True, index=True)
    version: Mapped[int]


class ScheduleVersion(Base):
    """One row, bumped by every change of hours, exceptions, blocks and practitioners."""

    __tablename__ = "schedule_version"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    version: Mapped[int]


class CalendarDay(Row):
    """A dated exception. Of a practitioner: the spans they work on that day instead of the weekly
    ones (none: a day off). Of the clinic (no practitioner): a special opening."""

    __tablename__ = "calendar_days"
    __table_args__ = (UniqueConstraint("practitioner_id", "day"),)

    practitioner_id: Mapped[str | None] = mapped_column(ForeignKey("practitioners.id"))
    day: Mapped[date] = mapped_column(index=True)
    spans: Mapped[list[Any]]  # [["08:00", "12:00"], …]: local wall time
    reason: Mapped[str] = mapped_column(String(200))


class Block(Row):
    """Time in which nobody is booked: one practitioner's, or everybody's when empty. A closure is
    a block whose booked visits are followed up, one by one."""

    __tablename__ = "blocks"

    practitioner_id: Mapped[str | None] = mapped_column(ForeignKey("practitioners.id"))
    kind: Mapped[str] = mapped_column(String(8), default="block")  # "block" | "closure"
    start: Mapped[datetime] = mapped_column("starts_at")
    end: Mapped[datetime] = mapped_column("ends_at", index=True)
    reason: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime | None]
    created_by: Mapped[str | None] = mapped_column(ID)


class ClosureCase(Base):
    """One visit that a closure hit, and how far its patient has been helped."""

    __tablename__ = "closure_cases"

    closure_id: Mapped[str] = mapped_column(
        ForeignKey("blocks.id", ondelete="CASCADE"), primary_key=True
    )
    appointment_id: Mapped[str] = mapped_column(ForeignKey("appointments.id"), primary_key=True)
    state: Mapped[str] = mapped_column(String(12))  # offered | to_phone | moved | cancelled | kept
    updated_at: Mapped[datetime]


def _tell_caches(_mapper: Any, connection: sa.Connection, row: Row) -> None:
    """Part of the same commit. What this session reads from now on may be rolled back."""
    insert = (postgresql if connection.dialect.name == "postgresql" else sqlite).insert
    first = insert(ScheduleVersion).values(id=1, version=1)
    bump = {"version": ScheduleVersion.version + 1}
    connection.execute(first.on_conflict_do_update(index_elements=["id"], set_=bump))
    if session := object_session(row):
        session.info["schedule_changed"] = True


for _of_the_schedule in (Practitioner, Resource, CalendarDay, Block):
    for _change in ("after_insert", "after_update", "after_delete"):
        event.listen(_of_the_schedule, _change, _tell_caches)  # so that no caller can forget it
