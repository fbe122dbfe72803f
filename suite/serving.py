"""Processes: gunicorn for the web, threads for the background work, and the wait until ready."""

import os
import signal
import socket
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click
from gunicorn.app.base import BaseApplication

from shared.messaging.worker import Worker
from shared.service import Service
from shared.settings import SERVICES
from suite import services

BEAT = 5.0  # seconds between a worker's signs of life
READY_WITHIN = 60.0


class PortTaken(click.ClickException):
    """Somebody else listens there."""


class _Server(BaseApplication):
    """gunicorn, configured here instead of on its command line."""

    def __init__(self, load: Callable[[], Any], options: dict[str, Any]) -> None:
        self._load, self._options = load, options
        super().__init__()

    def load_config(self) -> None:
        for name, value in self._options.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        return self._load()


def serve(name: str, *, host: str, port: int, processes: int) -> None:
    """Web only: one gunicorn with a few processes; returns never, exits 0 on SIGTERM."""
    wait_for_port(host, port)
    Service.start(name).close()  # a wrong setting is told here, once, and not by every process

    def load() -> Any:
        return services.web([Service.start(name)])

    _Server(load, _options(host, port, processes=processes, threads=8)).run()


def serve_everything(*, host: str, port: int) -> None:
    """One process: three apps and their background threads, one SQLite writer line for all."""
    wait_for_port(host, port)
    running: list[Worker] = []

    def load() -> Any:
        started = services.start_all()
        web = services.web(started)
        running.extend(services.workers(started))
        return web

    def begin(_worker: Any) -> None:
        for worker in running:
            worker.start()
        threading.Thread(target=_announce, args=(host, port), daemon=True).start()

    def end(_server: Any, _worker: Any) -> None:
        _stop(running)

    options = _options(host, port, processes=1, threads=16)
    _Server(load, {**options, "post_worker_init": begin, "worker_exit": end}).run()


def work(name: str) -> None:
    """The background half of one service, until SIGTERM or SIGINT."""
    service = Service.start(name)
    [worker] = services.workers([service])
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    worker.start()
    print(f"Working: {name}", flush=True)
    sign = heartbeat_file(service)
    while not stop.wait(BEAT if sign.exists() else 0.1):
        if not worker.is_alive():
            sys.exit("A thread of this worker has ended; see the log above.")
        sign.touch()
    worker.stop()
    service.close()


def heartbeat_file(service: Service) -> Path:
    """Touched by a living worker every few seconds; what a container's health check looks at."""
    service.settings.data.mkdir(parents=True, exist_ok=True)
    return service.settings.data / f"worker-{service.name}.alive"


def _options(host: str, port: int, *, processes: int, threads: int) -> dict[str, Any]:
    memory = "/dev/shm"  # noqa: S108 - gunicorn's heartbeat file must not wait for a disk
    return {
        "bind": f"{host}:{port}",
        "workers": processes,
        "worker_class": "gthread",
        "threads": threads,
        "timeout": 60,
        "graceful_timeout": 15,
        "keepalive": 5,
        "worker_tmp_dir": memory if os.path.isdir(memory) else None,
        "control_socket_disable": True,
        "loglevel": "warning",
    }


def wait_for_port(host: str, port: int) -> None:
    """A server that was just killed may hold the port for a moment; after that it is taken."""
    end = time.monotonic() + 8
    while True:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
                return
            except OSError as error:
                if time.monotonic() > end:
                    raise PortTaken(f"Port {port} on {host}: {error.strerror}.") from error
        time.sleep(0.3)


def _announce(host: str, port: int) -> None:
    """Print the address once every service says that it is ready."""
    address = f"http://{'127.0.0.1' if host == '0.0.0.0' else host}:{port}"  # noqa: S104
    end = time.monotonic() + READY_WITHIN
    while time.monotonic() < end:
        if all(_is_ready(f"{address}/{name}/readyz") for name in SERVICES):
            print(f"Ready: http://{host}:{port}/", flush=True)
            return
        time.sleep(0.1)
    print("Not ready after a minute; try: ./clinic doctor", file=sys.stderr, flush=True)


def _is_ready(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 - our own address
            return bool(answer.status == 200)
    except OSError:
        return False


def _stop(running: Sequence[Worker]) -> None:
    threads = [threading.Thread(target=worker.stop, args=(10,)) for worker in running]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
