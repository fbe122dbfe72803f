"""Patients: families on one e-mail, near matches, searching, merging, corrected contacts."""

from datetime import date

import pytest
from sqlalchemy import delete

from services.scheduling import operations, queries
from services.scheduling.domain import errors, search
from services.scheduling.models import Appointment, AuditEntry, Patient, SearchKey, Task
from services.scheduling.operations import Actor, Change
from shared.sealing import reveal_row
from tests.scheduling.build import (
    TUESDAY,
    at,
    days_after,
    make_handoff,
    make_patient,
    make_slot,
    make_staff,
)

BORN = date(1980, 3, 4)
FAMILY = {"email": "family@example.com", "phone": "+15035550123", "may_leave_message": True}
OTHER = {"email": None, "phone": "+15035550177", "may_leave_message": False}


class People:
    """Short ways to the people of a desk."""

    def __init__(self, desk):
        self.desk = desk
        self.count = 0

    def book(self, given, family, born=BORN, contact=FAMILY):
        start = at(days_after(TUESDAY, self.count // 8), 8 + self.count % 8)
        self.count += 1
        return self.desk.book(
            slot=make_slot(start),
            handoff=make_handoff(date_of_birth=born),
            patient=make_patient(given, family),
            contact=contact,
        )

    def book_as_staff(self, given, family, born=BORN, contact=OTHER):
        start = at(days_after(TUESDAY, self.count // 8), 8 + self.count % 8)
        self.count += 1
        patient = make_patient(given, family, born)
        return self.desk.book_as_staff(slot=make_slot(start), patient=patient, contact=contact)

    def find(self, text):
        with self.desk.read() as session:
            asked = search.read(text, today=TUESDAY)
            return queries.find_patients(session, asked)

    def merge(self, one, other):
        with self.desk.write() as session:
            now = self.desk.clock.now()
            return operations.merge_patients(session, one, other, member=make_staff(), now=now)

    def undo(self, merge):
        with self.desk.write() as session:
            now = self.desk.clock.now()
            return operations.undo_merge(session, merge.id, member=make_staff(), now=now)

    def visits(self, patient_id):
        rows = self.desk.rows(Appointment)
        return {row.id for row in rows if row.patient_id == patient_id}

    def correct(self, visit, told, *, others=False):
        actor, now = Actor.of(make_staff()), self.desk.clock.now()
        change = Change(visit=visit.id, actor=actor, now=now)
        with self.desk.write() as session:
            service = self.desk.service
            return operations.change_contact(session, service, change, told, others=others)

    def opened(self, visit):
        with self.desk.read() as session:
            return queries.appointment(session, self.desk.service, visit.id)

    def questions(self):
        return [
            {task.patient_id, task.other_patient_id}
            for task in self.desk.rows(Task)
            if task.kind == "match"
        ]


@pytest.fixture
def people(desk):
    return People(desk)


# -- families ----------------------------------------------------------------------------------


def test_a_family_shares_one_email_and_nobody_is_overwritten(desk, people):
    ann = people.book("Ann", "O'Brien-Núñez")
    bea = people.book("Bea", "O'Brien-Núñez", date(2015, 6, 7))
    cy = people.book("Cy", "O'Brien-Núñez", date(1979, 1, 2))
    assert len({ann.patient_id, bea.patient_id, cy.patient_id}) == 3
    assert people.questions() == []
    again = people.book("ANN", "O’Brien-Núñez")
    assert again.patient_id == ann.patient_id
    with desk.read() as session:
        kept = reveal_row(session, session.get_one(Patient, ann.patient_id))
    assert kept == {
        "given_name": "Ann",
        "family_name": "O'Brien-Núñez",
        "date_of_birth": "1980-03-04",
    }


def test_what_is_alike_becomes_a_question_for_the_desk_once(people):
    ann = people.book("Ann", "Smith")
    annie = people.book("Annie", "Smith", contact=OTHER)
    people.book("Annie", "Smith", contact=OTHER)
    assert annie.patient_id != ann.patient_id
    assert people.questions() == [{ann.patient_id, annie.patient_id}]


ALIKE = {
    "names in each other's field": ("Smith", "Ann", BORN, OTHER),
    "day and month turned": ("Ann", "Smith", date(1980, 4, 3), OTHER),
    "same e-mail, another name": ("Ann", "Jones", BORN, FAMILY),
}


@pytest.mark.parametrize("case", ALIKE)
@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_slips_of_the_form_are_noticed(people, case):
    people.book("Ann", "Smith")
    people.book(*ALIKE[case])
    assert len(people.questions()) == 1


# -- searching ---------------------------------------------------------------------------------

FOUND = {  # typed, names that are found
    "o'brien": {"Ann"},
    "nun": {"Ann"},
    "obrien 3/4/1980": {"Ann"},
    "obrien 3/4/1981": set(),
    "smith": {"Bob", "Cy"},
    "smith bob": {"Bob"},
    "cy": set(),  # a given name alone: too many share it
    "3/4/80": {"Ann"},
    "June 7, 1990": {"Bob"},
    "0123": {"Ann"},
    "(503) 555-0177": {"Bob", "Cy"},
    "smithers": set(),
    "%": set(),
}


@pytest.mark.parametrize("database_kind", ["sqlite", "postgresql"])
def test_people_are_found_by_what_the_desk_types(desk, people):
    people.book("Ann", "O'Brien-Núñez")
    people.book("Bob", "Smith", date(1990, 6, 7), OTHER)
    people.book("Cy", "Smithson", date(1991, 6, 7), OTHER)

    def names(ids):
        with desk.read() as session:
            rows = [session.get_one(Patient, one) for one in ids]
            return {reveal_row(session, row)["given_name"] for row in rows}

    assert {text: names(people.find(text)) for text in FOUND} == FOUND


def test_nothing_readable_is_kept_to_search_by(desk, people):
    people.book("Ann", "O'Brien-Núñez")
    keys = [row.key for row in desk.rows(SearchKey)]
    assert keys
    assert all(len(key) == 32 and set(key) <= set("0123456789abcdef") for key in keys)


def test_records_from_before_the_keys_are_made_findable(desk, people):
    visit = people.book("Ann", "O'Brien-Núñez")
    with desk.write() as session:
        session.execute(delete(SearchKey))
    assert people.find("obrien") == []
    with desk.write() as session:
        assert operations.index_forgotten_patients(session) == 1
    assert people.find("obrien") == people.find("0123") == [visit.patient_id]
    with desk.write() as session:
        assert operations.index_forgotten_patients(session) == 0


# -- merging -----------------------------------------------------------------------------------


def test_a_merge_moves_the_visits_and_its_undo_moves_them_back(people):
    ann, annie = people.book("Ann", "Smith"), people.book("Annie", "Smith")
    merge = people.merge(ann.patient_id, annie.patient_id)
    assert people.visits(ann.patient_id) == {ann.id, annie.id}
    assert people.find("smith") == [ann.patient_id]
    later = people.book("Annie", "Smith")  # the old name leads to the record that stayed
    assert later.patient_id == ann.patient_id
    people.undo(merge)
    people.undo(merge)
    assert people.visits(annie.patient_id) == {annie.id}
    assert people.visits(ann.patient_id) == {ann.id, later.id}


def test_a_merge_answers_the_desks_question(desk, people):
    ann, annie = people.book("Ann", "Smith"), people.book("Annie", "Smith")
    people.merge(ann.patient_id, annie.patient_id)
    assert [(task.state, task.outcome) for task in desk.rows(Task)] == [("resolved", "merged")]


def test_merges_are_undone_last_first(people):
    one, two = people.book("A", "Smith"), people.book("B", "Smith")
    three = people.book("C", "Smith")
    first = people.merge(two.patient_id, one.patient_id)
    second = people.merge(three.patient_id, two.patient_id)
    with pytest.raises(errors.MergeNotLast):
        people.undo(first)
    people.undo(second)
    people.undo(first)
    for visit in (one, two, three):
        assert people.visits(visit.patient_id) == {visit.id}


def test_what_cannot_be_merged_is_refused(people):
    ann, bob = people.book("Ann", "Smith"), people.book("Bob", "Jones")
    with pytest.raises(errors.SamePatient):
        people.merge(ann.patient_id, ann.patient_id)
    with pytest.raises(errors.NoSuchPatient):
        people.merge(ann.patient_id, "nobody")
    people.merge(ann.patient_id, bob.patient_id)
    with pytest.raises(errors.MergedAlready):
        people.merge(bob.patient_id, ann.patient_id)


# -- corrected contacts ------------------------------------------------------------------------


def test_a_corrected_contact_is_one_version_more_and_told(desk, people):
    visit = people.book("Ann", "Smith")
    assert people.correct(visit, {"email": "new@example.com", "language": "es"}) == []
    opened = people.opened(visit)
    assert (opened.contact["email"], opened.language) == ("new@example.com", "es")
    assert (opened.contact["phone"], opened.version) == (FAMILY["phone"], 2)
    people.correct(visit, {"email": "new@example.com"})
    assert people.opened(visit).version == 2  # the same again is no change
    assert "contact" in {row.action for row in desk.rows(AuditEntry)}


def test_the_other_coming_visits_follow_when_the_desk_says_so(people):
    first, second = people.book("Ann", "Smith"), people.book("Ann", "Smith")
    assert people.correct(first, {"email": None}) == [second.id]
    assert people.opened(second).contact["email"] == FAMILY["email"]
    assert people.correct(first, {"email": None}, others=True) == []
    assert people.opened(second).contact["email"] is None
    assert people.opened(second).version == 2


def test_a_wrong_number_finds_nobody_any_more(people):
    visit = people.book("Ann", "Smith")
    people.correct(visit, {"phone": "+15035550188"})
    assert people.find("0123") == []
    assert people.find("0188") == [visit.patient_id]
