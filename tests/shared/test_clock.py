"""The one clock: the machine's, or the instant in a file, read at each use."""

import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from shared.clock import Clock, aware, real_now


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "clock"


def test_without_a_file_it_is_the_machines_time_in_utc():
    assert abs(Clock().now() - datetime.now(UTC)) < timedelta(seconds=5)
    assert Clock().now().utcoffset() == timedelta(0)
    assert real_now().utcoffset() == timedelta(0)


@pytest.mark.parametrize(
    "text",
    [
        "2027-03-02T08:00:00-08:00",
        "2027-03-02T16:00:00Z",
        "2027-03-02T16:00:00+00:00\n",
        " 2027-03-02T16:00:00.000+00:00 ",
    ],
)
def test_a_file_holds_an_instant(file: Path, text: str):
    file.write_text(text)
    now = Clock(file).now()
    assert now == datetime(2027, 3, 2, 16, 0, tzinfo=UTC)
    assert now.utcoffset() == timedelta(0)


def test_the_file_is_read_at_each_use(file: Path):
    file.write_text("2027-03-02T16:00:00Z")
    clock = Clock(file)
    first = clock.now()
    file.write_text("2027-03-03T16:00:00Z")
    assert clock.now() - first == timedelta(days=1)


@pytest.mark.parametrize("half", ["", "2027-03-0", "2027-03-03", "2027-03-03T16:00:00"])
def test_a_file_that_is_being_written_is_waited_for(file: Path, half: str):
    """Also at the first look: nobody knows an instant before."""
    file.write_text(half)
    threading.Timer(0.05, file.write_text, ["2027-03-03T16:00:00Z"]).start()
    assert Clock(file).now() == datetime(2027, 3, 3, 16, 0, tzinfo=UTC)


def test_a_file_that_does_not_exist_yet_is_waited_for(file: Path):
    threading.Timer(0.05, file.write_text, ["2027-03-03T16:00:00Z"]).start()
    assert Clock(file).now() == datetime(2027, 3, 3, 16, 0, tzinfo=UTC)


def test_readers_see_no_instant_that_was_never_written(file: Path):
    """A writer that empties and fills the file, as `echo … > file` does."""
    days = [datetime(2027, 3, day, 16, 0, tzinfo=UTC) for day in range(1, 29)]
    file.write_text(days[0].isoformat())
    clock, seen, ended = Clock(file), set(), threading.Event()

    def look() -> None:
        while not ended.is_set():
            seen.add(clock.now())

    reader = threading.Thread(target=look)
    reader.start()
    for day in days * 3:
        with file.open("w") as open_file:
            for letter in day.isoformat():
                open_file.write(letter)
                open_file.flush()
        time.sleep(0.001)
    ended.set()
    reader.join()
    assert seen <= set(days)


@pytest.mark.parametrize("text", ["tomorrow", "2027-03-02T08:00:00", "1772467200", ""])
def test_a_file_that_stays_wrong_is_named(file: Path, text: str):
    file.write_text(text)
    with pytest.raises(ValueError, match=str(file)):
        Clock(file).now()


def test_an_instant_without_offset_is_refused():
    assert aware(datetime(2027, 3, 2, tzinfo=UTC))
    with pytest.raises(ValueError, match="offset"):
        aware(datetime(2027, 3, 2))
