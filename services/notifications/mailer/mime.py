"""Writes a mail's bytes: headers in one line each, parts, boundaries that never change.

Not the library's writer: it parses each header that it is given (some Python versions unfold an
encoded word into lines of its own), draws random boundaries, and takes most of a mail's time.
What is written here is read again by gate.py before it leaves.
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from email.header import Header

from ..domain.errors import MessageUnfit
from .gate import LONGEST_LINE

LONGEST_WORD = 75  # RFC 2047, 2
VALUE = re.compile(r"[!-~]([ -~]*[!-~])?")


@dataclass(frozen=True, slots=True)
class Part:
    headers: dict[str, str]
    content: bytes

    def __bytes__(self) -> bytes:
        return _header_block(self.headers) + b"\r\n" + self.content


def text_part(text: str, content_type: str) -> Part:
    """Plain where possible, so that a mail in a folder can be read and searched as it is."""
    lines = text.splitlines()
    content = "".join(f"{line}\r\n" for line in lines).encode()
    is_plain = content.isascii() and max(map(len, lines), default=0) <= LONGEST_LINE
    encoding = "7bit" if is_plain else "quoted-printable"
    headers = {
        "Content-Type": f'{content_type}; charset="utf-8"',
        "Content-Transfer-Encoding": encoding,
    }
    return Part(headers, content if is_plain else binascii.b2a_qp(content))


def attached_part(content: bytes, content_type: str, filename: str) -> Part:
    headers = {
        "Content-Type": f'{content_type}; name="{filename}"',
        "Content-Transfer-Encoding": "base64",
        "Content-Disposition": f'attachment; filename="{filename}"',
    }
    return Part(headers, base64.encodebytes(content).replace(b"\n", b"\r\n"))


def multipart(subtype: str, parts: list[Part], message_id: str) -> Part:
    """The boundary is drawn from the Message-ID: the same for the same mail, and not to be guessed
    by whoever writes a line of it."""
    digest = hashlib.sha256(f"{message_id} {subtype}".encode()).hexdigest()
    boundary = f"part-{digest[:32]}"
    content = b"".join(b"--%b\r\n%b\r\n" % (boundary.encode(), bytes(part)) for part in parts)
    headers = {"Content-Type": f'multipart/{subtype}; boundary="{boundary}"'}
    return Part(headers, content + f"--{boundary}--\r\n".encode())


def whole(headers: Mapping[str, str], body: Part) -> bytes:
    return bytes(Part({**headers, "MIME-Version": "1.0", **body.headers}, body.content))


def unstructured(text: str) -> str:
    """A text as a header may hold it: encoded words (RFC 2047) where it goes beyond ASCII."""
    if text.isascii() and "=?" not in text:
        return text
    words = Header(text, "utf-8", header_name="Subject", maxlinelen=LONGEST_WORD)
    return words.encode(linesep="\n").replace("\n", "")


def _header_block(headers: Mapping[str, str]) -> bytes:
    lines = [f"{name}: {value}\r\n" for name, value in headers.items()]
    if not all(map(VALUE.fullmatch, headers.values())) or max(map(len, lines)) > LONGEST_LINE:
        raise MessageUnfit("A header of this mail cannot be written.")
    return "".join(lines).encode("ascii")
