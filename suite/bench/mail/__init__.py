"""From a committed change to an accepted mail: delay, throughput, backlogs of mails and of events.

SIZE is the length of both backlogs (100,000). Needs PostgreSQL and RabbitMQ for half of it.
"""

import tempfile
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path

from suite.bench.mail import figures
from suite.bench.mail.figures import Figure
from suite.bench.mail.house import House, embedded, full

BACKLOG, SHORT = 100_000, 2_000

Open = Callable[[Path], AbstractContextManager[House]]
Measure = Callable[[House], list[Figure]]


def run(size: int | None) -> bool:
    """Each figure on a fresh house: databases, queues, mail server and processes of its own."""
    is_met = True
    for open_house, measure in _plan(size or BACKLOG):
        with tempfile.TemporaryDirectory() as folder, open_house(Path(folder)) as house:
            for figure in measure(house):
                print(figure, flush=True)
                is_met = is_met and figure.is_met
    return is_met


def _plan(backlog: int) -> list[tuple[Open, Measure]]:
    """The limits of a delay are those of its median (0: none) and of its 99th percentile, in ms."""
    few, many = min(backlog, 300), min(backlog, 800)
    return [
        (full, partial(figures.delay, rate=20, count=few, limits=(50, 100))),
        (full, partial(figures.delay, rate=100, count=many, limits=(0, 250))),
        (embedded, partial(figures.delay, rate=20, count=few, limits=(0, 300))),
        (full, partial(figures.steady, count=min(backlog, SHORT))),
        (full, partial(figures.backlog_of_mails, count=backlog)),
        (full, partial(figures.backlog_of_events, count=backlog)),
    ]
