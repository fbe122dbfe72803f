"""Resources, exceptions, closures, buffers, history, search, tasks and the waitlist.

Holds live ten minutes: they are dropped rather than carried over.
"""

import sqlalchemy as sa
from alembic import op

from shared.database import UTCDateTime

revision = "0003"
down_revision = "0002"

ID = sa.String(36)
HASH = sa.String(64)


def upgrade() -> None:
    _calendar()
    _appointments()
    _holds()
    _people()
    _desk()


def _foreign(
    column: str, table: str, of: str, *, ondelete: str | None = None
) -> sa.ForeignKeyConstraint:
    name = f"fk_{table}_{column}"
    return sa.ForeignKeyConstraint([column], [f"{of}.id"], name=name, ondelete=ondelete)


def _calendar() -> None:
    with op.batch_alter_table("practitioners") as table:
        table.add_column(sa.Column("minutes", sa.JSON, nullable=False, server_default="{}"))
        table.add_column(sa.Column("urgent", sa.JSON, nullable=False, server_default="{}"))
    with op.batch_alter_table("practitioners") as table:
        table.alter_column("minutes", server_default=None)
        table.alter_column("urgent", server_default=None)
    op.create_table(
        "resources",
        sa.Column("id", ID, nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("is_active", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_resources"),
    )
    op.drop_table("practitioner_days")
    op.create_table(
        "resource_days",
        sa.Column("resource", ID, nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("resource", "day", name="pk_resource_days"),
    )
    op.create_table(
        "schedule_version",
        sa.Column("id", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_schedule_version"),
    )
    op.create_table(
        "calendar_days",
        sa.Column("id", ID, nullable=False),
        sa.Column("practitioner_id", ID),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("spans", sa.JSON, nullable=False),
        sa.Column("reason", sa.String(200), nullable=False),
        _foreign("practitioner_id", "calendar_days", "practitioners"),
        sa.PrimaryKeyConstraint("id", name="pk_calendar_days"),
        sa.UniqueConstraint("practitioner_id", "day", name="uq_calendar_days_practitioner_id"),
    )
    op.create_index("ix_calendar_days_day", "calendar_days", ["day"])
    with op.batch_alter_table("blocks") as table:
        table.add_column(sa.Column("kind", sa.String(8), nullable=False, server_default="block"))
        table.add_column(sa.Column("created_at", UTCDateTime))
        table.add_column(sa.Column("created_by", ID))
    with op.batch_alter_table("blocks") as table:
        table.alter_column("kind", server_default=None)


def _appointments() -> None:
    with op.batch_alter_table("appointments") as table:
        for name in ("buffer_before", "buffer_after"):
            table.add_column(sa.Column(name, sa.Integer, nullable=False, server_default="0"))
        table.add_column(sa.Column("resources", sa.JSON, nullable=False, server_default="[]"))
        table.add_column(sa.Column("room", sa.String(40)))
        for name in ("attendance_confirmed_at", "reminders_stopped_at", "details_completed_at"):
            table.add_column(sa.Column(name, UTCDateTime))
        table.drop_index("ix_appointments_practitioner_id")
        table.create_index("ix_appointments_calendar", ["practitioner_id", "starts_at"])
    with op.batch_alter_table("appointments") as table:
        for name in ("buffer_before", "buffer_after", "resources"):
            table.alter_column(name, server_default=None)
    op.create_table(
        "appointment_changes",
        sa.Column("appointment_id", ID, nullable=False),
        sa.Column("version", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("at", UTCDateTime, nullable=False),
        sa.Column("actor", ID, nullable=False),
        sa.Column("action", sa.String(16), nullable=False),
        sa.Column("before", sa.JSON, nullable=False),
        sa.Column("undo_until", UTCDateTime),
        _foreign("appointment_id", "appointment_changes", "appointments"),
        sa.PrimaryKeyConstraint("appointment_id", "version", name="pk_appointment_changes"),
    )
    op.create_table(
        "closure_cases",
        sa.Column("closure_id", ID, nullable=False),
        sa.Column("appointment_id", ID, nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("updated_at", UTCDateTime, nullable=False),
        _foreign("closure_id", "closure_cases", "blocks", ondelete="CASCADE"),
        _foreign("appointment_id", "closure_cases", "appointments"),
        sa.PrimaryKeyConstraint("closure_id", "appointment_id", name="pk_closure_cases"),
    )


def _holds() -> None:
    op.execute("DELETE FROM holds")
    with op.batch_alter_table("holds") as table:
        table.drop_constraint("uq_holds_submission_id", type_="unique")
        table.drop_column("submission_id")
        table.add_column(sa.Column("owner", sa.String(80), nullable=False))
        table.add_column(sa.Column("purpose", sa.String(8), nullable=False))
        table.add_column(sa.Column("appointment_id", ID))
        for name in ("buffer_before", "buffer_after", "lane"):
            table.add_column(sa.Column(name, sa.Integer, nullable=False))
        table.add_column(sa.Column("resources", sa.JSON, nullable=False))
        table.create_unique_constraint("uq_holds_owner", ["owner"])
        table.create_foreign_key(
            "fk_holds_appointment_id", "appointments", ["appointment_id"], ["id"]
        )
        table.create_index("ix_holds_appointment_id", ["appointment_id"])


def _people() -> None:
    with op.batch_alter_table("patients") as table:
        table.add_column(sa.Column("merged_into", ID))
        table.create_foreign_key("fk_patients_merged_into", "patients", ["merged_into"], ["id"])
    op.create_table(
        "search_keys",
        sa.Column("key", HASH, nullable=False),
        sa.Column("patient_id", ID, nullable=False),
        _foreign("patient_id", "search_keys", "patients", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("key", "patient_id", name="pk_search_keys"),
    )
    op.create_index("ix_search_keys_patient_id", "search_keys", ["patient_id"])
    op.create_table(
        "patient_merges",
        sa.Column("id", ID, nullable=False),
        sa.Column("survivor_id", ID, nullable=False),
        sa.Column("merged_id", ID, nullable=False),
        sa.Column("appointments", sa.JSON, nullable=False),
        sa.Column("at", UTCDateTime, nullable=False),
        sa.Column("actor", ID, nullable=False),
        sa.Column("undone_at", UTCDateTime),
        sa.Column("undone_by", ID),
        _foreign("survivor_id", "patient_merges", "patients"),
        _foreign("merged_id", "patient_merges", "patients"),
        sa.PrimaryKeyConstraint("id", name="pk_patient_merges"),
    )
    for name in ("survivor_id", "merged_id"):
        op.create_index(f"ix_patient_merges_{name}", "patient_merges", [name])


def _desk() -> None:
    op.create_table(
        "tasks",
        sa.Column("id", ID, nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("subject", sa.String(120), nullable=False),
        sa.Column("appointment_id", ID),
        sa.Column("submission_id", ID),
        sa.Column("patient_id", ID),
        sa.Column("other_patient_id", ID),
        sa.Column("closure_id", ID),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("created_at", UTCDateTime, nullable=False),
        sa.Column("due_at", UTCDateTime),
        sa.Column("claimed_by", ID),
        sa.Column("claimed_at", UTCDateTime),
        sa.Column("resolved_by", ID),
        sa.Column("resolved_at", UTCDateTime),
        sa.Column("outcome", sa.String(24)),
        sa.Column("sealed", sa.LargeBinary),
        _foreign("appointment_id", "tasks", "appointments"),
        _foreign("patient_id", "tasks", "patients"),
        _foreign("other_patient_id", "tasks", "patients"),
        sa.PrimaryKeyConstraint("id", name="pk_tasks"),
        sa.UniqueConstraint("subject", name="uq_tasks_subject"),
    )
    op.create_index("ix_tasks_open", "tasks", ["state", "created_at", "id"])
    for name in ("appointment_id", "submission_id"):
        op.create_index(f"ix_tasks_{name}", "tasks", [name])
    op.create_table(
        "waitlist_entries",
        sa.Column("id", ID, nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("appointment_id", ID),
        sa.Column("submission_id", ID),
        sa.Column("patient_id", ID, nullable=False),
        sa.Column("practitioner_id", ID),
        sa.Column("days", sa.JSON, nullable=False),
        sa.Column("part_of_day", sa.String(12), nullable=False),
        sa.Column("link_generation", sa.Integer, nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.Column("created_at", UTCDateTime, nullable=False),
        _foreign("appointment_id", "waitlist_entries", "appointments"),
        _foreign("patient_id", "waitlist_entries", "patients"),
        _foreign("practitioner_id", "waitlist_entries", "practitioners"),
        sa.PrimaryKeyConstraint("id", name="pk_waitlist_entries"),
        sa.UniqueConstraint("submission_id", name="uq_waitlist_entries_submission_id"),
    )
    op.create_index("ix_waitlist_entries_state", "waitlist_entries", ["state", "created_at"])
    for name in ("appointment_id", "patient_id"):
        op.create_index(f"ix_waitlist_entries_{name}", "waitlist_entries", [name])
    op.create_table(
        "waitlist_offers",
        sa.Column("id", ID, nullable=False),
        sa.Column("entry_id", ID, nullable=False),
        sa.Column("hold_id", ID, nullable=False),
        sa.Column("practitioner_id", ID, nullable=False),
        sa.Column("starts_at", UTCDateTime, nullable=False),
        sa.Column("ends_at", UTCDateTime, nullable=False),
        sa.Column("channel", sa.String(8), nullable=False),
        sa.Column("offered_at", UTCDateTime, nullable=False),
        sa.Column("expires_at", UTCDateTime, nullable=False),
        sa.Column("outcome", sa.String(12)),
        sa.Column("resolved_at", UTCDateTime),
        _foreign("entry_id", "waitlist_offers", "waitlist_entries"),
        _foreign("practitioner_id", "waitlist_offers", "practitioners"),
        sa.PrimaryKeyConstraint("id", name="pk_waitlist_offers"),
    )
    op.create_index("ix_waitlist_offers_time", "waitlist_offers", ["practitioner_id", "starts_at"])
    for name in ("entry_id", "expires_at"):
        op.create_index(f"ix_waitlist_offers_{name}", "waitlist_offers", [name])
