"""Staff accounts, sign-in links and tokens from the command line."""

import contextlib
from collections.abc import Iterator

import click
from sqlalchemy.orm import Session

from services.scheduling import operations, queries
from shared.service import Service


class NoSuchToken(click.ClickException):
    """Nothing to revoke under this name."""


def first_admin_link() -> str:
    """A one-time link for the first administrator, whose account is made when missing."""
    return add("admin@clinic.invalid", name="First administrator", role="admin")


def add(email: str, *, name: str, role: str) -> str:
    """The account (an existing one keeps its role), and a one-time link to sign in with."""
    with _scheduling() as (service, session):
        now = service.clock.now()
        account = operations.add_account(session, email, name=name, role=role, now=now)
        secret = operations.make_sign_in_link(session, account, now=now)
        return queries.links_of(service).sign_in_url(secret)


def create_token(name: str, *, role: str, days: int) -> str:
    with _scheduling() as (service, session):
        signer, now = service.secrets.staff_private(), service.clock.now()
        return operations.create_token(
            session, name=name, role=role, days=days, signer=signer, now=now
        )


def revoke_tokens(name: str) -> int:
    """How many there were; the other services hear of it within seconds."""
    with _scheduling() as (service, session):
        count = operations.revoke_tokens(session, name, now=service.clock.now())
    if not count:
        raise NoSuchToken(f"There is no valid token named {name!r}.")
    return count


@contextlib.contextmanager
def _scheduling() -> Iterator[tuple[Service, Session]]:
    """A write session beside a running server: one short transaction."""
    service = Service.start("scheduling")
    with contextlib.closing(service), service.database.write() as session:
        yield service, session
