"""Staff: one-time links, sessions that end, tokens that can be revoked."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from services.scheduling import operations
from services.scheduling.domain.errors import SessionOver, SignInRefused
from services.scheduling.models import SignInLink, StaffAccount, StaffSession
from shared.events import codec
from shared.staff import NotStaff, verify
from shared.tables import outbox, revoked_sessions

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"])


@pytest.fixture
def link(desk) -> str:
    with desk.write() as session:
        now = desk.clock.now()
        account = operations.add_account(
            session, "jo@example.com", name="Jo Demo", role="admin", now=now
        )
        return operations.make_sign_in_link(session, account, now=now)


def sign_in(desk, secret: str) -> str:
    with desk.write() as session:
        return operations.sign_in(session, secret, now=desk.clock.now())


def renew(desk, key: str):
    """The member named by a fresh statement."""
    with desk.write() as session:
        signer = desk.service.secrets.staff_private()
        statement = operations.renew_statement(session, key, signer=signer, now=desk.clock.now())
    return verify(desk.service.secrets.staff_public(), statement, now=desk.clock.now())


def revoked(desk) -> list:
    keyring = desk.service.secrets.keyring("events")
    with desk.read() as session:
        listed = set(session.scalars(select(revoked_sessions.c.session)))
        bodies = session.scalars(select(outbox.c.body)).all()
    told = {one for body in bodies for one in codec.decode(body, keyring=keyring).event.sessions}
    assert listed == told
    return sorted(listed)


def test_a_link_signs_in_once(desk, link):
    member = renew(desk, sign_in(desk, link))
    assert (member.name, member.role) == ("Jo Demo", "admin")
    with pytest.raises(SignInRefused):
        sign_in(desk, link)


def test_a_link_lives_half_an_hour(desk, link):
    desk.clock.advance(minutes=30)
    with pytest.raises(SignInRefused):
        sign_in(desk, link)


def test_only_hashes_of_links_and_sessions_are_kept(desk, link):
    key = sign_in(desk, link)
    assert link not in {row.secret_hash for row in desk.rows(SignInLink)}
    assert key not in {row.key_hash for row in desk.rows(StaffSession)}


def test_an_account_is_found_again_by_its_address_and_kept_as_it_is(desk, link):
    with desk.write() as session:
        again = operations.add_account(
            session, " JO@example.com", name="Other", role="clinician", now=desk.clock.now()
        )
    assert [row.id for row in desk.rows(StaffAccount)] == [again.id]
    assert again.role == "admin"


@pytest.mark.parametrize(
    ("step", "count"),
    [
        pytest.param(timedelta(minutes=30), 1, id="half an hour without a sign of life"),
        pytest.param(timedelta(minutes=29), 25, id="twelve hours in all"),
    ],
)
def test_a_session_ends(desk, link, step, count):
    key = sign_in(desk, link)
    for _ in range(count - 1):
        desk.clock.advance(seconds=step.total_seconds())
        if desk.clock.now() - desk.rows(StaffSession)[0].created_at < timedelta(hours=12):
            renew(desk, key)
    desk.clock.advance(seconds=step.total_seconds())
    with pytest.raises(SessionOver):
        renew(desk, key)


def test_a_statement_lives_five_minutes(desk, link):
    with desk.write() as session:
        key = operations.sign_in(session, link, now=desk.clock.now())
        signer = desk.service.secrets.staff_private()
        statement = operations.renew_statement(session, key, signer=signer, now=desk.clock.now())
    desk.clock.advance(minutes=5)
    with pytest.raises(NotStaff):
        verify(desk.service.secrets.staff_public(), statement, now=desk.clock.now())


def test_signing_out_ends_the_session_everywhere(desk, link):
    key = sign_in(desk, link)
    member = renew(desk, key)
    for _ in range(2):
        with desk.write() as session:
            operations.sign_out(session, key, now=desk.clock.now())
    assert revoked(desk) == [member.session]
    with pytest.raises(SessionOver):
        renew(desk, key)


def test_an_unknown_key_is_no_session(desk):
    with pytest.raises(SessionOver):
        renew(desk, "")


def test_a_token_says_who_it_is_until_it_is_revoked(desk):
    token = desk.staff_token("clinician")
    member = verify(desk.service.secrets.staff_public(), token, now=desk.clock.now())
    assert (member.name, member.role) == ("A program", "clinician")
    with desk.write() as session:
        assert operations.revoke_tokens(session, "A program", now=desk.clock.now()) == 1
        assert operations.revoke_tokens(session, "A program", now=desk.clock.now()) == 0
    assert revoked(desk) == [member.session]
