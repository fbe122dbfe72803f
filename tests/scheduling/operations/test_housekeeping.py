"""Seeding that may be repeated, and pruning that changes no answer."""

from dataclasses import replace
from datetime import date

from services.scheduling import operations, queries
from services.scheduling.jobs import prune
from services.scheduling.models import Claim, Hold, Practitioner
from tests.scheduling.build import TUESDAY, at, make_slot


def seed(desk, **changes):
    raw = {**desk.clinic.raw, **changes}
    with desk.write() as session:
        return operations.seed_practitioners(session, replace(desk.clinic, raw=raw))


def test_seeding_twice_changes_nothing(desk):
    before = [(row.id, row.name, row.hours, row.visit_types) for row in desk.rows(Practitioner)]
    assert seed(desk) == 5
    assert [
        (row.id, row.name, row.hours, row.visit_types) for row in desk.rows(Practitioner)
    ] == before


def test_seeding_updates_adds_and_retires(desk):
    alder, birch, *_ = desk.clinic.raw["practitioners"]
    changed = {**alder, "name": "Dr. Demo Ash", "visit_types": ["FU", "CST"]}
    seed(desk, practitioners=[changed, {**birch, "id": "beech"}])
    with desk.read() as session:
        assert [row.id for row in queries.practitioners(session)] == ["alder", "beech"]
        assert session.get(Practitioner, "alder").visit_types == ["FU", "CST"]
        assert session.get(Practitioner, "alder").name == "Dr. Demo Ash"


def test_pruning_keeps_what_still_decides(desk):
    desk.book(slot=make_slot(at(TUESDAY, 9)))
    desk.hold(make_slot(at(TUESDAY, 13)))
    prune(desk.service)
    assert len(desk.rows(Claim)) == 12
    desk.clock.advance(hours=2)
    prune(desk.service)
    assert desk.rows(Hold) == []
    assert len(desk.rows(Claim)) == 6
    desk.clock.set(at(date(2027, 3, 5), 9))
    prune(desk.service)
    assert desk.rows(Claim) == []
    assert desk.faults() == []
