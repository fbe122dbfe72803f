"""The JSON routes from outside: what they answer, what they refuse; nothing crashes them."""

import re
import secrets
from datetime import date

import pytest

from services.scheduling.app import create_app
from services.scheduling.domain.codes import pack
from services.scheduling.models import Appointment
from tests.scheduling.build import TUESDAY, at, make_handoff, make_slot

API = "/scheduling/api/v1"
PATIENT = {"given_name": "Ann", "family_name": "O'Brien-Núñez", "date_of_birth": "1980-03-27"}
CONTACT = {"email": "ann@example.com", "phone": "(503) 555-0123", "may_leave_message": True}
CONSENTS = {"privacy_notice": True, "email_ok": True, "earlier_time": False}

on_sqlite = pytest.mark.parametrize("database_kind", ["sqlite"])


@pytest.fixture
def api(desk, client):
    return Caller(desk, client)


class Caller:
    """A program that calls the routes; `staff` sends a bearer token of that role."""

    def __init__(self, desk, client):
        self.desk = desk
        self.client = client

    def get(self, path, *, staff=None, handoff=None, **query):
        headers = {"Clinic-Handoff": handoff} if handoff else {}
        return self.client.get(
            f"{API}{path}", query_string=query, headers=headers | self._staff(staff)
        )

    def post(self, path, body=None, *, staff=None, key=None):
        headers = self._staff(staff) | ({"Idempotency-Key": key} if key else {})
        return self.client.post(f"{API}{path}", json=body, headers=headers)

    def book(self, *, staff=None, key=None, **changes):
        return self.post("/appointments", self.body(**changes), staff=staff, key=key or new_key())

    def body(self, **changes):
        defaults = {
            "slot": make_slot().token(),
            "handoff": changes["handoff"] if "handoff" in changes else self.desk.handoff_token(),
            "patient": PATIENT,
            "booker": None,
            "contact": CONTACT,
            "language": "en",
            "support": "none",
            "consents": CONSENTS,
        }
        merged = defaults | changes
        return {name: value for name, value in merged.items() if value is not ...}

    def _staff(self, role):
        return {"Authorization": f"Bearer {self.desk.staff_token(role)}"} if role else {}


def new_key():
    return secrets.token_urlsafe(24)


def problem(response):
    assert response.content_type == "application/problem+json"
    assert response.json["status"] == response.status_code
    return response.status_code, response.json["code"]


# -- reading -----------------------------------------------------------------------------------


@on_sqlite
def test_visit_types_and_practitioners_are_listed(api):
    kinds = {one["id"]: one for one in api.get("/visit-types").json["items"]}
    assert kinds["NP"] == {"id": "NP", "name": "New patient visit", "minutes": 30, "online": True}
    assert {code for code, one in kinds.items() if not one["online"]} == {
        "WC",
        "PO",
        "INJ",
        "CST",
    }
    people = api.get("/practitioners").json["items"]
    assert people[1]["id"] == "alder"
    assert people[1]["specialty"] == "spine"


def test_slots_are_listed_in_clinic_time_and_continued_by_the_cursor(api):
    query = {"visit_type": "NP", "from": "2027-03-02", "to": "2027-03-03", "limit": 100}
    first = api.get("/slots", **query).json
    assert len(first["items"]) == 100
    assert first["items"][0]["start"] == "2027-03-02T08:00:00-08:00"
    assert first["items"][0]["end"] == "2027-03-02T08:30:00-08:00"
    assert first["items"][0]["practitioner"] == {"id": "alder", "name": "Dr. Demo Alder"}
    assert first["first_available"] == "2027-03-02T08:00:00-08:00"
    pages = [first]
    while pages[-1]["next"]:
        pages.append(api.get("/slots", **query, cursor=pages[-1]["next"]).json)
    listed = [item["slot"] for page in pages for item in page["items"]]
    assert listed == [slot.slot for slot in api.desk.slots(TUESDAY, date(2027, 3, 3))]


