"""The way out of the house: a mail is composed here and handed to a folder or a mail server.

`connect(url)` chooses the adapter by scheme; both speak the port of port.py.
"""

from urllib.parse import unquote, urlsplit

from .compose import compose, text_of
from .draft import Draft, draft
from .folder import FolderMailer
from .invite import entry_of
from .letterhead import read_letterhead
from .port import (
    MailAmbiguous,
    MailDeferred,
    Mailer,
    MailError,
    MailRefused,
    MailUnavailable,
    OutgoingMail,
)
from .smtp import PORTS, Server, SmtpMailer

__all__ = [
    "Draft",
    "MailAmbiguous",
    "MailDeferred",
    "MailError",
    "MailRefused",
    "MailUnavailable",
    "Mailer",
    "OutgoingMail",
    "compose",
    "connect",
    "draft",
    "entry_of",
    "read_letterhead",
    "text_of",
]


def connect(mail_url: str) -> Mailer:
    """Opens nothing yet: a mail server is first spoken to when there is a mail for it."""
    parts = urlsplit(mail_url)
    if parts.scheme == "file":
        return FolderMailer(mail_url.removeprefix("file://").removeprefix("file:"))
    if parts.scheme not in PORTS or not parts.hostname:
        raise ValueError("MAIL_URL must be file:, smtp://, smtps:// or smtp+starttls://.")
    if parts.username and parts.scheme == "smtp":
        raise ValueError("MAIL_URL holds a password: use smtps:// or smtp+starttls://.")
    server = Server(
        security=parts.scheme,
        host=parts.hostname,
        port=parts.port or PORTS[parts.scheme],
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
    )
    return SmtpMailer(server)
