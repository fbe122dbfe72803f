"""A model of the calendar, driven at random beside the real thing on both databases.

The oracle is as naive as can be: a list of who has which minutes until when. Whatever one refuses
the other must refuse, for the same kind of reason, and the ledger must stay sound.
"""

import os
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from services.scheduling import operations
from services.scheduling.domain.errors import SchedulingError
from services.scheduling.models import Appointment, Block, Claim, Hold
from tests.scheduling.build import TUESDAY, Desk, at, make_handoff, make_slot

STEPS = int(os.environ.get("MODEL_STEPS", "20"))
EXAMPLES = int(os.environ.get("MODEL_EXAMPLES", "8"))
HALF_HOUR = timedelta(minutes=30)
# Few times and few people, so that everybody is in everybody's way.
people = st.sampled_from(["alder", "elm"])
starts = st.sampled_from([at(TUESDAY, 9) + timedelta(minutes=15 * n) for n in range(7)])
picks = st.integers(0, 99)

DONE, TAKEN, REFUSED, GONE = "done", "taken", "refused", "gone"
KINDS = {
    "SlotTaken": TAKEN,
    "TransitionRefused": REFUSED,
    "HoldNotExtendable": REFUSED,
    "HoldExpired": GONE,
    "NotBookable": "blocked",
}


@dataclass
class Kept:
    """Time that somebody has: for good (a visit) or until `until` (a hold)."""

    person: str
    start: datetime
    until: datetime | None = None
    lane: int = 0

    def is_live(self, now: datetime) -> bool:
        return self.until is None or self.until > now

    def overlaps(self, person: str, start: datetime) -> bool:
        return self.person == person and abs(self.start - start) < HALF_HOUR


@dataclass
class ModelVisit:
    place: Kept
    status: str = "booked"
    changes: list[tuple[str, Kept, str, datetime]] = field(default_factory=list)
    undo: Kept | None = None


