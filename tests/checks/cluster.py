"""A PostgreSQL server of a check's own, which may be killed: own folder and port, loopback only."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg


class Cluster:
    """Started by `cluster()`. Runs as `postgres` where we are root: the server insists on it."""

    def __init__(self, binaries: Path, folder: Path, port: int) -> None:
        self._binaries = binaries
        self._data = folder / "data"
        self._log = folder / "log"
        self.port = port

    def create(self) -> None:
        self._as_server("initdb", "-D", str(self._data), "-U", "postgres", "-A", "trust", "-N")
        settings = f"port={self.port}\nlisten_addresses='127.0.0.1'\nunix_socket_directories=''\n"
        with (self._data / "postgresql.conf").open("a") as file:
            file.write(settings + "max_connections=200\nshared_buffers=32MB\n")

    def start(self) -> None:
        """Also after a kill: the server first takes its log back to a sound state."""
        arguments = ("start", "-w", "-t", "60", "-D", str(self._data), "-l", str(self._log))
        for _ in range(20):
            try:
                self._as_server("pg_ctl", *arguments)
                return
            except subprocess.CalledProcessError:
                time.sleep(0.5)  # children of a killed server have not all noticed yet
        raise AssertionError(self._log.read_text()[-2000:])

    def kill(self) -> None:
        """`kill -9` of the postmaster: no connection is ended in order, nothing is flushed."""
        pid = int((self._data / "postmaster.pid").read_text().split()[0])
        os.kill(pid, signal.SIGKILL)

    def stop(self) -> None:
        with suppress(subprocess.CalledProcessError):
            self._as_server("pg_ctl", "stop", "-m", "immediate", "-D", str(self._data))

    def database(self, name: str) -> str:
        """The URL of a new, empty database."""
        with psycopg.connect(self._url("postgresql", "postgres"), autocommit=True) as admin:
            admin.execute(f"CREATE DATABASE \"{name}\" TEMPLATE template0 ENCODING 'UTF8'")  # type: ignore[arg-type]
        return self._url("postgresql+psycopg", name)

    def _url(self, scheme: str, name: str) -> str:
        return f"{scheme}://postgres@127.0.0.1:{self.port}/{name}"

    def _as_server(self, command: str, *arguments: str) -> None:
        full = [str(self._binaries / command), *arguments]
        if os.geteuid() == 0:
            full = ["runuser", "-u", "postgres", "--", *full]
        # Not captured: the server would keep the pipe open for as long as it lives.
        subprocess.run(
            full,
            check=True,
            cwd="/",
            timeout=120,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )


@contextmanager
def cluster() -> Iterator[Cluster | None]:
    """None where the server's own programs are not installed."""
    binaries = _binaries()
    if binaries is None:
        yield None
        return
    folder = Path(tempfile.mkdtemp(prefix="clinic-postgres-"))
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = Cluster(binaries, folder, port)
    try:
        server.create()
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _binaries() -> Path | None:
    found = [Path("/usr/lib/postgresql") / version / "bin" for version in _versions()]
    if on_path := shutil.which("initdb"):
        found.append(Path(on_path).resolve().parent)
    return next((one for one in found if (one / "postgres").exists()), None)


def _versions() -> list[str]:
    folder = Path("/usr/lib/postgresql")
    names = (one.name for one in folder.iterdir()) if folder.exists() else ()
    return sorted((name for name in names if name.isdigit()), key=int, reverse=True)
