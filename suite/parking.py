"""Parked messages of all three services, found by id."""

import contextlib
from collections.abc import Callable, Iterator

import click
from sqlalchemy.orm import Session

from shared.messaging import inbox
from suite.services import start_all


class NotParked(click.ClickException):
    """No service has parked a message with this id."""


def lines() -> list[str]:
    found = []
    for name, session in _databases():
        for row in inbox.list_parked(session):
            state = "retries" if row.retry_at else "waits"
            tries = f"{row.attempts} tries, {state}"
            found.append(f"{row.id}  {name:13} {row.type or '?':36} {tries:18} {row.reason}")
    return found


def body(message_id: str) -> str:
    for _name, session in _databases():
        for row in inbox.list_parked(session):
            if row.id == message_id:
                return str(row.body.decode("utf-8", "backslashreplace"))
    raise NotParked(f"No parked message has the id {message_id}.")


def replay(message_id: str) -> None:
    _everywhere(inbox.replay, message_id)


def drop(message_id: str) -> None:
    _everywhere(inbox.drop, message_id)


def _everywhere(change: Callable[[Session, str], bool], message_id: str) -> None:
    found = [change(session, message_id) for _name, session in _databases()]
    if not any(found):
        raise NotParked(f"No parked message has the id {message_id}.")


def _databases() -> Iterator[tuple[str, Session]]:
    """A write session on each service's database, one after the other."""
    for service in start_all():
        with contextlib.closing(service), service.database.write() as session:
            yield service.name, session