@on_sqlite
def test_the_handoff_narrows_the_list(api):
    token = api.desk.handoff_token(make_handoff(specialty="sports"))
    query = {"visit_type": "NP", "from": "2027-03-02", "to": "2027-03-02"}
    listed = api.get("/slots", handoff=token, **query).json["items"]
    assert {item["practitioner"]["id"] for item in listed} == {"birch"}
    other = api.get("/slots", handoff=token, visit_type="FU")
    assert problem(other) == (422, "visit_type_mismatch")
    assert problem(api.get("/slots", handoff="x", visit_type="NP")) == (422, "handoff_invalid")
    api.desk.clock.advance(minutes=60)
    old = api.get("/slots", handoff=token, visit_type="NP")
    assert problem(old) == (410, "handoff_expired")


@on_sqlite
@pytest.mark.parametrize(
    ("query", "answer"),
    [
        pytest.param({}, (422, "invalid"), id="no visit type"),
        pytest.param({"visit_type": "XX"}, (422, "unknown_visit_type"), id="no such type"),
        pytest.param({"visit_type": "WC"}, (422, "not_online"), id="by staff only"),
        pytest.param(
            {"visit_type": "NP", "practitioner": "x"}, (404, "unknown_practitioner"), id="nobody"
        ),
        pytest.param({"visit_type": "NP", "from": "20270302"}, (422, "invalid"), id="a short date"),
        pytest.param({"visit_type": "NP", "from": "9999-12-31"}, (422, "invalid"), id="9999"),
        pytest.param({"visit_type": "NP", "to": "0001-01-01"}, (422, "invalid"), id="year 1"),
        pytest.param(
            {"visit_type": "NP", "from": "2027-03-02", "to": "2027-03-01"},
            (422, "invalid"),
            id="backwards",
        ),
        pytest.param(
            {"visit_type": "NP", "from": "2027-03-01", "to": "2027-05-02"},
            (422, "invalid"),
            id="63 days",
        ),
        pytest.param({"visit_type": "NP", "limit": 501}, (422, "invalid"), id="too many"),
        pytest.param({"visit_type": "NP", "cursor": "x"}, (422, "invalid"), id="no cursor"),
        pytest.param(
            {"visit_type": "NP", "cursor": pack([2**40, "a"])}, (422, "invalid"), id="far cursor"
        ),
        pytest.param({"visit_type": "NP", "colour": "red"}, (422, "invalid"), id="unknown field"),
    ],
)
def test_a_list_of_slots_is_refused(api, query, answer):
    assert problem(api.get("/slots", **query)) == answer


@on_sqlite
@pytest.mark.parametrize(
    ("query", "reasons", "local"),
    [
        pytest.param({"start": "2027-03-02T09:00:00-08:00"}, [], "2027-03-02T09:00", id="free"),
        pytest.param({"start": "2027-03-02T09:00"}, [], "2027-03-02T09:00", id="wall time"),
        pytest.param(
            {"start": "2027-03-02T16:15"},
            ["AFTER_CLOSE"],
            "2027-03-02T16:15",
            id="too late",
        ),
        pytest.param(
            {"start": "2027-03-02T16:15", "practitioner": "any"},
            ["AFTER_CLOSE"],
            "2027-03-02T16:15",
            id="clinic-wide reasons only",
        ),
        pytest.param({"start": "soon"}, ["BAD_FORMAT"], None, id="unreadable"),
        pytest.param(
            {"start": "2027-03-14T02:30", "practitioner": "any"},
            ["NONEXISTENT_LOCAL_TIME", "WEEKEND"],
            "2027-03-14T02:30",
            id="skipped hour",
        ),
        pytest.param(
            {"start": "9999-12-31T23:59:59Z"}, ["BAD_FORMAT"], None, id="the end of the calendar"
        ),
        pytest.param({"start": "2027-03-02T10:00"}, ["TAKEN"], "2027-03-02T10:00", id="taken"),
        pytest.param({"start": "2027-03-02T11:00"}, ["HELD"], "2027-03-02T11:00", id="held"),
    ],
)
def test_explain_says_why_not(api, query, reasons, local):
    api.desk.book(slot=make_slot(at(TUESDAY, 10)))
    api.desk.hold(make_slot(at(TUESDAY, 11)))
    answer = api.get("/explain", **{"visit_type": "NP", "practitioner": "alder"} | query)
    assert answer.status_code == 200
    assert answer.json == {"bookable": not reasons, "reasons": reasons, "local_start": local}


