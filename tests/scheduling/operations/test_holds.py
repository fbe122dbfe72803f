"""Holds: ten minutes, one per visitor, taken over when expired, three times extended."""

from datetime import timedelta

import pytest

from services.scheduling import operations
from services.scheduling.domain.errors import HoldExpired, HoldNotExtendable, NotBookable, SlotTaken
from services.scheduling.models import Claim, Hold
from tests.scheduling.build import TUESDAY, at, make_handoff, make_slot


def extend(desk, hold):
    with desk.write() as session:
        return operations.extend_hold(session, desk.clinic, hold.id, now=desk.clock.now())


def release(desk, hold_id):
    with desk.write() as session:
        operations.release_hold(session, desk.clinic, hold_id)


def test_a_held_time_is_kept_from_everybody_else_for_ten_minutes(desk):
    hold = desk.hold()
    assert hold.expires_at == desk.clock.now() + timedelta(minutes=10)
    with pytest.raises(SlotTaken):
        desk.hold(make_slot(at(TUESDAY, 9, 15)))
    assert desk.faults() == []


def test_an_expired_hold_is_taken_over_without_a_sweeper(desk):
    desk.hold()
    desk.clock.advance(minutes=10)
    visit = desk.book(slot=make_slot(at(TUESDAY, 9, 15)))
    owners = {claim.appointment_id for claim in desk.rows(Claim)}
    assert owners == {visit.id, None}  # the first quarter still has its expired claims
    assert desk.faults() == []


def test_a_new_hold_releases_the_visitors_older_one(desk):
    handoff = make_handoff()
    older = desk.hold(handoff=handoff)
    newer = desk.hold(make_slot(at(TUESDAY, 13), practitioner="elm"), handoff=handoff)
    assert [hold.id for hold in desk.rows(Hold)] == [newer.id] != [older.id]
    assert {claim.resource for claim in desk.rows(Claim)} == {"elm"}
    desk.book()


def test_a_visitor_may_move_a_hold_by_less_than_its_length(desk):
    handoff = make_handoff()
    desk.hold(handoff=handoff)
    desk.hold(make_slot(at(TUESDAY, 9, 15)), handoff=handoff)
    assert len(desk.rows(Claim)) == 6
    assert desk.faults() == []


def test_a_lost_race_keeps_the_older_hold(desk):
    desk.book(slot=make_slot(at(TUESDAY, 13)))
    handoff = make_handoff()
    hold = desk.hold(handoff=handoff)
    with pytest.raises(SlotTaken):
        desk.hold(make_slot(at(TUESDAY, 13)), handoff=handoff)
    assert [row.id for row in desk.rows(Hold)] == [hold.id]
    assert desk.faults() == []


def test_what_cannot_be_booked_cannot_be_held(desk):
    with pytest.raises(NotBookable):
        desk.hold(make_slot(at(TUESDAY, 16, 15)))


def test_a_hold_is_extended_three_times_from_the_moment_of_asking(desk):
    hold = desk.hold()
    for _ in range(3):
        desk.clock.advance(minutes=9)
        assert extend(desk, hold).expires_at == desk.clock.now() + timedelta(minutes=10)
    assert {claim.expires_at for claim in desk.rows(Claim)} == {
        desk.clock.now() + timedelta(minutes=10)
    }
    with pytest.raises(HoldNotExtendable):
        extend(desk, hold)


def test_an_expired_or_unknown_hold_is_not_extended(desk):
    hold = desk.hold()
    desk.clock.advance(minutes=10)
    with pytest.raises(HoldExpired):
        extend(desk, hold)
    hold.id = "unknown"
    with pytest.raises(HoldExpired):
        extend(desk, hold)


def test_a_released_hold_frees_its_time_and_may_be_released_again(desk):
    hold = desk.hold()
    release(desk, hold.id)
    release(desk, hold.id)
    assert desk.rows(Claim) == []
    desk.book()