class Calendar(RuleBasedStateMachine):
    desk: Desk  # set per database by the test

    def __init__(self) -> None:
        super().__init__()
        self.holds: dict[str, tuple[Kept, int, Any]] = {}
        self.visits: dict[str, ModelVisit] = {}
        self.blocks: list[tuple[str, datetime]] = []

    @initialize()
    def begin(self) -> None:
        self.desk.clock.set(at(TUESDAY, 6))
        with self.desk.write() as session:
            for model in (Claim, Hold, Block):
                for row in session.query(model):
                    session.delete(row)
            for row in session.query(Appointment):
                row.status = "cancelled"

    # -- the oracle --------------------------------------------------------------------------

    @property
    def now(self) -> datetime:
        return self.desk.clock.now()

    def _everything(self) -> list[Kept]:
        kept = [hold for hold, _, _ in self.holds.values()]
        for visit in self.visits.values():
            if visit.status == "booked":
                kept.append(visit.place)
            if visit.undo:
                kept.append(visit.undo)
        return [one for one in kept if one.is_live(self.now)]

    def _judge(self, person: str, start: datetime, *own: Kept | None) -> str:
        if any(one == person and abs(at_ - start) < HALF_HOUR for one, at_ in self.blocks):
            return "blocked"
        mine = {id(one) for one in own}
        others = [one for one in self._everything() if id(one) not in mine]
        return TAKEN if any(one.overlaps(person, start) for one in others) else DONE

    def _run(self, expected: str, work: Any) -> Any:
        """Do it for real; the outcome must be as expected."""
        result, outcome = None, DONE
        try:
            result = work()
        except SchedulingError as error:
            outcome = KINDS.get(type(error).__name__, type(error).__name__)
        assert outcome == expected, f"the model says {expected}, the service says {outcome}"
        return result

    def _pick(self, things: dict[str, Any], pick: int) -> str:
        return sorted(things, key=list(things).index)[pick % len(things)]

    # -- what people do ----------------------------------------------------------------------

    @rule(person=people, start=starts)
    def book(self, person: str, start: datetime) -> None:
        slot = make_slot(start, practitioner=person)
        visit = self._run(self._judge(person, start), lambda: self.desk.book_as_staff(slot=slot))
        if visit:
            self.visits[visit.id] = ModelVisit(Kept(person, start))

    @rule(person=people, start=starts)
    def hold(self, person: str, start: datetime) -> None:
        handoff = make_handoff()
        slot = make_slot(start, practitioner=person)
        row = self._run(self._judge(person, start), lambda: self.desk.hold(slot, handoff=handoff))
        if row:
            kept = Kept(person, start, self.now + timedelta(minutes=10))
            self.holds[row.id] = (kept, 0, handoff)

    @precondition(lambda self: self.holds)
    @rule(pick=picks)
    def extend(self, pick: int) -> None:
        name = self._pick(self.holds, pick)
        kept, extensions, handoff = self.holds[name]
        expected = DONE if extensions < 3 else REFUSED
        if not kept.is_live(self.now):
            expected = GONE

        def work() -> None:
            with self.desk.write() as session:
                operations.extend_hold(session, self.desk.clinic, name, now=self.now)

        self._run(expected, work)
        if expected == DONE:
            kept.until = self.now + timedelta(minutes=10)
            self.holds[name] = (kept, extensions + 1, handoff)

    @precondition(lambda self: self.holds)
    @rule(pick=picks)
    def release(self, pick: int) -> None:
        name = self._pick(self.holds, pick)
        with self.desk.write() as session:
            operations.release_hold(session, self.desk.clinic, name)
        del self.holds[name]

    @precondition(lambda self: self.holds)
    @rule(pick=picks)
    def book_the_hold(self, pick: int) -> None:
        name = self._pick(self.holds, pick)
        kept, _, handoff = self.holds[name]
        expected = DONE if kept.is_live(self.now) else GONE
        if expected == DONE and self._judge(kept.person, kept.start, kept) == "blocked":
            expected = "blocked"
        visit = self._run(expected, lambda: self.desk.book(slot=None, hold=name, handoff=handoff))
        if visit:
            del self.holds[name]
            self.visits[visit.id] = ModelVisit(Kept(kept.person, kept.start))

    @rule(person=people, start=starts)
    def overbook(self, person: str, start: datetime) -> None:
        """The lowest lane in which nothing overlaps; there are two."""
        expected, lane = self._judge(person, start), 0
        if expected != "blocked":
            near = [one for one in self._everything() if one.overlaps(person, start)]
            used = {one.lane for one in near}
            free = [lane for lane in (0, 1) if lane not in used]
            expected, lane = (DONE, free[0]) if free else (TAKEN, 0)
        slot = make_slot(start, practitioner=person)
        visit = self._run(
            expected, lambda: self.desk.book_as_staff(slot=slot, overbook_reason="asked")
        )
        if visit:
            assert visit.lane == lane
            self.visits[visit.id] = ModelVisit(Kept(person, start, lane=lane))

    @precondition(lambda self: self.visits)
    @rule(pick=picks, person=people, start=starts)
    def move(self, pick: int, person: str, start: datetime) -> None:
        name = self._pick(self.visits, pick)
        visit = self.visits[name]
        place = visit.place
        if visit.status != "booked" or (place.person, place.start) == (person, start):
            expected = REFUSED
        else:
            expected = self._judge(person, start, place, visit.undo)
        row = reference(name)
        self._run(expected, lambda: self.desk.move(row, start, person))
        if expected == DONE:
            self._changed(visit, "moved", timedelta(seconds=90))
            visit.undo = Kept(place.person, place.start, self._soon(90), place.lane)
            visit.place = Kept(person, start)

    @precondition(lambda self: self.visits)
    @rule(pick=picks)
    def cancel(self, pick: int) -> None:
        name = self._pick(self.visits, pick)
        visit = self.visits[name]
        expected = DONE if visit.status == "booked" else REFUSED
        self._run(expected, lambda: self.desk.cancel(reference(name)))
        if expected == DONE:
            self._changed(visit, "cancelled", timedelta(seconds=90))
            place = visit.place
            visit.undo = Kept(place.person, place.start, self._soon(90), place.lane)
            visit.status = "cancelled"

    @precondition(lambda self: self.visits)
    @rule(pick=picks)
    def undo(self, pick: int) -> None:
        name = self._pick(self.visits, pick)
        visit = self.visits[name]
        expected = DONE
        if not visit.changes or visit.changes[-1][3] <= self.now:
            expected = REFUSED
        else:
            _, place, _, _ = visit.changes[-1]
            expected = self._judge_undo(visit, place)
        self._run(expected, lambda: self.desk.undo(reference(name)))
        if expected == DONE:
            _, visit.place, visit.status, _ = visit.changes.pop()
            visit.undo = None

    def _judge_undo(self, visit: ModelVisit, place: Kept) -> str:
        """What is still kept comes back whatever lies in other lanes; other time must be free in
        its own lane."""
        judged = self._judge(place.person, place.start)
        if judged == "blocked":
            return judged
        mine = {id(visit.place), id(visit.undo)}
        others = [one for one in self._everything() if id(one) not in mine]
        near = [one for one in others if one.overlaps(place.person, place.start)]
        return TAKEN if any(one.lane == place.lane for one in near) else DONE

    @rule(person=people, start=starts)
    def block(self, person: str, start: datetime) -> None:
        with self.desk.write() as session:
            row = Block(id=f"block-{len(self.blocks)}", practitioner_id=person, start=start)
            row.end, row.reason = start + HALF_HOUR, "meeting"
            session.add(row)
        self.blocks.append((person, start))

    @precondition(lambda self: self.blocks)
    @rule()
    def unblock(self) -> None:
        self.blocks.clear()
        with self.desk.write() as session:
            for row in session.query(Block):
                session.delete(row)

    @rule(seconds=st.sampled_from([20, 90, 600]))
    def wait(self, seconds: int) -> None:
        if self.now < at(TUESDAY, 8):
            self.desk.clock.advance(seconds=seconds)

    def _soon(self, seconds: int) -> datetime:
        return self.now + timedelta(seconds=seconds)

    def _changed(self, visit: ModelVisit, action: str, within: timedelta) -> None:
        visit.changes.append((action, visit.place, visit.status, self.now + within))

    # -- what always holds -------------------------------------------------------------------

    @invariant()
    def the_ledger_is_sound(self) -> None:
        assert self.desk.faults() == []

    @invariant()
    def the_service_has_what_the_model_has(self) -> None:
        stands = {row.id: row for row in self.desk.rows(Appointment)}
        for name, visit in self.visits.items():
            row, place = stands[name], visit.place
            assert (row.status, row.practitioner_id, row.start, row.lane) == (
                visit.status,
                place.person,
                place.start,
                place.lane,
            )


def reference(name: str) -> Any:
    return Appointment(id=name)


def test_the_service_does_what_a_naive_calendar_does(desk: Desk) -> None:
    bounded = settings(
        max_examples=EXAMPLES,
        stateful_step_count=STEPS,
        deadline=None,
        database=None,
        derandomize=True,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
    )
    machine = type("OneCalendar", (Calendar,), {"desk": desk})
    run_state_machine_as_test(machine, settings=bounded)


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_the_model_notices_a_service_that_books_twice(desk: Desk, monkeypatch: Any) -> None:
    """A negative control: a checker that cannot fail proves nothing."""
    monkeypatch.setattr(Calendar, "_judge", lambda self, person, start, *own: DONE)
    with pytest.raises(AssertionError):
        test_the_service_does_what_a_naive_calendar_does(desk)
