"""Booking: what one commit holds, and every reason to refuse."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from services.scheduling.domain.errors import (
    BookingStopped,
    ConsentRequired,
    DateOfBirthInvalid,
    DateOfBirthMismatch,
    EmailConsentRequired,
    HandoffRequired,
    HandoffUsed,
    HoldExpired,
    NotBookable,
    NotOnline,
    SlotTaken,
    UnknownPractitioner,
    UnknownVisitType,
    VisitTypeMismatch,
)
from services.scheduling.models import (
    Appointment,
    AuditEntry,
    Block,
    Claim,
    Hold,
    Patient,
    ResourceDay,
)
from shared.events import codec
from shared.sealing import reveal_row
from shared.tables import outbox
from tests.scheduling.build import TUESDAY, at, days_after, make_handoff, make_patient, make_slot


def events_of(desk):
    keyring = desk.service.secrets.keyring("events")
    with desk.read() as session:
        bodies = session.scalars(select(outbox.c.body)).all()
    return [codec.decode(body, keyring=keyring).event for body in bodies]


def test_a_visit_its_claims_its_audit_row_and_its_event_are_one_commit(desk):
    handoff = make_handoff()
    visit = desk.book(handoff=handoff)
    assert (visit.status, visit.version, visit.safety_check) == ("booked", 1, "done")
    assert len(desk.rows(Claim)) == 6
    assert [entry.action for entry in desk.rows(AuditEntry)] == ["booked"]
    [event] = events_of(desk)
    assert event.appointment == visit.id
    assert event.submission == handoff.submission
    assert event.patient == visit.patient_id
    assert (event.start, event.end) == (at(TUESDAY, 9), at(TUESDAY, 9, 30))
    assert (event.given_name, event.email, event.practitioner) == (
        "Ann",
        "ann@example.com",
        "Dr. Demo Alder",
    )
    assert event.manage_url == desk.links.manage_url(visit.id, 1)
    assert (event.booked_by, event.notify, event.urgency) == ("patient", True, "ROUTINE")
    assert desk.faults() == []


def test_a_refused_booking_leaves_nothing_behind(desk):
    desk.book()
    before = (len(desk.rows(Patient)), desk.rows(ResourceDay)[0].version)
    with pytest.raises(SlotTaken):
        desk.book(patient=make_patient("Bo", "Other"))
    assert (len(desk.rows(Patient)), desk.rows(ResourceDay)[0].version) == before
    assert len(desk.rows(Claim)) == 6
    assert len(events_of(desk)) == 1


def test_names_and_contacts_are_sealed(desk):
    visit = desk.book()
    [patient] = desk.rows(Patient)
    for row in (visit, patient):
        assert b"ann@example.com" not in row.sealed
        assert b"Brien" not in row.sealed
    with desk.read() as session:
        assert reveal_row(session, patient)["family_name"] == "O'Brien-Núñez"
        assert reveal_row(session, visit)["contact"]["phone"] == "+15035550123"


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        pytest.param({"handoff": None}, HandoffRequired, id="no safety check"),
        pytest.param({"consents": {}}, ConsentRequired, id="privacy notice not read"),
        pytest.param(
            {"consents": {"privacy_notice": True}}, EmailConsentRequired, id="no mail wanted"
        ),
        pytest.param(
            {"patient": make_patient(born=date(1981, 3, 27))},
            DateOfBirthMismatch,
            id="another birth date",
        ),
        pytest.param(
            {"handoff": make_handoff(urgency="EMERGENCY")}, BookingStopped, id="emergency"
        ),
        pytest.param({"handoff": make_handoff(urgency="SAME_DAY")}, BookingStopped, id="today"),
        pytest.param(
            {"handoff": make_handoff(visit_type="FU")}, VisitTypeMismatch, id="another type"
        ),
        pytest.param(
            {"slot": make_slot(visit_type="WC"), "handoff": make_handoff(visit_type="WC")},
            NotOnline,
            id="a type booked by staff",
        ),
        pytest.param({"slot": make_slot(visit_type="XX")}, UnknownVisitType, id="no such type"),
        pytest.param({"slot": make_slot(practitioner="nobody")}, UnknownPractitioner, id="nobody"),
        pytest.param({"slot": None, "hold": "unknown"}, HoldExpired, id="no such hold"),
    ],
)
@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_a_patients_booking_is_refused(desk, changes, refusal):
    with pytest.raises(refusal):
        desk.book(**changes)
    assert desk.rows(Appointment) == []


@pytest.mark.parametrize(
    ("slot", "reasons"),
    [
        pytest.param(make_slot(at(TUESDAY, 16, 15)), ["AFTER_CLOSE"], id="too late"),
        pytest.param(make_slot(at(TUESDAY, 9, 5)), ["NOT_ALIGNED"], id="off the grid"),
        pytest.param(make_slot(at(date(2027, 3, 6), 9)), ["WEEKEND"], id="Saturday"),
        pytest.param(make_slot(at(date(2027, 5, 31), 9)), ["HOLIDAY"], id="a holiday"),
        pytest.param(make_slot(at(date(2027, 3, 1), 11)), ["TOO_SOON"], id="in an hour"),
        pytest.param(make_slot(at(TUESDAY, 12), practitioner="birch"), ["NOT_WORKING"], id="lunch"),
    ],
)
@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_a_time_that_is_not_offered_is_refused_with_the_engines_reasons(desk, slot, reasons):
    with pytest.raises(NotBookable) as refusal:
        desk.book(slot=slot)
    assert list(refusal.value.reasons) == reasons


def test_a_block_refuses_whatever_was_offered_before(desk):
    with desk.write() as session:
        session.add(Block(id="b", start=at(TUESDAY, 9, 15), end=at(TUESDAY, 12), reason="Repairs"))
    with pytest.raises(NotBookable) as refusal:
        desk.book()
    assert list(refusal.value.reasons) == ["BLOCKED"]


def test_an_urgent_patient_takes_only_times_that_end_by_the_latest_day(desk):
    handoff = make_handoff(
        urgency="URGENT_2BD", visit_type="URG", latest_day=days_after(TUESDAY, 1)
    )
    late = make_slot(at(days_after(TUESDAY, 2), 9), visit_type="URG")
    with pytest.raises(NotBookable) as refusal:
        desk.book(slot=late, handoff=handoff)
    assert list(refusal.value.reasons) == ["TOO_FAR"]
    in_time = make_slot(at(days_after(TUESDAY, 1), 16), visit_type="URG")
    assert desk.book(slot=in_time, handoff=handoff).status == "booked"


def test_a_safety_check_serves_one_booking(desk):
    handoff = make_handoff()
    desk.book(handoff=handoff)
    with pytest.raises(HandoffUsed):
        desk.book(handoff=handoff, slot=make_slot(at(TUESDAY, 13)))
    with pytest.raises(HandoffUsed):
        desk.hold(make_slot(at(TUESDAY, 13)), handoff=handoff)


def test_the_same_person_is_one_patient_and_nothing_on_record_is_overwritten(desk):
    first = desk.book()
    again = desk.book(
        slot=make_slot(at(TUESDAY, 10)),
        patient=make_patient("ANN ", "o’brien‐núñez"),
        contact={"email": None, "phone": "+15035550199", "may_leave_message": False},
    )
    other = desk.book(
        slot=make_slot(at(TUESDAY, 11)), handoff=make_handoff(date_of_birth=date(2001, 1, 1))
    )
    assert first.patient_id == again.patient_id != other.patient_id
    with desk.read() as session:
        patient = session.get(Patient, first.patient_id)
        assert reveal_row(session, patient)["given_name"] == "Ann"


def test_a_patient_without_email_is_booked_like_any_other(desk):
    contact = {"email": None, "phone": "+15035550123", "may_leave_message": True}
    desk.book(contact=contact, consents={"privacy_notice": True})
    [event] = events_of(desk)
    assert event.email is None


# -- holds -------------------------------------------------------------------------------------


def test_a_hold_becomes_the_visit(desk):
    handoff = make_handoff()
    hold = desk.hold(handoff=handoff)
    visit = desk.book(slot=None, hold=hold.id, handoff=handoff)
    assert visit.start == hold.start
    assert desk.rows(Hold) == []
    assert {claim.appointment_id for claim in desk.rows(Claim)} == {visit.id}
    assert desk.faults() == []


def test_a_held_time_is_booked_as_promised_though_it_became_too_soon(desk):
    handoff = make_handoff()
    hold = desk.hold(make_slot(at(date(2027, 3, 1), 12)), handoff=handoff)  # two hours ahead
    desk.clock.advance(minutes=9)
    assert desk.book(slot=None, hold=hold.id, handoff=handoff).start == hold.start


def test_an_expired_hold_books_nothing(desk):
    handoff = make_handoff()
    hold = desk.hold(handoff=handoff)
    desk.clock.advance(minutes=10)
    with pytest.raises(HoldExpired):
        desk.book(slot=None, hold=hold.id, handoff=handoff)


def test_a_hold_serves_its_own_visitor_only(desk):
    hold = desk.hold()
    with pytest.raises(HoldExpired):
        desk.book(slot=None, hold=hold.id)
    with pytest.raises(SlotTaken):
        desk.book()


def test_a_visitor_who_books_another_time_gives_the_held_one_back(desk):
    handoff = make_handoff()
    desk.hold(handoff=handoff)
    desk.book(handoff=handoff, slot=make_slot(at(TUESDAY, 9, 15)))
    assert desk.rows(Hold) == []
    assert desk.faults() == []
    assert len(desk.rows(Claim)) == 6


# -- the desk ----------------------------------------------------------------------------------


def test_the_desk_books_without_a_safety_check_and_is_not_bound_by_notice(desk):
    start = at(date(2027, 3, 1), 10)
    visit = desk.book_as_staff(slot=make_slot(start, visit_type="WC"))
    assert (visit.safety_check, visit.booked_by) == ("not_done", "staff")
    [event] = events_of(desk)
    assert event.submission == visit.submission_id
    assert (event.safety_check, event.urgency) == ("not_done", "UNKNOWN")


@pytest.mark.parametrize(
    "born",
    [
        pytest.param(None, id="missing"),
        pytest.param(date(2027, 3, 2), id="tomorrow"),
        pytest.param(date(1900, 1, 1), id="more than 120 years ago"),
    ],
)
@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_the_desk_must_give_a_possible_birth_date(desk, born):
    with pytest.raises(DateOfBirthInvalid):
        desk.book_as_staff(patient=make_patient(born=born))


def test_an_overbooking_takes_the_next_lane_up_to_the_limit_and_leaves_a_reason(desk):
    desk.book()
    with pytest.raises(SlotTaken):
        desk.book_as_staff()
    second = desk.book_as_staff(overbook_reason="Doctor asked")
    assert second.lane == 1
    with pytest.raises(SlotTaken):
        desk.book_as_staff(overbook_reason="And one more")
    assert desk.faults() == []
    [entry] = [row for row in desk.rows(AuditEntry) if row.action == "overbooked"]
    with desk.read() as session:
        assert reveal_row(session, entry) == {"reason": "Doctor asked"}


def test_an_overbooking_of_a_free_time_is_an_ordinary_booking(desk):
    assert desk.book_as_staff(overbook_reason="To be sure").lane == 0
    assert [entry.action for entry in desk.rows(AuditEntry)] == ["booked"]


def test_an_overbooking_stays_inside_the_clinics_hours(desk):
    with pytest.raises(NotBookable):
        desk.book_as_staff(slot=make_slot(at(TUESDAY, 16, 15)), overbook_reason="Late one")


def test_an_overbooking_ignores_claims_but_no_other_reason(desk):
    desk.book()
    with pytest.raises(NotBookable) as refusal:  # Dr. Alder does not give this kind
        desk.book_as_staff(slot=make_slot(visit_type="CST"), overbook_reason="Please")
    assert list(refusal.value.reasons) == ["NOT_OFFERED"]


def test_an_overbooked_hold_can_still_be_booked_by_its_holder(desk):
    handoff = make_handoff()
    hold = desk.hold(handoff=handoff)
    assert desk.book_as_staff(overbook_reason="Emergency").lane == 1
    assert desk.book(slot=None, hold=hold.id, handoff=handoff).lane == 0
    assert desk.faults() == []


def test_an_overbooked_time_is_not_free_for_anybody_else(desk):
    desk.book()
    desk.book_as_staff(overbook_reason="Doctor asked")
    starts = [slot.start for slot in desk.slots(TUESDAY, practitioner="alder")]
    assert not [start for start in starts if abs(start - at(TUESDAY, 9)) < timedelta(minutes=30)]
