"""A mail server that accepts everything and remembers it: one SMTP conversation per thread."""

import email
import email.policy
import socketserver
import threading
from email.message import EmailMessage


class Sink:
    """Listens on a free loopback port; `mails` grows as they are accepted (dot answered)."""

    def __init__(self) -> None:
        self.mails: list[bytes] = []
        sink = self

        class Conversation(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                self.reply("220 sink")
                while line := self.rfile.readline():
                    verb = line[:4].upper()
                    if verb == b"DATA":
                        self.reply("354 go on")
                        sink.mails.append(self.message())
                        self.reply("250 accepted")
                    elif verb == b"QUIT":
                        self.reply("221 bye")
                        return
                    else:
                        self.reply("250 sink")

            def message(self) -> bytes:
                lines = []
                while (line := self.rfile.readline()) != b".\r\n":
                    if not line:
                        raise ConnectionError("the sender went away before the dot")
                    lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
                return b"".join(lines)

            def reply(self, text: str) -> None:
                self.wfile.write(f"{text}\r\n".encode())

        class Server(socketserver.ThreadingTCPServer):
            daemon_threads = True

            def handle_error(self, request: object, client_address: object) -> None:
                """A killed sender is what these tests are about."""

        self._server = Server(("127.0.0.1", 0), Conversation)
        self.url = f"smtp://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def parsed(self) -> list[EmailMessage]:
        return [parse(mail) for mail in list(self.mails)]

    def to(self, address: str) -> list[EmailMessage]:
        return [mail for mail in self.parsed() if mail["To"] == address]

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def parse(mail: bytes) -> EmailMessage:
    message = email.message_from_bytes(mail, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return message
