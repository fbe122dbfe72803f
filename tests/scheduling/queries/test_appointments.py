"""Finding visits: by day, by reference, by the link in a mail."""

import uuid
from datetime import date

import pytest

from services.scheduling import queries
from services.scheduling.domain import search
from services.scheduling.domain.errors import LinkInvalid, NoSuchAppointment
from services.scheduling.models import Appointment
from tests.scheduling.build import TUESDAY, at, days_after, make_patient, make_slot

WEDNESDAY = days_after(TUESDAY, 1)


@pytest.fixture
def visits(desk):
    """Three visits: two on Tuesday, one on Wednesday with somebody else."""
    other = {"email": None, "phone": "+15035550177", "may_leave_message": False}
    return [
        desk.book(),
        desk.book(slot=make_slot(at(TUESDAY, 8)), patient=make_patient("Bo", "Van Dyk")),
        desk.book(
            slot=make_slot(at(WEDNESDAY, 8), practitioner="elm"),
            patient=make_patient("Cy", "Ito"),
            contact=other,
        ),
    ]


def found(desk, q=None, **wanted):
    if q is not None:
        wanted["q"] = search.read(q, today=TUESDAY)
    with desk.read() as session:
        listed = queries.appointments(session, desk.service, **wanted)
    return [one.id for one in listed]


def test_a_day_is_listed_in_order_with_all_that_staff_see(desk, visits):
    with desk.read() as session:
        listed = queries.appointments(session, desk.service, first=TUESDAY, last=TUESDAY)
    assert [one.id for one in listed] == [visits[1].id, visits[0].id]
    assert listed[1].patient == {
        "id": visits[0].patient_id,
        "given_name": "Ann",
        "family_name": "O'Brien-Núñez",
        "date_of_birth": "1980-03-27",
    }
    assert listed[1].start.isoformat() == "2027-03-02T09:00:00-08:00"
    assert (listed[1].visit_type, listed[1].urgency) == ("NP", "ROUTINE")


FOUND = {
    "all": ({}, [1, 0, 2]),
    "from a day": ({"first": WEDNESDAY}, [2]),
    "to a day": ({"last": TUESDAY}, [1, 0]),
    "by practitioner": ({"practitioner": "elm"}, [2]),
    "by status": ({"status": "cancelled"}, []),
    "not by pattern": ({"q": "%"}, []),
}


def test_visits_are_found_by_day_practitioner_and_status(desk, visits):
    listed = {name: found(desk, **wanted) for name, (wanted, _) in FOUND.items()}
    expected = {name: [visits[n].id for n in numbers] for name, (_, numbers) in FOUND.items()}
    assert listed == expected


def test_a_visit_is_found_by_its_reference(desk, visits):
    assert found(desk, q=visits[2].reference.lower()) == [visits[2].id]


def test_a_visit_is_found_by_the_link_of_its_mail(desk, visits):
    token = desk.links.token(visits[0].id, 1)
    with desk.read() as session:
        one = queries.appointment_for_token(session, desk.service, token)
    assert one.id == visits[0].id
    assert one.manage_url.endswith(f"/scheduling/l/{token}")
    assert len(token) == 64


def test_no_other_link_opens_a_visit(desk, visits):
    good = desk.links.token(visits[0].id, 1)
    foreign = desk.links.token(visits[1].id, 1)
    wrong = [
        "",
        "A" * 64,
        "ä" * 64,
        good[:-1],
        good + "A",
        good[:21] + foreign[21:],
        desk.links.token(visits[0].id, 2),
        desk.links.token(str(uuid.uuid4()), 1),
    ]
    for token in wrong:
        with pytest.raises(LinkInvalid), desk.read() as session:
            queries.appointment_for_token(session, desk.service, token)


def test_a_revoked_link_opens_nothing(desk, visits):
    with desk.write() as session:
        session.get(Appointment, visits[0].id).link_generation = 2
    with pytest.raises(LinkInvalid), desk.read() as session:
        token = desk.links.token(visits[0].id, 1)
        queries.appointment_for_token(session, desk.service, token)


def test_an_unknown_visit_is_not_found(desk):
    with pytest.raises(NoSuchAppointment), desk.read() as session:
        queries.appointment(session, desk.service, "x" * 500)


def test_a_list_continues_behind_a_visit(desk, visits):
    first = visits[1]
    rest = found(desk, cursor=(int(first.start.timestamp()), first.id), first=date(2027, 1, 1))
    assert rest == [visits[0].id, visits[2].id]
