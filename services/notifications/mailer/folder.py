"""Mail into a folder, one `<message id>.eml` each: a file's name makes a second copy impossible."""

import os
from collections.abc import Callable
from pathlib import Path

from .port import MailUnavailable, OutgoingMail


class FolderMailer:
    repeatable = True

    def __init__(self, folder: str | Path) -> None:
        self._folder = Path(folder)

    def send(self, mail: OutgoingMail, on_data_started: Callable[[], None]) -> None:
        target = self._folder / f"{mail.id}.eml"
        draft = self._folder / f".{mail.id}.{os.getpid()}.part"
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            _write(draft, mail.content)
        except OSError as error:
            raise MailUnavailable(f"folder: {error.strerror}") from error
        try:
            on_data_started()
            if not target.exists():
                draft.rename(target)
                _flush_folder(self._folder)
        except OSError as error:
            raise MailUnavailable(f"folder: {error.strerror}") from error
        finally:
            draft.unlink(missing_ok=True)

    def close(self) -> None:
        """Nothing stays open between mails."""


def _write(path: Path, content: bytes) -> None:
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _flush_folder(folder: Path) -> None:
    """The new name itself must survive a power cut, or a mail called sent would be lost."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
