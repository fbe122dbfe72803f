"""The last look at a mail's bytes: exactly the known headers, one line each, one recipient.

It reads what will really be sent, so it holds even where the library that wrote it is wrong.
"""

import re
from email.header import decode_header, make_header
from email.parser import BytesParser
from email.policy import compat32

from ..domain.errors import MessageUnfit

REQUIRED = {
    "From",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "MIME-Version",
    "Content-Type",
    "Content-Language",
    "Auto-Submitted",
    "X-Auto-Response-Suppress",
    "Clinic-Message",
}
OPTIONAL = {"Reply-To"}
PARTS = {
    "multipart/mixed",
    "multipart/alternative",
    "text/plain",
    "text/html",
    "text/calendar",
    "application/ics",
}
PART_HEADERS = {"Content-Type", "Content-Transfer-Encoding", "Content-Disposition"}
LONGEST_LINE = 998  # RFC 5322, 2.1.1
FIELD = re.compile(r"([A-Za-z-]+): ([ -~]+)")


def check_bytes(content: bytes, *, recipient: str) -> None:
    """Raises MessageUnfit for anything this house did not mean to send."""
    if re.search(rb"(?<!\r)\n|\r(?!\n)|[^\x00-\x7f]|\x00", content):
        raise MessageUnfit("The mail holds a stray line end or a character beyond ASCII.")
    if max(map(len, content.split(b"\r\n"))) > LONGEST_LINE:
        raise MessageUnfit("The mail has a line that is too long.")
    fields = _fields(content.partition(b"\r\n\r\n")[0].decode("ascii"))
    names = [name for name, _ in fields]
    if len(set(names)) != len(names) or not REQUIRED <= set(names) <= REQUIRED | OPTIONAL:
        raise MessageUnfit("The mail has a missing, doubled or unknown header.")
    if dict(fields)["To"] != recipient:
        raise MessageUnfit("The mail is not addressed to its one recipient.")
    _check_encoded_words(fields)
    parsed = BytesParser(policy=compat32).parsebytes(content)
    if parsed.keys() != names:
        raise MessageUnfit("The mail reads differently than it was written.")
    for part in parsed.walk():
        if part is not parsed and not set(part.keys()) <= PART_HEADERS:
            raise MessageUnfit("A part of the mail has an unknown header.")
        if part.get_content_type() not in PARTS:
            raise MessageUnfit("The mail has a part that is no text and no calendar entry.")


def _check_encoded_words(fields: list[tuple[str, str]]) -> None:
    """They stand in the subject alone, and hide no line end: some readers would unfold it."""
    for name, value in fields:
        if "=?" in value and name != "Subject":
            raise MessageUnfit("The mail has an encoded word outside its subject.")
        if not _decoded(value).isprintable():
            raise MessageUnfit("The subject hides a line end or a control character.")


def _decoded(value: str) -> str:
    try:
        return str(make_header(decode_header(value)))
    except (ValueError, LookupError) as error:
        raise MessageUnfit("The subject cannot be decoded.") from error


def _fields(block: str) -> list[tuple[str, str]]:
    """No folded lines are taken: none of our headers is long enough to need one."""
    found = [FIELD.fullmatch(line) for line in block.split("\r\n")]
    if not all(found):
        raise MessageUnfit("The mail has a header line that cannot be read.")
    return [(field[1], field[2]) for field in found if field]
