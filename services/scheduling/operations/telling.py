"""What every event about a visit tells: how the visit stands, and whom to reach about it."""

from typing import Any

from sqlalchemy.orm import Session

from shared.sealing import reveal_row
from shared.service import Service

from .. import queries
from ..models import Appointment

STATED = ("version", "start", "end", "reference")


def visit_facts(
    session: Session, service: Service, row: Appointment, *, notify: bool
) -> dict[str, Any]:
    """The fields of `shared.events.scheduling.Visit`, as the row stands now.

    `notify` false: nobody is to be told of this change.
    """
    agreed = reveal_row(session, row)
    return {
        "appointment": row.id,
        "submission": row.submission_id,
        "patient": row.patient_id,
        "notify": notify,
        "practitioner": row.practitioner.name,
        "given_name": reveal_row(session, row.patient)["given_name"],
        "email": agreed["contact"]["email"],
        "language": agreed["language"],
        "manage_url": queries.links_of(service).manage_url(row.id, row.link_generation),
        **{name: getattr(row, name) for name in STATED},
    }
