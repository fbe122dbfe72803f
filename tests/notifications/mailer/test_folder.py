"""Mail into a folder: complete, once, or not at all."""

from contextlib import closing
from pathlib import Path

import pytest

from services.notifications.domain.errors import LeaseLost
from services.notifications.mailer import MailUnavailable, OutgoingMail, connect

MAIL = OutgoingMail(id="m1", sender="a@b.example", recipient="c@d.example", content=b"Hi\r\n")


@pytest.mark.parametrize("slashes", ["", "//"])
def test_a_mail_becomes_a_file_of_its_name(tmp_path: Path, slashes: str) -> None:
    folder = tmp_path / "new" / "mail"
    with closing(connect(f"file:{slashes}{folder}")) as out:
        out.send(MAIL, lambda: None)
    assert [path.name for path in folder.iterdir()] == ["m1.eml"]
    assert (folder / "m1.eml").read_bytes() == MAIL.content
    assert (folder / "m1.eml").stat().st_mode & 0o077 == 0


def test_a_mail_is_never_written_twice(tmp_path: Path) -> None:
    with closing(connect(f"file:{tmp_path}")) as out:
        out.send(MAIL, lambda: None)
        before = (tmp_path / "m1.eml").stat()
        out.send(MAIL, lambda: None)
        after = (tmp_path / "m1.eml").stat()
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)


def test_nothing_is_written_when_the_start_cannot_be_recorded(tmp_path: Path) -> None:
    def lost() -> None:
        raise LeaseLost

    with closing(connect(f"file:{tmp_path}")) as out, pytest.raises(LeaseLost):
        out.send(MAIL, lost)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_used_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "mail").write_text("a file is in the way")
    with closing(connect(f"file:{tmp_path / 'mail'}")) as out, pytest.raises(MailUnavailable):
        out.send(MAIL, lambda: None)
