"""The one place that reads the clock. Rules and operations take `now` as an argument."""

from datetime import UTC, datetime
from pathlib import Path


def aware(instant: datetime) -> datetime:
    """The same instant; one without offset would be read in the machine's own zone."""
    if instant.tzinfo is None:
        raise ValueError("An instant needs an offset.")
    return instant


class Clock:
    """The machine's time, or the instant that a file holds (for tests; read again at each use)."""

    def __init__(self, file: Path | None = None) -> None:
        self._file = file
        self._last: datetime | None = None

    def now(self) -> datetime:
        """The present instant in UTC; with a clock file the instant it holds (RFC 3339)."""
        if self._file is None:
            return datetime.now(UTC)
        text = self._file.read_text(encoding="utf-8").strip()
        if not text and self._last:  # caught between "emptied" and "written"
            return self._last
        self._last = _instant(text)
        return self._last


def real_now() -> datetime:
    """Machine time, for leases and wake-ups between processes only."""
    return datetime.now(UTC)


def _instant(text: str) -> datetime:
    return aware(datetime.fromisoformat(text)).astimezone(UTC)
