"""The port of mail: what is sent, and failures named by what to do next."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol


class MailError(Exception):
    """Its text holds reply codes only: servers like to repeat the patient's address."""


class MailUnavailable(MailError):
    """Not sent, and not this mail's fault: try again soon, charge no attempt."""


class MailDeferred(MailError):
    """Not sent, refused for now (4xx): try again later."""


class MailRefused(MailError):
    """Not sent and never will be (5xx): do not try again."""


class MailAmbiguous(MailError):
    """Perhaps sent: it broke off between the first byte of the body and the server's answer."""


@dataclass(frozen=True, slots=True)
class OutgoingMail:
    id: str
    sender: str
    recipient: str
    content: bytes


class Mailer(Protocol):
    """Used by one thread; close it when there is nothing more to send."""

    repeatable: bool  # sending the same mail again is known to have no effect

    def send(self, mail: OutgoingMail, on_data_started: Callable[[], None]) -> None:
        """Returns when the mail was accepted. Calls `on_data_started` once, just before the first
        byte of the body; when that raises, nothing is sent and the error passes through."""

    def close(self) -> None: ...
