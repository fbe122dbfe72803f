"""A mail server in a process of its own that accepts everything and writes down when it did.

`python -m suite.bench.mail.sink LOG`: prints its port; each line of LOG is a time and a recipient.
"""

import socketserver
import sys
import threading
import time
from pathlib import Path
from typing import TextIO


class Conversation(socketserver.StreamRequestHandler):
    """Answers are written at once; nothing is kept of a mail but whom it went to."""

    log: TextIO
    lock = threading.Lock()
    wbufsize = 0
    disable_nagle_algorithm = True

    def handle(self) -> None:
        self._say("220 sink")
        recipient = ""
        while line := self.rfile.readline():
            verb = line[:4].upper()
            if verb == b"RCPT":
                recipient = line.decode().partition("<")[2].partition(">")[0]
            if verb == b"QUIT":
                self._say("221 bye")
                return
            if verb != b"DATA":
                self._say("250 ok")
                continue
            self._say("354 go on")
            while (line := self.rfile.readline()) != b".\r\n":
                if not line:
                    return
            self._say("250 accepted")
            with self.lock:
                self.log.write(f"{time.monotonic()} {recipient}\n")
                self.log.flush()

    def _say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    request_queue_size = 64


def main(log: Path) -> None:
    with log.open("w") as file, Server(("127.0.0.1", 0), Conversation) as server:
        Conversation.log = file
        print(server.server_address[1], flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