@on_sqlite
def test_explain_knows_lengths_types_and_who_asks(api):
    start = {"start": "2027-03-01T10:00", "practitioner": "alder"}

    def reasons(**query):
        return api.get("/explain", **start | query).json["reasons"]

    assert reasons(minutes="20") == ["INVALID_DURATION", "TOO_SOON"]
    assert reasons(minutes="9" * 400)[0] == "INVALID_DURATION"
    assert reasons(visit_type="CST") == ["TOO_SOON", "NOT_OFFERED"]
    assert reasons(visit_type="WC", channel="staff", staff="front_desk") == []
    assert problem(api.get("/explain", **start, minutes="30", channel="staff"))[0] == 401
    assert problem(api.get("/explain", **start))[0] == 422
    assert problem(api.get("/explain", **start, minutes="30", visit_type="NP"))[0] == 422
    assert problem(api.get("/explain", **start, visit_type="XX"))[0] == 422
    unknown = api.get("/explain", start="soon", minutes="30", practitioner="x")
    assert problem(unknown) == (404, "unknown_practitioner")


# -- holds -------------------------------------------------------------------------------------


def test_a_hold_is_made_extended_booked_and_gone(api):
    token = api.desk.handoff_token()
    made = api.post("/holds", {"slot": make_slot().token(), "handoff": token})
    assert made.status_code == 201
    assert made.json["expires_at"] == "2027-03-01T10:10:00-08:00"
    hold = made.json["hold"]
    assert api.post(f"/holds/{hold}/extend").json["extensions_left"] == 2
    other = api.post("/holds", {"slot": make_slot().token(), "handoff": api.desk.handoff_token()})
    assert problem(other) == (409, "slot_taken")
    assert len(other.json["alternatives"]) == 3
    booked = api.book(slot=..., hold=hold, handoff=token)
    assert booked.status_code == 201
    assert problem(api.post(f"/holds/{hold}/extend")) == (410, "hold_expired")


@on_sqlite
def test_a_hold_is_given_back(api):
    token = api.desk.handoff_token()
    hold = api.post("/holds", {"slot": make_slot().token(), "handoff": token}).json["hold"]
    for _ in range(2):
        response = api.client.delete(f"{API}/holds/{hold}")
        assert (response.status_code, response.data) == (204, b"")
    assert api.book().status_code == 201


@on_sqlite
def test_a_hold_needs_a_slot_and_a_safety_check(api):
    slot = make_slot().token()
    assert problem(api.post("/holds", {"slot": slot})) == (422, "handoff_required")
    token = api.desk.handoff_token()
    assert problem(api.post("/holds", {"slot": "x", "handoff": token})) == (422, "slot_unreadable")
    assert problem(api.post("/holds", {"handoff": token})) == (422, "invalid")


@on_sqlite
def test_an_expired_hold_is_gone(api):
    token = api.desk.handoff_token()
    hold = api.post("/holds", {"slot": make_slot().token(), "handoff": token}).json["hold"]
    api.desk.clock.advance(minutes=10)
    assert problem(api.book(slot=..., hold=hold, handoff=token)) == (410, "hold_expired")


# -- booking -----------------------------------------------------------------------------------


def test_booking_answers_with_the_visit(api):
    answer = api.book()
    assert answer.status_code == 201
    visit = answer.json
    assert len(visit.pop("reference")) == 6
    link = visit.pop("manage_url")
    assert link.startswith("http://localhost/scheduling/l/")
    assert visit == {
        "id": visit["id"],
        "status": "booked",
        "start": "2027-03-02T09:00:00-08:00",
        "end": "2027-03-02T09:30:00-08:00",
        "practitioner": {"id": "alder", "name": "Dr. Demo Alder"},
        "visit_type": "NP",
        "version": 1,
    }


def test_a_repeated_key_answers_the_same_and_books_once(api):
    key, body = new_key(), api.body()
    first = api.post("/appointments", body, key=key)
    again = api.post("/appointments", body, key=key)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json == again.json
    assert len(api.desk.rows(Appointment)) == 1
    api.desk.clock.advance(hours=2)
    assert api.post("/appointments", body, key=key).json == first.json  # the handoff is old now
    other = api.post("/appointments", {**body, "support": "hearing"}, key=key)
    assert problem(other) == (422, "idempotency_key_reused")


