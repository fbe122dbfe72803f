"""The one place that reads the clock. Rules and operations take `now` as an argument."""

import time
from datetime import UTC, datetime
from pathlib import Path

PATIENCE = 0.5  # seconds that a half-written clock file may take


def aware(instant: datetime) -> datetime:
    """The same instant; one without offset would be read in the machine's own zone."""
    if instant.tzinfo is None:
        raise ValueError("An instant needs an offset.")
    return instant


class Clock:
    """The machine's time, or the instant that a file holds (for tests; read again at each use)."""

    def __init__(self, file: Path | None = None) -> None:
        self._file = file

    def now(self) -> datetime:
        """The present instant in UTC; with a clock file the instant it holds (RFC 3339)."""
        if self._file is None:
            return datetime.now(UTC)
        end = time.monotonic() + PATIENCE
        while True:
            try:
                return _instant(self._file.read_text(encoding="utf-8").strip())
            except (OSError, ValueError) as error:  # perhaps just being written
                if time.monotonic() > end:
                    example = "2027-03-01T10:00:00-08:00"
                    raise ValueError(f"{self._file} must hold an instant: {example}") from error
            time.sleep(0.01)


def real_now() -> datetime:
    """Machine time, for leases and wake-ups between processes only."""
    return datetime.now(UTC)


def _instant(text: str) -> datetime:
    return aware(datetime.fromisoformat(text)).astimezone(UTC)
