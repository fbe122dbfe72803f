"""deploy/Caddyfile in a real Caddy, with a stand-in behind it that says which service it is."""

import os
import shutil
import socket
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from shared.settings import SERVICES
from tests.architecture.tree import ROOT
from tests.servers import missing

CADDYFILE = ROOT / "deploy" / "Caddyfile"


class _Echo(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = f"{self.server.name} {self.path}".encode()  # type: ignore[attr-defined]
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments: object) -> None:
        """Quiet."""


@pytest.fixture(scope="module")
def stand_ins() -> Iterator[dict[str, str]]:
    """Service name -> address."""
    servers = {name: ThreadingHTTPServer(("127.0.0.1", 0), _Echo) for name in SERVICES}
    for name, server in servers.items():
        server.name = name  # type: ignore[attr-defined]
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield {name: f"127.0.0.1:{server.server_port}" for name, server in servers.items()}
    for server in servers.values():
        server.shutdown()
        server.server_close()


@pytest.fixture(scope="module", params=["", "/clinic"], ids=["at the root", "under a path"])
def gateway(
    request: pytest.FixtureRequest,
    stand_ins: dict[str, str],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[str]:
    """The public address, with the path of PUBLIC_URL."""
    if not shutil.which("caddy"):
        missing("The gateway", "caddy is not installed")
    folder = tmp_path_factory.mktemp("caddy")
    text = CADDYFILE.read_text(encoding="utf-8").replace("\tservers", "\tadmin off\n\tservers")
    for name, address in stand_ins.items():
        text = text.replace(f"{name}-web:8000", address)
    (folder / "Caddyfile").write_text(text, encoding="utf-8")
    address = f"http://127.0.0.1:{_free_port()}"
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "CLINIC_SITE": address,
        "CLINIC_PATH": request.param,
    }
    command = ["caddy", "run", "--adapter", "caddyfile", "--config", str(folder / "Caddyfile")]
    with subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL) as process:
        try:
            _wait_for(address)
            yield address + request.param
        finally:
            process.terminate()


@pytest.mark.parametrize("service", SERVICES)
def test_every_service_is_reached_under_its_name(gateway: str, service: str) -> None:
    assert _get(f"{gateway}/{service}/readyz") == (200, service)


def test_the_door_itself_belongs_to_intake(gateway: str) -> None:
    assert _get(f"{gateway}/") == (200, "intake")


@pytest.mark.parametrize("path", ["/robots.txt", "/.well-known/security.txt", "/nothing"])
def test_what_stands_at_the_address_itself_is_let_through(gateway: str, path: str) -> None:
    assert _get(gateway.removesuffix("/clinic") + path) == (200, "intake")


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("path", ["/metrics", "/metrics/", "//metrics", "/METRICS", "/%6detrics"])
def test_figures_stay_inside(gateway: str, service: str, path: str) -> None:
    assert _get(f"{gateway}/{service}{path}")[0] == 404


def _get(url: str) -> tuple[int, str]:
    """Status, and the service that answered."""
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return answer.status, answer.read().decode().split()[0]
    except urllib.error.HTTPError as error:
        with error:
            return error.code, ""


def _wait_for(address: str) -> None:
    end = time.monotonic() + 20
    while True:
        try:
            _get(address)
            return
        except OSError:
            assert time.monotonic() < end, "Caddy does not start"
            time.sleep(0.1)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def test_uploads_are_bounded_before_they_reach_a_service() -> None:
    assert "max_size 256KB" in Path(CADDYFILE).read_text(encoding="utf-8")
