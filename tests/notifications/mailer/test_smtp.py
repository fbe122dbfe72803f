"""SMTP against a server that fails at every step: what was provably not sent, and what may be."""

from contextlib import closing
from dataclasses import replace

import pytest

from services.notifications.domain.errors import LeaseLost
from services.notifications.mailer import (
    MailAmbiguous,
    MailDeferred,
    MailError,
    MailRefused,
    MailUnavailable,
    connect,
)
from services.notifications.mailer.smtp import Server, SmtpMailer
from tests.notifications.builders import MAIL
from tests.notifications.scripted import ScriptedServer, free_port


def mailer_for(server: ScriptedServer, **changes: object) -> SmtpMailer:
    """Impatient, so that a silent server costs a test half a second."""
    plain = Server("smtp", "127.0.0.1", server.port, command_seconds=0.5, dot_seconds=0.5)
    return SmtpMailer(replace(plain, **changes))


def send(server: ScriptedServer) -> tuple[type[MailError] | None, bool]:
    """How it ended, and whether the body was said to begin."""
    begun: list[bool] = []
    with closing(mailer_for(server)) as out:
        try:
            out.send(MAIL, lambda: begun.append(True))
        except MailError as error:
            return type(error), bool(begun)
    return None, bool(begun)


def test_a_mail_arrives_byte_for_byte_at_one_recipient() -> None:
    with ScriptedServer() as server:
        assert send(server) == (None, True)
        assert server.mails == [MAIL.content]
        assert server.recipients == ["RCPT TO:<ann@example.com>"]


BEFORE_THE_BODY = ("ehlo", "mail", "rcpt", "data")


@pytest.mark.parametrize("step", BEFORE_THE_BODY)
@pytest.mark.parametrize("action", ["hang", "close", "reset", "421 4.3.2 going down", "nonsense"])
def test_before_the_body_a_broken_conversation_is_provably_unsent(step: str, action: str) -> None:
    with ScriptedServer(**{step: action}) as server:
        assert send(server) == (MailUnavailable, False)
        assert server.mails == []


@pytest.mark.parametrize("action", ["close", "reset", "421 busy", "554 no service"])
def test_a_server_that_does_not_greet_is_unavailable(action: str) -> None:
    with ScriptedServer(banner=action) as server:
        assert send(server) == (MailUnavailable, False)


def test_nobody_listening_is_unavailable() -> None:
    with closing(connect(f"smtp://127.0.0.1:{free_port()}")) as out, pytest.raises(MailUnavailable):
        out.send(MAIL, lambda: None)


@pytest.mark.parametrize("step", ["mail", "rcpt", "data"])
@pytest.mark.parametrize(
    ("reply", "error"),
    [
        ("450 4.2.0 greylisted", MailDeferred),
        ("451 4.3.0 error", MailDeferred),
        ("452 4.2.2 full", MailDeferred),
        ("550 5.1.1 <ann@example.com> unknown", MailRefused),
        ("552 5.2.2 full", MailDeferred),
        ("554 5.7.1 no", MailRefused),
    ],
)
def test_a_refusal_before_the_body_is_definite(
    step: str, reply: str, error: type[MailError]
) -> None:
    with ScriptedServer(**{step: reply}) as server:
        assert send(server) == (error, False)


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        ("451 4.3.0 error", MailDeferred),
        ("452 4.3.1 full", MailDeferred),
        ("550 5.7.1 spam", MailRefused),
        ("554 5.6.0 no", MailRefused),
        ("421 4.3.2 going down", MailUnavailable),
    ],
)
def test_a_refusal_after_the_dot_is_definite_too(reply: str, error: type[MailError]) -> None:
    with ScriptedServer(dot=reply) as server:
        assert send(server) == (error, True)
        assert server.mails == []


@pytest.mark.parametrize("action", ["hang", "close", "reset", "nonsense", "x" * 9000])
def test_no_answer_to_the_dot_is_ambiguous(action: str) -> None:
    with ScriptedServer(dot=action) as server:
        assert send(server) == (MailAmbiguous, True)
        assert server.mails == [MAIL.content]  # it was there all the same


@pytest.mark.parametrize("action", ["close", "reset"])
def test_a_break_inside_the_body_is_ambiguous(action: str) -> None:
    with ScriptedServer(body=action) as server:
        assert send(server) == (MailAmbiguous, True)


@pytest.mark.parametrize("action", ["hang", "close", "reset", "500 what"])
def test_what_quit_answers_changes_nothing(action: str) -> None:
    with ScriptedServer(quit=action) as server:
        assert send(server) == (None, True)


def test_errors_do_not_repeat_the_address() -> None:
    with ScriptedServer(rcpt="550 5.1.1 <ann@example.com> unknown") as server:
        with closing(mailer_for(server)) as out, pytest.raises(MailRefused) as refused:
            out.send(MAIL, lambda: None)
    assert str(refused.value) == "550 5.1.1"


def test_when_the_start_cannot_be_recorded_nothing_is_sent() -> None:
    def lost() -> None:
        raise LeaseLost

    with ScriptedServer() as server:
        with closing(mailer_for(server)) as out:
            with pytest.raises(LeaseLost):
                out.send(MAIL, lost)
            out.send(MAIL, lambda: None)  # on a new connection
        assert server.mails == [MAIL.content]
        assert server.connections == 2


def test_a_connection_serves_many_mails() -> None:
    with ScriptedServer() as server:
        with closing(mailer_for(server)) as out:
            for _ in range(3):
                out.send(MAIL, lambda: None)
        assert len(server.mails) == 3
        assert server.connections == 1


def test_a_refused_mail_does_not_spoil_the_connection() -> None:
    with ScriptedServer(rcpt="550 5.1.1 no") as server:
        with closing(mailer_for(server)) as out:
            with pytest.raises(MailRefused):
                out.send(MAIL, lambda: None)
            del server.script["rcpt"]
            out.send(MAIL, lambda: None)
        assert server.mails == [MAIL.content]
        assert server.connections == 1


@pytest.mark.parametrize("action", ["close", "hang", "421 idle"])
def test_a_kept_connection_that_went_stale_is_made_anew(action: str) -> None:
    with ScriptedServer(rset=action) as server:
        with closing(mailer_for(server)) as out:
            out.send(MAIL, lambda: None)
            out.send(MAIL, lambda: None)
        assert len(server.mails) == 2
        assert server.connections == 2


def test_a_late_answer_is_never_taken_for_the_next_mails() -> None:
    with ScriptedServer(rcpt="hang") as server:
        with closing(mailer_for(server)) as out:
            with pytest.raises(MailUnavailable):
                out.send(MAIL, lambda: None)
            del server.script["rcpt"]
            out.send(MAIL, lambda: None)
        assert server.connections == 2