@on_sqlite
def test_a_key_is_required_and_a_refusal_does_not_use_it_up(api):
    body = api.body()
    for key in (None, "short", "x" * 65, "ä" * 30):
        response = api.post("/appointments", body, key=key and key.encode().decode("latin-1"))
        assert problem(response) == (400, "idempotency_key_required")
    key = new_key()
    assert problem(api.book(key=key, slot=make_slot(at(TUESDAY, 9, 5)).token()))[0] == 422
    assert api.post("/appointments", body, key=key).status_code == 201


def test_the_loser_is_told_the_three_nearest_times(api):
    api.book()
    lost = api.book()
    assert problem(lost) == (409, "slot_taken")
    starts = [one["start"] for one in lost.json["alternatives"]]
    assert starts == [
        "2027-03-02T08:30:00-08:00",
        "2027-03-02T09:30:00-08:00",
        "2027-03-02T08:15:00-08:00",
    ]
    again = api.book(slot=lost.json["alternatives"][0]["slot"])
    assert again.status_code == 201


@on_sqlite
@pytest.mark.parametrize(
    ("changes", "answer"),
    [
        pytest.param({"handoff": None}, (422, "handoff_required"), id="no handoff"),
        pytest.param({"handoff": "x"}, (422, "handoff_invalid"), id="a foreign handoff"),
        pytest.param({"slot": "x"}, (422, "slot_unreadable"), id="a foreign slot"),
        pytest.param({"slot": ...}, (422, "invalid"), id="neither slot nor hold"),
        pytest.param({"hold": "x"}, (422, "invalid"), id="slot and hold"),
        pytest.param({"slot": ..., "hold": "x"}, (410, "hold_expired"), id="no such hold"),
        pytest.param(
            {"slot": ..., "practitioner": "elm", "visit_type": "NP", "start": "2027-03-02T09:00Z"},
            (401, "sign_in_required"),
            id="the desk's way without being staff",
        ),
        pytest.param(
            {"patient": {**PATIENT, "date_of_birth": "1980-03-28"}},
            (422, "date_of_birth_mismatch"),
            id="another birth date",
        ),
        pytest.param(
            {"slot": make_slot(at(TUESDAY, 16, 15)).token()}, (422, "not_bookable"), id="too late"
        ),
        pytest.param({"consents": {}}, (422, "consent_required"), id="no consent"),
        pytest.param(
            {"consents": {"privacy_notice": True}}, (422, "consent_required"), id="no mail"
        ),
        pytest.param({"status": "arrived"}, (422, "invalid"), id="a field that is not for callers"),
        pytest.param({"language": "xx"}, (422, "invalid"), id="an unknown language"),
        pytest.param({"support": 7}, (422, "invalid"), id="a number for a code"),
        pytest.param({"patient": None}, (422, "invalid"), id="no patient"),
        pytest.param({"consents": [1]}, (422, "invalid"), id="a list for consents"),
    ],
)
def test_a_booking_is_refused(api, changes, answer):
    assert problem(api.book(**changes)) == answer
    assert api.desk.rows(Appointment) == []


@on_sqlite
def test_reasons_of_a_refusal_are_told(api):
    late = api.book(slot=make_slot(at(TUESDAY, 16, 15)).token())
    assert late.json["reasons"] == ["AFTER_CLOSE"]


@on_sqlite
@pytest.mark.parametrize(
    ("code", "handoff"),
    [
        pytest.param("booking_stopped", make_handoff(urgency="SAME_DAY"), id="today"),
        pytest.param("booking_stopped", make_handoff(urgency="EMERGENCY"), id="emergency"),
    ],
)
def test_an_urgent_patient_is_not_booked_online(api, code, handoff):
    assert problem(api.book(handoff=api.desk.handoff_token(handoff))) == (409, code)


