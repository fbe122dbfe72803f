"""SMTP against a real server, and through TLS that is verified."""

import ssl
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import Envelope
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from services.notifications.mailer import MailUnavailable, connect
from tests.notifications.builders import MAIL
from tests.notifications.scripted import ScriptedServer, free_port


class Inbox:
    def __init__(self) -> None:
        self.envelopes: list[Envelope] = []

    async def handle_DATA(self, server: object, session: object, envelope: Envelope) -> str:
        self.envelopes.append(envelope)
        return "250 accepted"


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """Key and self-signed certificate of 127.0.0.1 in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path / "server.pem"
    file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return file


@pytest.fixture
def tls(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


@pytest.fixture
def real() -> Iterator[Controller]:
    controller = Controller(Inbox(), hostname="127.0.0.1", port=free_port())
    controller.start()
    yield controller
    controller.stop()


def test_a_real_server_takes_our_mail(real: Controller) -> None:
    with closing(connect(f"smtp://127.0.0.1:{real.port}")) as out:
        out.send(MAIL, lambda: None)
        out.send(MAIL, lambda: None)
    first, second = real.handler.envelopes
    assert first.content == second.content == MAIL.content
    assert first.rcpt_tos == ["ann@example.com"]
    assert first.mail_from == "visits@osm.example"


@pytest.mark.parametrize("security", ["smtps", "smtp+starttls"])
def test_mail_goes_through_verified_tls_with_a_password(
    security: str, tls: ssl.SSLContext, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with ScriptedServer(tls=tls, implicit=security == "smtps") as server:
        with closing(connect(f"{security}://clinic:p%40ss@localhost:{server.port}")) as out:
            out.send(MAIL, lambda: None)
        assert server.mails == [MAIL.content]
        login = [line for line in server.commands if line.startswith("AUTH")]
        assert login == ["AUTH PLAIN AGNsaW5pYwBwQHNz"]  # \0clinic\0p@ss


@pytest.mark.parametrize("security", ["smtps", "smtp+starttls"])
def test_an_unknown_certificate_gets_no_mail(security: str, tls: ssl.SSLContext) -> None:
    with ScriptedServer(tls=tls, implicit=security == "smtps") as server:
        with closing(connect(f"{security}://localhost:{server.port}")) as out:
            with pytest.raises(MailUnavailable):
                out.send(MAIL, lambda: None)
        assert server.mails == []


def test_a_server_that_hides_starttls_gets_no_mail_and_no_password() -> None:
    with ScriptedServer() as server:
        with closing(connect(f"smtp+starttls://clinic:secret@localhost:{server.port}")) as out:
            with pytest.raises(MailUnavailable):
                out.send(MAIL, lambda: None)
        assert not any(line.startswith(("AUTH", "MAIL")) for line in server.commands)


def test_a_wrong_password_is_no_mails_fault(
    tls: ssl.SSLContext, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with ScriptedServer(tls=tls, implicit=True, auth="535 5.7.8 no") as server:
        with closing(connect(f"smtps://clinic:wrong@localhost:{server.port}")) as out:
            with pytest.raises(MailUnavailable) as error:
                out.send(MAIL, lambda: None)
    assert str(error.value) == "connecting: SMTPAuthenticationError 535"


@pytest.mark.parametrize(
    "url",
    [
        "smtp://clinic:secret@127.0.0.1:25",  # a password in clear
        "smtp:///nohost",
        "imap://127.0.0.1",
    ],
)
def test_a_mail_url_that_cannot_be_used_is_refused_at_once(url: str) -> None:
    with pytest.raises(ValueError, match="MAIL_URL"):
        connect(url)
