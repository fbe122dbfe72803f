"""Changing a visit over JSON: preconditions, transitions, what comes back."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import event
from sqlalchemy.exc import OperationalError

from services.scheduling import operations
from services.scheduling.models import Appointment
from shared.settings import ROOT
from tests.scheduling.build import TUESDAY, Desk, at, days_after, make_slot
from tests.scheduling.test_api import CONTACT, Caller, new_key, problem

on_sqlite = pytest.mark.parametrize("database_kind", ["sqlite"])
TODAY = days_after(TUESDAY, -1)


@pytest.fixture
def api(desk, client):
    return Changer(desk, client)


class Changer(Caller):
    def change(self, visit, verb, body=None, *, version=1, staff="front_desk"):
        seen = {} if version is None else {"If-Match": f'"{version}"'}
        headers = self._staff(staff) | seen
        path = f"/scheduling/api/v1/appointments/{visit.id}/{verb}"
        return self.client.post(path, json=body, headers=headers)

    def visit(self, visit):
        return self.get(f"/appointments/{visit.id}", staff="front_desk")


@pytest.fixture
def visit(desk):
    """At 11:00 today; it is 10:00."""
    return desk.book_as_staff(slot=make_slot(at(TODAY, 11)))


def test_the_day_of_a_visit_by_the_api(api, visit):
    steps = [("arrive", None), ("room", {"room": "Room 3"}), ("complete", {}), ("undo", {})]
    statuses = ["arrived", "checked-in", "fulfilled", "checked-in"]
    for version, ((verb, body), status) in enumerate(zip(steps, statuses, strict=True), start=1):
        answer = api.change(visit, verb, body, version=version)
        assert answer.status_code == 200, answer.json
        assert answer.json["status"] == status
        assert answer.json["version"] == version + 1
        assert answer.headers["ETag"] == f'"{version + 1}"'
    assert answer.json["room"] == "Room 3"
    assert answer.json == api.visit(visit).json


@on_sqlite
@pytest.mark.parametrize("role", ["front_desk", "clinician", "admin"])
def test_every_role_of_staff_may_change_visits(api, visit, role):
    assert api.change(visit, "arrive", staff=role).status_code == 200


VERBS = ["move", "arrive", "room", "complete", "no-show", "cancel", "undo", "enter-in-error"]


@on_sqlite
@pytest.mark.parametrize("verb", VERBS)
def test_a_change_needs_staff_and_the_version_that_was_seen(api, visit, verb):
    body = {"start": at(TODAY, 14).isoformat()} if verb == "move" else None
    assert problem(api.change(visit, verb, body, staff=None)) == (401, "sign_in_required")
    assert problem(api.change(visit, verb, body, version=None)) == (428, "if_match_required")
    stale = api.change(visit, verb, body, version=2)
    assert problem(stale) == (412, "stale_version")
    assert stale.json["version"] == 1
    visit.id = "nothing"
    assert problem(api.change(visit, verb, body)) == (404, "no_such_appointment")


@on_sqlite
@pytest.mark.parametrize(
    ("tag", "status"),
    [
        pytest.param('"1"', 200, id="the ETag"),
        pytest.param("1", 200, id="without quotes"),
        pytest.param('"7", "1"', 200, id="one of several"),
        pytest.param("*", 200, id="any"),
        pytest.param('W/"1"', 412, id="weak"),
        pytest.param('"one"', 412, id="no number"),
        pytest.param('"²"', 412, id="a digit that is no number"),
        pytest.param('"' + "9" * 40 + '"', 412, id="a huge number"),
        pytest.param(" ", 428, id="empty"),
    ],
)
def test_how_a_version_is_named(api, visit, tag, status):
    headers = api._staff("front_desk") | {"If-Match": tag}
    path = f"/scheduling/api/v1/appointments/{visit.id}/arrive"
    assert api.client.post(path, headers=headers).status_code == status


@on_sqlite
def test_who_is_second_hears_when_the_visit_changed(api, visit):
    api.change(visit, "arrive")
    api.desk.clock.advance(minutes=3)
    late = api.change(visit, "cancel", {"by": "patient"})
    assert problem(late) == (412, "stale_version")
    assert late.json["version"] == 2
    assert late.json["detail"].startswith("Somebody changed this visit 3 minutes ago.")


@on_sqlite
def test_an_illegal_step_says_why(api, visit):
    refused = api.change(visit, "complete")
    assert problem(refused) == (409, "transition_refused")
    assert refused.json["detail"] == "This visit is booked; it cannot be done now."
    refused = api.change(visit, "no-show")
    assert "15 minutes after its start" in refused.json["detail"]


def test_a_move_answers_with_the_visit_at_its_new_time(api, visit):
    body = {"start": "2027-03-02T09:15:00-08:00", "practitioner": "birch", "notify": False}
    moved = api.change(visit, "move", body)
    assert moved.status_code == 200
    assert moved.json["start"] == "2027-03-02T09:15:00-08:00"
    assert moved.json["practitioner"] == {"id": "birch", "name": "Dr. Demo Birch"}
    assert (moved.json["id"], moved.json["version"]) == (visit.id, 2)
    assert moved.json["reference"] == visit.reference


def test_a_move_to_a_taken_time_offers_others(api, visit):
    api.desk.book_as_staff(slot=make_slot(at(TODAY, 14)))
    lost = api.change(visit, "move", {"start": "2027-03-01T14:15:00-08:00"})
    assert problem(lost) == (409, "slot_taken")
    assert len(lost.json["alternatives"]) == 3
    assert api.visit(visit).json["version"] == 1


@on_sqlite
@pytest.mark.parametrize(
    ("body", "answer"),
    [
        pytest.param({}, (422, "invalid"), id="no start"),
        pytest.param({"start": "2027-03-02T09:15:00"}, (422, "not_bookable"), id="naive"),
        pytest.param({"start": "soon"}, (422, "not_bookable"), id="no time"),
        pytest.param({"start": 5}, (422, "invalid"), id="a number"),
        pytest.param({"start": "2027-03-02T16:15:00-08:00"}, (422, "not_bookable"), id="late"),
        pytest.param(
            {"start": "2027-03-02T09:15:00-08:00", "practitioner": "nobody"},
            (404, "unknown_practitioner"),
            id="nobody",
        ),
        pytest.param(
            {"start": "2027-03-02T09:15:00-08:00", "notify": 1}, (422, "invalid"), id="notify 1"
        ),
        pytest.param(
            {"start": "2027-03-02T09:15:00-08:00", "colour": "red"},
            (422, "invalid"),
            id="an unknown field",
        ),
    ],
)
def test_what_a_move_refuses(api, visit, body, answer):
    assert problem(api.change(visit, "move", body)) == answer


@on_sqlite
@pytest.mark.parametrize(
    "body",
    [
        {"by": "nobody"},
        {"reason": ""},
        {"reason": "x" * 201},
        {"reason": 5},
        {"notify": "yes"},
        [],
        "x",
    ],
)
def test_what_a_cancellation_refuses(api, visit, body):
    assert problem(api.change(visit, "cancel", body))[0] == 422


def test_a_cancellation_is_undone_within_90_seconds(api, visit):
    body = {"reason": "has a fever", "by": "patient"}
    assert api.change(visit, "cancel", body).json["status"] == "cancelled"
    api.desk.clock.advance(seconds=89)
    assert api.change(visit, "undo", version=2).json["status"] == "booked"
    api.change(visit, "cancel", body, version=3)
    api.desk.clock.advance(seconds=90)
    assert problem(api.change(visit, "undo", version=4)) == (409, "transition_refused")


@on_sqlite
def test_the_history_tells_what_was_done(api, visit):
    api.change(visit, "move", {"start": "2027-03-02T09:15:00-08:00"})
    api.change(visit, "undo", version=2)
    path = f"/appointments/{visit.id}/history"
    items = api.get(path, staff="clinician").json["items"]
    assert [(item["version"], item["action"]) for item in items] == [
        (1, "booked"),
        (2, "moved"),
        (3, "undone"),
    ]
    assert items[0]["before"] is None
    assert items[1]["before"]["start"] == "2027-03-01T11:00:00-08:00"
    assert items[1]["undo_until"] == "2027-03-01T10:01:30-08:00"
    assert problem(api.get(path)) == (401, "sign_in_required")
    assert problem(api.get("/appointments/x/history", staff="admin"))[0] == 404


@on_sqlite
def test_the_list_names_the_address_of_its_next_page(api, visit):
    api.desk.book_as_staff(slot=make_slot(at(TODAY, 14)))
    query = {"from": "2027-03-01", "to": "2027-03-01", "limit": 1}
    first = api.get("/appointments", staff="admin", **query)
    link = first.headers["Link"]
    assert link.endswith('>; rel="next"')
    address = link.split(">")[0].removeprefix("<http://localhost")
    second = api.client.get(address, headers=api._staff("admin"))
    assert [item["id"] for item in first.json["items"] + second.json["items"]] == [
        row.id for row in sorted(api.desk.rows(Appointment), key=lambda row: row.start)
    ]
    assert "Link" not in second.headers


@on_sqlite
def test_a_fourth_visit_of_a_patient_is_refused_with_the_phone(limited_desk, make_client):
    api = Changer(limited_desk, make_client(limited_desk.service))

    def book(hour):
        return api.book(slot=make_slot(at(TUESDAY, hour)).token())

    for hour in (8, 9, 10):
        assert book(hour).status_code == 201
    refused = book(11)
    assert problem(refused) == (429, "too_many_visits")
    assert int(refused.headers["Retry-After"]) > 0
    assert "503-224-8399" in refused.json["detail"]
    person = {"given_name": "Bo", "family_name": "Li", "date_of_birth": "1980-03-27"}
    other = api.book(slot=make_slot(at(TUESDAY, 11)).token(), patient=person)
    assert other.status_code == 201


@pytest.fixture
def strict(make_service, make_client, clock, tmp_path):
    """A clinic where one address may book twice an hour, and hold twice."""
    text = (ROOT / "shared" / "clinic.toml").read_text()
    for line in ("bookings_per_hour = 60", "holds_per_hour = 300"):
        assert line in text
        text = text.replace(line, f"{line.split()[0]} = 2")
    file = tmp_path / "clinic.toml"
    file.write_text(text)
    service = make_service("scheduling", CLINIC_FILE=str(file))
    with service.database.write() as session:
        operations.seed_practitioners(session, service.clinic)
    return Changer(Desk(service, clock), make_client(service))


@on_sqlite
def test_one_address_books_so_often_an_hour_and_staff_as_often_as_they_like(strict, clock):
    def hold(hour):
        slot = make_slot(at(TUESDAY, hour)).token()
        return strict.post("/holds", {"slot": slot, "handoff": strict.desk.handoff_token()})

    assert [hold(hour).status_code for hour in (8, 9, 10)] == [201, 201, 429]
    answers = [strict.book(slot=make_slot(at(TUESDAY, hour)).token()) for hour in (11, 12, 13)]
    assert [one.status_code for one in answers] == [201, 201, 429]
    assert int(answers[-1].headers["Retry-After"]) > 0
    by_staff = strict.book(slot=make_slot(at(TUESDAY, 14)).token(), staff="front_desk")
    assert by_staff.status_code == 201
    assert strict.desk.faults() == []
    clock.advance(hours=1)
    assert hold(15).status_code == 201


def test_of_two_who_press_at_once_with_the_same_etag_one_wins(api, visit):
    def press(verb):
        return api.change(visit, verb).status_code

    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(press, ("arrive", "cancel")))
    assert sorted(answers) == [200, 412]
    assert api.visit(visit).json["version"] == 2
    assert api.desk.faults() == []


@on_sqlite
def test_the_contact_of_a_visit_is_not_in_its_history(api):
    booked = api.book(key=new_key()).json
    path = f"/appointments/{booked['id']}/history"
    assert CONTACT["email"] not in api.get(path, staff="admin").text


@on_sqlite
def test_a_database_that_goes_away_while_others_are_looked_for_is_no_500(api, visit):
    """Found by the storm: a refusal that names alternatives reads the database itself."""
    api.desk.book_as_staff(slot=make_slot(at(TODAY, 14)))
    engine, is_lost = api.desk.service.database.engine, []

    @event.listens_for(engine, "rollback")
    def lose(connection):
        if connection.get_execution_options().get("writes"):
            is_lost.append(True)

    @event.listens_for(engine, "begin")
    def refuse(_connection):
        if is_lost:
            raise OperationalError("BEGIN", {}, Exception("gone"))

    lost = api.change(visit, "move", {"start": "2027-03-01T14:15:00-08:00"})
    assert is_lost
    assert problem(lost) == (503, "unavailable")