@on_sqlite
def test_a_handoff_books_once_and_expires(api):
    token = api.desk.handoff_token()
    assert api.book(handoff=token).status_code == 201
    used = api.book(handoff=token, slot=make_slot(at(TUESDAY, 13)).token())
    assert problem(used) == (409, "handoff_used")
    token = api.desk.handoff_token()
    api.desk.clock.advance(minutes=60)
    assert problem(api.book(handoff=token)) == (410, "handoff_expired")


@on_sqlite
@pytest.mark.parametrize(
    ("place", "value", "pointer"),
    [
        pytest.param("given_name", "", "/patient/given_name", id="an empty name"),
        pytest.param("given_name", "   ", "/patient/given_name", id="a blank name"),
        pytest.param("given_name", "x" * 61, "/patient/given_name", id="a long name"),
        pytest.param("given_name", "A\r\nBcc: e@evil.test", "/patient/given_name", id="a header"),
        pytest.param("given_name", "A\u2028B", "/patient/given_name", id="a line separator"),
        pytest.param("given_name", "A\u202eB", "/patient/given_name", id="turned text"),
        pytest.param("given_name", "A\u200bB", "/patient/given_name", id="an invisible space"),
        pytest.param("family_name", "e" + "\u0323" * 9, "/patient/family_name", id="piled marks"),
        pytest.param("family_name", 7, "/patient/family_name", id="a number"),
        pytest.param("date_of_birth", "1980-02-30", "/patient/date_of_birth", id="no such day"),
        pytest.param("date_of_birth", "19800327", "/patient/date_of_birth", id="a short date"),
        pytest.param("email", "a@b.example, c@d.example", "/contact/email", id="two addresses"),
        pytest.param("email", "Ann <a@example.com>", "/contact/email", id="a display name"),
        pytest.param("email", '"a b"@example.com', "/contact/email", id="a quoted name"),
        pytest.param("email", "a@example.com\r\nRCPT TO:<e@e.test>", "/contact/email", id="SMTP"),
        pytest.param("email", "a@localhost", "/contact/email", id="no domain"),
        pytest.param("email", "a@[127.0.0.1]", "/contact/email", id="an address literal"),
        pytest.param("email", "x" * 250 + "@example.com", "/contact/email", id="a long address"),
        pytest.param("phone", "555-0123", "/contact/phone", id="seven digits"),
        pytest.param("phone", "call me", "/contact/phone", id="no number"),
        pytest.param("phone", "5" * 5000, "/contact/phone", id="a very long number"),
        pytest.param("phone", "(503) 555-0123 ext. 5", "/contact/phone", id="an extension"),
        pytest.param("phone", "abc5035550123", "/contact/phone", id="letters before a number"),
        pytest.param("email", "a" * 65 + "@example.com", "/contact/email", id="a long local part"),
        pytest.param("phone", None, "/contact/phone", id="no phone"),
        pytest.param("may_leave_message", "yes", "/contact/may_leave_message", id="a word"),
    ],
)
def test_a_field_is_refused_by_name(api, place, value, pointer):
    if place in PATIENT:
        response = api.book(patient={**PATIENT, place: value})
    else:
        response = api.book(contact={**CONTACT, place: value})
    assert problem(response) == (422, "invalid")
    assert [error["pointer"] for error in response.json["errors"]] == [pointer]


@on_sqlite
@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"{", id="half a document"),
        pytest.param(b'{"a": 1, "a": 2}', id="a key twice"),
        pytest.param(b'{"patient": {"given_name": "\\ud800"}}', id="half a character"),
        pytest.param(b'{"patient": {"given_name": "\\u0000"}}', id="NUL"),
        pytest.param(b"[" * 30000, id="very deep"),
        pytest.param(b'{"limit": NaN}', id="NaN"),
        pytest.param(b"\xff\xfe", id="not UTF-8"),
    ],
)
def test_malformed_bodies_are_refused(api, body):
    headers = {"Idempotency-Key": new_key(), "Content-Type": "application/json"}
    response = api.client.post(f"{API}/appointments", data=body, headers=headers)
    assert problem(response) == (400, "malformed")


