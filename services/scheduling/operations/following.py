"""What a new visit sets in motion besides its mail: its patient can be found, the desk is asked
about records that are alike, and who waited for a call or a time waits no longer."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from ..models import Appointment, Task
from .patients import recognise
from .tasks import settle
from .waiting import wait_as_agreed


def after_booking(
    session: Session, row: Appointment, contact: Mapping[str, Any], *, now: datetime
) -> None:
    recognise(session, row.patient_id, contact, visit=row.id, now=now)
    urgent = Task.submission_id == row.submission_id, Task.kind == "urgent"
    settle(session, *urgent, outcome="booked", now=now)
    wait_as_agreed(session, row, now=now)
