"""Events as CloudEvents 1.0 structured JSON; fields marked `Sealed` travel encrypted.

The sealed fields are one AES-256-GCM text in `data.sealed`, bound to id, type and clear fields:
without the suite's events key nobody can read, change or invent an event.
"""

import base64
import json
import re
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Annotated, Any, get_args, get_origin, get_type_hints

from shared.clock import aware
from shared.events import intake, notifications, scheduling
from shared.events.fields import SEALED
from shared.sealing import Keyring, SealError

EVENTS: dict[str, type[Any]] = {
    event.TYPE: event
    for event in (
        intake.SubmissionReceived,
        intake.UrgencyChanged,
        intake.CallbackRequested,
        intake.DetailsCompleted,
        scheduling.AppointmentBooked,
        scheduling.AppointmentRescheduled,
        scheduling.AppointmentCancelled,
        scheduling.AppointmentStatusChanged,
        scheduling.ContactChanged,
        scheduling.PatientMerged,
        scheduling.RemindersStopped,
        scheduling.AttendanceConfirmed,
        scheduling.WaitlistOffered,
        scheduling.WaitlistResolved,
        scheduling.VisitLinksRequested,
        scheduling.StaffSessionsRevoked,
        notifications.DeliveryFailed,
    )
}
_EVENT_ID = re.compile("[0-9A-Za-z-]{1,36}")
_TYPE = re.compile("[a-z]{1,20}[.][a-z_]{1,50}[.]v[0-9]{1,3}")


class EventError(Exception):
    """A message that is not one of our events; the text says why."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """An event with the id by which a second delivery is recognised."""

    id: str
    type: str
    event: Any


def encode(event: Any, *, event_id: str, now: datetime, keyring: Keyring) -> bytes:
    """The JSON document of one event."""
    values = {field.name: _to_json(getattr(event, field.name)) for field in fields(event)}
    hidden = {name: values.pop(name) for name in _sealed_names(type(event))}
    plain = json.dumps(hidden, ensure_ascii=False).encode()
    sealed = keyring.seal(plain, context=_context(event_id, event.TYPE, values))
    document = {
        "specversion": "1.0",
        "id": event_id,
        "source": f"/{event.TYPE.split('.')[0]}",
        "type": event.TYPE,
        "subject": str(getattr(event, event.SUBJECT)),
        "time": now.isoformat(),
        "datacontenttype": "application/json",
        "data": values | {"sealed": base64.b64encode(sealed).decode()},
    }
    return json.dumps(document, ensure_ascii=False).encode()


def decode(body: bytes, *, keyring: Keyring) -> Envelope:
    """The event in a message; EventError when it is malformed, unknown or not sealed by us."""
    try:
        document = json.loads(body)
        event_id, type_ = document["id"], document["type"]
        clear = {**document["data"]}
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise EventError("The message is not a CloudEvent in JSON.") from error
    for text, pattern in ((event_id, _EVENT_ID), (type_, _TYPE)):
        if not (isinstance(text, str) and pattern.fullmatch(text)):
            raise EventError(f"The message's id or type is not like {pattern.pattern}.")
    if type_ not in EVENTS:
        raise EventError(f"Nothing here knows the event type {type_}.")
    try:
        sealed = base64.b64decode(clear.pop("sealed"))
        hidden = json.loads(keyring.open(sealed, context=_context(event_id, type_, clear)))
    except (SealError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise EventError("The message was not sealed by us, or changed since.") from error
    return Envelope(event_id, type_, _build(EVENTS[type_], clear, hidden))


def _build(event: type[Any], clear: dict[str, Any], hidden: dict[str, Any]) -> Any:
    """Unknown fields are left aside: a newer sender may add optional ones.

    A reason names the field and never its value, which may be somebody's name.
    """
    hints, sealed_names = get_type_hints(event, include_extras=True), _sealed_names(event)
    values = {}
    for field in fields(event):
        source = hidden if field.name in sealed_names else clear
        try:
            if field.name in source:
                values[field.name] = _from_json(hints[field.name], source[field.name])
        except (TypeError, ValueError) as error:
            raise EventError(f"{event.TYPE}: {field.name} is not what it should be.") from error
    try:
        return event(**values)
    except TypeError as error:
        raise EventError(f"{event.TYPE} lacks a field: {error}") from error


def _from_json(hint: Any, value: Any) -> Any:
    if get_origin(hint) is Annotated:
        hint = get_args(hint)[0]
    if get_origin(hint) is tuple:
        if not isinstance(value, list):
            raise TypeError("wrong type")
        return tuple(_from_json(get_args(hint)[0], item) for item in value)
    kinds = get_args(hint) or (hint,)
    if datetime in kinds and isinstance(value, str):
        return aware(datetime.fromisoformat(value))
    if type(value) not in kinds:
        raise TypeError("wrong type")
    return value


def _to_json(value: Any) -> Any:
    if isinstance(value, datetime):
        return aware(value).isoformat()
    return [_to_json(item) for item in value] if isinstance(value, tuple) else value


def _sealed_names(event: type[Any]) -> list[str]:
    hints = get_type_hints(event, include_extras=True)
    return [
        field.name
        for field in fields(event)
        if SEALED in getattr(hints[field.name], "__metadata__", ())
    ]


def _context(event_id: str, type_: str, clear: dict[str, Any]) -> str:
    """What the seal vouches for: the fields in clear cannot be changed on the way either."""
    return f"event/{type_}/{event_id}/{json.dumps(clear, sort_keys=True)}"
