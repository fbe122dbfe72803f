"""A mail server that does what the script says at one step of a conversation.

`ScriptedServer(rcpt="451 4.2.1 later", dot="hang")`: a reply, or "hang", "close", "reset".
Steps: banner, ehlo, auth, mail, rcpt, data, body (after its first byte), dot. Mails are kept when
their final dot was read and the script does not refuse them.
"""

import socket
import ssl
import struct
import threading
from collections.abc import Callable
from contextlib import ExitStack, suppress

USUAL = {
    "banner": "220 scripted",
    "ehlo": "250-scripted\r\n250-AUTH PLAIN\r\n250 SMTPUTF8",
    "auth": "235 2.7.0 welcome",
    "mail": "250 2.1.0 ok",
    "rcpt": "250 2.1.5 ok",
    "data": "354 go on",
    "dot": "250 2.0.0 accepted",
    "rset": "250 2.0.0 ok",
    "quit": "221 bye",
}


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port


class Gone(Exception):
    """The conversation is over."""


class ScriptedServer:
    def __init__(self, *, tls: ssl.SSLContext | None = None, implicit: bool = False, **script: str):
        self.script = script
        self.mails: list[bytes] = []
        self.recipients: list[str] = []
        self.commands: list[str] = []
        self.connections = 0
        self.reached = threading.Event()  # the scripted step was reached
        self.on_dot: Callable[[], None] = lambda: None  # called before the dot is answered
        self._tls, self._implicit = tls, implicit
        self._over = threading.Event()
        self._open: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._threads = [threading.Thread(target=self._listen, daemon=True)]
        self._threads[0].start()

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    def close(self) -> None:
        self._over.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connection in self._open:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(5)

    def __enter__(self) -> "ScriptedServer":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _listen(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            self._open.append(connection)
            thread = threading.Thread(target=self._serve, args=(connection,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket) -> None:
        with ExitStack() as closing, suppress(Gone, OSError):
            closing.callback(connection.close)
            if self._implicit:
                connection = self._secured(connection, closing)
            self._converse(connection, closing)

    def _secured(self, connection: socket.socket, closing: ExitStack) -> socket.socket:
        assert self._tls
        return closing.enter_context(self._tls.wrap_socket(connection, server_side=True))

    def _converse(self, connection: socket.socket, closing: ExitStack) -> None:
        lines = closing.enter_context(connection.makefile("rb"))
        self._answer(connection, "banner")
        while line := lines.readline():
            self.commands.append(line.decode().strip())
            verb = line[:4].lower().strip().decode()
            step = {"ehlo": "ehlo", "helo": "ehlo", "auth": "auth"}.get(verb, verb)
            if step == "star" and self._tls:
                connection.sendall(b"220 go on\r\n")
                connection = self._secured(connection, closing)
                lines = closing.enter_context(connection.makefile("rb"))
                continue
            if step == "rcpt":
                self.recipients.append(line.decode().strip())
            self._answer(connection, step)
            if step == "data" and "data" not in self.script:
                self._mail(connection, lines)
            if step == "quit":
                return

    def _mail(self, connection: socket.socket, lines: object) -> None:
        if "body" in self.script:
            lines.read(1)  # type: ignore[attr-defined]
            self._answer(connection, "body")
        content = []
        while (line := lines.readline()) != b".\r\n":  # type: ignore[attr-defined]
            if not line:
                raise Gone
            content.append(line[1:] if line.startswith(b"..") else line)
        if self.script.get("dot", "250")[:1] not in {"4", "5"}:
            self.mails.append(b"".join(content))
        self.on_dot()
        self._answer(connection, "dot")

    def _answer(self, connection: socket.socket, step: str) -> None:
        action = self.script.get(step)
        if action is None:
            default = USUAL.get(step, "500 unknown")
            if step == "ehlo" and self._tls and not isinstance(connection, ssl.SSLSocket):
                default = "250-scripted\r\n250 STARTTLS"
            connection.sendall(f"{default}\r\n".encode())
            return
        self.reached.set()
        if action == "hang":
            self._over.wait(60)
            raise Gone
        if action == "reset":
            # Linger 0: the kernel answers with RST instead of FIN.
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            connection.close()
            raise Gone
        if action == "close":
            raise Gone
        connection.sendall(f"{action}\r\n".encode())
