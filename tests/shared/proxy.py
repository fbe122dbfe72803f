"""A TCP relay that stands between client and server and can be cut, silenced or made one-way.

After the forward server of pika's own tests. The kernel here knows no packet filter.
"""

import contextlib
import selectors
import socket
import struct
import threading
from collections.abc import Iterator
from urllib.parse import urlsplit, urlunsplit

LINGER_ZERO = struct.pack("ii", 1, 0)  # close() then sends RST, as a dying host would


class Proxy:
    """Forwards 127.0.0.1:<port> to a server. One thread; sockets closed by `close`."""

    def __init__(self, host: str, port: int) -> None:
        self._server = (host, port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._peer: dict[socket.socket, socket.socket] = {}
        self._clients: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._ended = False
        self.is_silent = False  # half-open: nothing passes, not even the end of a connection
        self.is_refusing = False  # nobody is at home: a new connection ends at once
        self.answers_are_lost = False  # only what the server says is lost
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def in_front_of(self, url: str) -> str:
        """The same URL, led through this proxy."""
        parts = urlsplit(url)
        credentials = f"{parts.netloc.rpartition('@')[0]}@" if "@" in parts.netloc else ""
        return urlunsplit(parts._replace(netloc=f"{credentials}127.0.0.1:{self.port}"))

    @property
    def open_connections(self) -> int:
        with self._lock:
            return len(self._clients)

    def cut(self) -> None:
        """Every connection ends with a reset; new ones are welcome."""
        with self._lock:
            for one in list(self._clients):
                self._drop(one)

    def close(self) -> None:
        self._ended = True
        self._thread.join(5)
        self.cut()
        self._listener.close()

    def _run(self) -> None:
        while not self._ended:
            with self._lock:
                watched = [self._listener, *([] if self.is_silent else self._peer)]
            for one in _readable(watched):
                with contextlib.suppress(OSError):
                    self._accept() if one is self._listener else self._forward(one)

    def _accept(self) -> None:
        client, _address = self._listener.accept()
        if self.is_refusing:
            client.close()
            return
        server = socket.create_connection(self._server)
        with self._lock:
            self._peer |= {client: server, server: client}
            self._clients.add(client)

    def _forward(self, source: socket.socket) -> None:
        try:
            data = source.recv(65536)
        except OSError:
            data = b""
        with self._lock:
            if self.is_silent or source not in self._peer:
                return
            is_answer = source not in self._clients
            if not data:
                self._drop(source)
            elif not (is_answer and self.answers_are_lost):
                self._peer[source].sendall(data)

    def _drop(self, one: socket.socket) -> None:
        for end in (one, self._peer.pop(one)):
            self._peer.pop(end, None)
            self._clients.discard(end)
            end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_ZERO)
            end.close()


def _readable(sockets: list[socket.socket]) -> list[socket.socket]:
    with selectors.DefaultSelector() as selector:
        for one in sockets:
            with contextlib.suppress(ValueError, OSError):  # closed a moment ago by `cut`
                selector.register(one, selectors.EVENT_READ)
        return [key.fileobj for key, _events in selector.select(0.02)]  # type: ignore[misc]


@contextlib.contextmanager
def proxy_to(url: str) -> Iterator[Proxy]:
    parts = urlsplit(url)
    proxy = Proxy(parts.hostname or "127.0.0.1", parts.port or 5672)
    try:
        yield proxy
    finally:
        proxy.close()
