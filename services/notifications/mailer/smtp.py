"""SMTP step by step, so that "not sent" and "maybe sent" are told apart.

smtplib's own `sendmail` raises one and the same error before the body and after the final dot.
"""

import re
import smtplib
import socket
import ssl
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from .port import MailAmbiguous, MailDeferred, MailRefused, MailUnavailable, OutgoingMail

PORTS = {"smtp": 25, "smtps": 465, "smtp+starttls": 587}
CONNECT_SECONDS, COMMAND_SECONDS, DOT_SECONDS = 10.0, 30.0, 600.0
BROKEN = (OSError, smtplib.SMTPException)
ENHANCED_STATUS = re.compile(r"[245]\.\d{1,3}\.\d{1,3}\b")
FULL = "5.2.2"  # a mailbox that is full today


@dataclass(frozen=True, slots=True)
class Server:
    security: str
    host: str
    port: int
    user: str = ""
    password: str = ""
    # Shortened by tests only.
    dot_seconds: float = DOT_SECONDS
    command_seconds: float = COMMAND_SECONDS


class SmtpMailer:
    """Keeps its connection from mail to mail, and drops it after anything unexpected: what was
    half said on it must never be taken for the answer to the next mail."""

    repeatable = False

    def __init__(self, server: Server) -> None:
        self._server = server
        self._connection: smtplib.SMTP | None = None

    def send(self, mail: OutgoingMail, on_data_started: Callable[[], None]) -> None:
        smtp = self._ready()
        try:
            _command(smtp, "MAIL", f"FROM:<{mail.sender}>", wanted={250})
            _command(smtp, "RCPT", f"TO:<{mail.recipient}>", wanted={250, 251})
            _command(smtp, "DATA", wanted={354})
            on_data_started()
            self._body(smtp, mail.content)
        except (MailDeferred, MailRefused):
            raise  # a definite answer: the connection is still good
        except BaseException:
            self._drop()
            raise

    def _body(self, smtp: smtplib.SMTP, content: bytes) -> None:
        try:
            _patience(smtp, self._server.dot_seconds)
            smtp.send(re.sub(rb"(?m)^\.", b"..", content) + b".\r\n")
            code, text = smtp.getreply()
            _patience(smtp, self._server.command_seconds)
        except BROKEN as error:
            raise MailAmbiguous(f"after the body: {type(error).__name__}") from error
        if code not in range(200, 600):
            raise MailAmbiguous("after the body: unreadable answer")
        _judge(code, text, wanted={250})

    def _ready(self) -> smtplib.SMTP:
        if self._connection is not None:
            with suppress(MailUnavailable, MailDeferred, MailRefused):
                _command(self._connection, "RSET", wanted={250})
                return self._connection
            self._drop()
        self._connection = _open(self._server)
        return self._connection

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def close(self) -> None:
        """What QUIT answers changes nothing: every mail has had its own answer."""
        if self._connection is not None:
            with suppress(*BROKEN):
                _patience(self._connection, 1.0)
                self._connection.quit()
        self._drop()


def _open(server: Server) -> smtplib.SMTP:
    """Whatever goes wrong in here - network, certificate, password - is no mail's fault."""
    smtp: smtplib.SMTP | None = None
    try:
        smtp = _dial(server)
        _patience(smtp, server.command_seconds)
        smtp.ehlo_or_helo_if_needed()
        if server.security == "smtp+starttls":
            smtp.starttls(context=ssl.create_default_context())
            smtp.ehlo_or_helo_if_needed()
        if server.user:
            smtp.login(server.user, server.password)
    except BROKEN as error:
        if smtp is not None:
            smtp.close()
        code = getattr(error, "smtp_code", "")
        raise MailUnavailable(f"connecting: {type(error).__name__} {code}".strip()) from error
    return smtp


def _dial(server: Server) -> smtplib.SMTP:
    name = socket.gethostname() if "." in socket.gethostname() else "[127.0.0.1]"
    if server.security == "smtps":
        return smtplib.SMTP_SSL(
            server.host,
            server.port,
            local_hostname=name,
            timeout=CONNECT_SECONDS,
            context=ssl.create_default_context(),
        )
    return smtplib.SMTP(server.host, server.port, local_hostname=name, timeout=CONNECT_SECONDS)


def _patience(smtp: smtplib.SMTP, seconds: float) -> None:
    if smtp.sock is not None:
        smtp.sock.settimeout(seconds)


def _command(smtp: smtplib.SMTP, verb: str, argument: str = "", *, wanted: set[int]) -> None:
    try:
        code, text = smtp.docmd(verb, argument)
    except BROKEN as error:
        raise MailUnavailable(f"{verb}: {type(error).__name__}") from error
    _judge(code, text, wanted=wanted)


def _judge(code: int, text: bytes, *, wanted: set[int]) -> None:
    """421 is the server leaving, whatever it was asked; other codes speak of this mail."""
    if code in wanted:
        return
    status = ENHANCED_STATUS.match(text.decode("ascii", "replace"))
    reply = f"{code} {status.group()}" if status else str(code)
    if reply.endswith(FULL):
        raise MailDeferred(reply)
    if 500 <= code < 600:
        raise MailRefused(reply)
    if 400 <= code < 500 and code != 421:
        raise MailDeferred(reply)
    raise MailUnavailable(reply)
