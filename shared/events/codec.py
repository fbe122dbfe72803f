"""Events as CloudEvents 1.0 structured JSON; fields marked `Sealed` travel encrypted.

The sealed fields are one AES-256-GCM text in `data.sealed`, bound to the event's id and type.
"""

import base64
import json
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Annotated, Any, get_args, get_origin, get_type_hints

from shared.events import intake, scheduling
from shared.events.fields import SEALED
from shared.sealing import Keyring, SealError

EVENTS: dict[str, type[Any]] = {
    event.TYPE: event
    for event in (
        intake.SubmissionReceived,
        scheduling.AppointmentBooked,
        scheduling.StaffSessionsRevoked,
    )
}


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
    sealed_names = _sealed_names(type(event))
    values = {field.name: _to_json(getattr(event, field.name)) for field in fields(event)}
    hidden = {name: values.pop(name) for name in sealed_names}
    if hidden:
        plain = json.dumps(hidden, ensure_ascii=False).encode()
        sealed = keyring.seal(plain, context=_context(event_id, event.TYPE))
        values["sealed"] = base64.b64encode(sealed).decode()
    document = {
        "specversion": "1.0",
        "id": event_id,
        "source": f"/{event.TYPE.split('.')[0]}",
        "type": event.TYPE,
        "subject": str(getattr(event, event.SUBJECT)),
        "time": now.isoformat(),
        "datacontenttype": "application/json",
        "data": values,
    }
    return json.dumps(document, ensure_ascii=False).encode()


def decode(body: bytes, *, keyring: Keyring) -> Envelope:
    """The event in a message; EventError when it is malformed, unknown or not sealed by us."""
    try:
        document = json.loads(body)
        event_id, type_ = str(document["id"]), str(document["type"])
        data = dict(document["data"])
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise EventError("The message is not a CloudEvent in JSON.") from error
    if type_ not in EVENTS:
        raise EventError(f"Nothing here knows the event type {type_[:80]!r}.")
    if len(event_id) > 36:
        raise EventError("The event id is longer than 36 characters.")
    data.update(_opened(data.pop("sealed", None), event_id, type_, keyring=keyring))
    return Envelope(event_id, type_, _build(EVENTS[type_], data))


def _opened(sealed: Any, event_id: str, type_: str, *, keyring: Keyring) -> dict[str, Any]:
    if sealed is None:
        return {}
    try:
        plain = keyring.open(base64.b64decode(sealed), context=_context(event_id, type_))
        opened: dict[str, Any] = json.loads(plain)
        return opened
    except (SealError, ValueError, TypeError) as error:
        raise EventError("The sealed fields cannot be opened.") from error


def _build(event: type[Any], data: dict[str, Any]) -> Any:
    """Unknown fields are left aside: a newer sender may add optional ones."""
    hints = get_type_hints(event, include_extras=True)
    try:
        values = {
            field.name: _from_json(hints[field.name], data[field.name])
            for field in fields(event)
            if field.name in data
        }
        return event(**values)
    except (TypeError, ValueError) as error:
        raise EventError(f"{event.TYPE} does not hold what it should: {error}") from error


def _from_json(hint: Any, value: Any) -> Any:
    if get_origin(hint) is Annotated:
        hint = get_args(hint)[0]
    if hint is datetime:
        instant = datetime.fromisoformat(value)
        if instant.tzinfo is None:
            raise ValueError("an instant without offset")
        return instant
    if get_origin(hint) is tuple:
        return tuple(_from_json(get_args(hint)[0], item) for item in value)
    allowed = get_args(hint) or (hint,)
    if type(value) not in allowed:
        raise TypeError(f"{value!r:.20} is not {hint}" if not _is_text(value) else "wrong type")
    return value


def _is_text(value: Any) -> bool:
    return isinstance(value, str)  # never repeated in an error: it may be somebody's name


def _to_json(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return list(value) if isinstance(value, tuple) else value


def _sealed_names(event: type[Any]) -> list[str]:
    hints = get_type_hints(event, include_extras=True)
    return [
        field.name
        for field in fields(event)
        if SEALED in getattr(hints[field.name], "__metadata__", ())
    ]


def _context(event_id: str, type_: str) -> str:
    return f"event/{type_}/{event_id}"