@on_sqlite
@pytest.mark.parametrize(
    "name",
    [
        pytest.param("O'Brien-Núñez", id="apostrophe, hyphen, accents"),
        pytest.param("李", id="one character"),
        pytest.param("محمد‌علی", id="a joiner"),
        pytest.param("<script>alert(1)</script>", id="markup is only text"),
        pytest.param("=?utf-8?q?=0d=0aBcc:_x@evil.test?=", id="an encoded word is only text"),
        pytest.param("Robert'); DROP TABLE patients;--", id="SQL is only text"),
        pytest.param("é" * 60, id="sixty characters"),
    ],
)
def test_names_of_all_kinds_come_back_as_they_were_given(api, name):
    visit = api.book(patient={**PATIENT, "family_name": name}).json
    shown = api.get(f"/appointments/{visit['id']}", staff="front_desk").json
    assert shown["patient"]["family_name"] == name


# -- staff -------------------------------------------------------------------------------------


def test_staff_book_by_practitioner_type_and_start(api):
    way = {"slot": ..., "practitioner": "elm", "visit_type": "CST"}
    answer = api.book(
        **way,
        start="2027-03-01T10:00:00-08:00",
        handoff=...,
        booker=...,
        language=...,
        support=...,
        consents=...,
        overbook_reason=None,
        staff="front_desk",
    )
    assert answer.status_code == 201
    shown = api.get(f"/appointments/{answer.json['id']}", staff="admin")
    assert shown.headers["ETag"] == '"1"'
    assert shown.json["safety_check"] == "not_done"
    assert shown.json["urgency"] is None
    assert shown.json["contact"]["phone"] == "+15035550123"
    assert shown.json["practitioner"] == {"id": "elm", "name": "Demo Elm, PA-C"}
    naive = api.book(**way, start="2027-03-01T10:00:00", handoff=None, staff="clinician")
    assert problem(naive) == (422, "not_bookable")
    assert naive.json["reasons"] == ["NAIVE_DATETIME"]


def test_staff_list_and_find_visits(api):
    first = api.book().json
    second = api.book(
        slot=make_slot(at(TUESDAY, 8)).token(), patient={**PATIENT, "family_name": "Ito"}
    ).json

    def listed(**query):
        answer = api.get("/appointments", staff="front_desk", **query).json
        return [item["id"] for item in answer["items"]], answer["next"]

    assert listed()[0] == [second["id"], first["id"]]
    assert listed(**{"from": "2027-03-03"})[0] == []
    assert listed(q=second["reference"].lower(), status="")[0] == [second["id"]]
    assert listed(q=first["reference"], practitioner="any")[0] == [first["id"]]
    one, following = listed(limit=1)
    assert one == [second["id"]]
    assert listed(limit=1, cursor=following) == ([first["id"]], None)
    assert listed(to="2027-03-01")[0] == []
    item = api.get("/appointments", staff="front_desk").json["items"][0]
    assert item.keys() >= first.keys() | {"patient", "contact", "urgency"}


@on_sqlite
@pytest.mark.parametrize("path", ["/appointments", "/appointments/unknown"])
def test_visits_are_for_staff_only(api, path):
    assert problem(api.get(path)) == (401, "sign_in_required")


@on_sqlite
def test_an_unknown_visit_is_not_found(api):
    for name in ("unknown", "x" * 500, "%00"):
        response = api.get(f"/appointments/{name}", staff="clinician")
        assert response.status_code in {400, 404}


@on_sqlite
@pytest.mark.parametrize(
    "query",
    [{"status": "sleeping"}, {"from": "x"}, {"limit": 0}, {"cursor": "x"}, {"q": "a\nb"}, {"z": 1}],
    ids=str,
)
def test_a_list_of_visits_is_refused(api, query):
    assert problem(api.get("/appointments", staff="admin", **query)) == (422, "invalid")


# -- the whole ---------------------------------------------------------------------------------


@on_sqlite
def test_the_openapi_document_names_every_route(api):
    document = api.get("/openapi.json").json
    assert document["openapi"].startswith("3.1")
    named = {
        (method.upper(), path)
        for path, methods in document["paths"].items()
        for method in methods
        if method in {"get", "post", "put", "patch", "delete"}
    }
    app = create_app(api.desk.service)
    served = {
        (method, re.sub("<(.*?)>", r"{\1}", rule.rule))
        for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith("api.")
        for method in rule.methods - {"HEAD", "OPTIONS"}
    }
    assert named == served
