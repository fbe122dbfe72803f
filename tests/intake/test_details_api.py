"""PUT …/details: the long questions of programs and staff, section by section."""

import json
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text
from werkzeug.test import Client, TestResponse

from services.intake.domain.details import details
from services.intake.models import AuditEntry, DetailSection
from shared.service import Service
from shared.tables import outbox
from tests.conftest import FileClock
from tests.intake.builders import SUBMISSIONS, count, staff_headers, submit
from tests.intake.complete import COMPLETE, PATIENT_ID, make_statement

SCORES = [
    ({"pain": 5, "enjoyment": 5, "activity": 5}, 5.0),
    ({"pain": 0, "enjoyment": 0, "activity": 0}, 0.0),
    ({"pain": 10, "enjoyment": 10, "activity": 10}, 10.0),
    ({"pain": 8, "enjoyment": 7, "activity": 6}, 7.0),
    ({"pain": 4, "enjoyment": 5, "activity": 5}, 4.7),
    ({"pain": 0, "enjoyment": 0, "activity": 1}, 0.3),
    ({"pain": 7, "enjoyment": None, "activity": 3}, None),
    ({"pain": 7}, None),
    ({}, None),
]


@pytest.fixture
def submission(client: Client) -> str:
    """An ordinary back, worst pain 6."""
    made: str = submit(client).get_json()["id"]
    return made


def put(client: Client, submission: str, body: Any, headers: Any = None) -> TestResponse:
    return client.put(f"{SUBMISSIONS}/{submission}/details", json=body, headers=headers)


def read(client: Client, service: Service, submission: str, role: str = "clinician") -> Any:
    headers = staff_headers(service, role)
    return client.get(f"{SUBMISSIONS}/{submission}", headers=headers).get_json()


@pytest.mark.parametrize(("peg", "score"), SCORES, ids=str)
def test_the_peg_score_is_answered_and_kept(
    client: Client, service: Service, submission: str, peg: dict[str, Any], score: float | None
) -> None:
    headers = staff_headers(service, "clinician")
    answer = put(client, submission, {"peg": peg}, headers)
    assert answer.status_code == 200
    assert answer.get_json()["peg_score"] == score
    seen = read(client, service, submission)
    assert (seen["peg_score"], seen["details"]["daily_life"]["peg"]) == (score, peg)


@pytest.mark.parametrize("wrong", [2.5, 5.0, 11, -1, True, "5", [5], {}], ids=repr)
@pytest.mark.parametrize("item", ["pain", "enjoyment", "activity"])
def test_a_peg_answer_is_a_whole_number_from_0_to_10(
    client: Client, service: Service, submission: str, item: str, wrong: Any
) -> None:
    peg = {"pain": 5, "enjoyment": 5, "activity": 5} | {item: wrong}
    answer = put(client, submission, {"peg": peg}, staff_headers(service, "clinician"))
    problem = answer.get_json()
    assert (answer.status_code, problem["code"]) == (422, "invalid")
    assert f"/peg/{item}" in problem["errors"][0]["pointer"]
    assert count(service, DetailSection) == 0


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "an unknown section": ({"insurance": {}}, "/insurance"),
    "an unknown field": ({"pain": {"member_id": "X1"}}, "/pain/member_id"),
    "a claim number": ({"claim": {"claim_number": "7"}}, "/claim/claim_number"),
    "an unknown PEG item": ({"peg": {"sleep": 3}}, "/peg/sleep"),
    "PEG inside its section": ({"daily_life": {"peg": {"pain": 5}}}, "/daily_life/peg"),
    "no PEG": ({"peg": None}, "/peg"),
    "no section": ({"pain": None}, "/pain"),
    "a section in a list": ({"pain": [4]}, "/pain"),
    "an average above the worst": ({"pain": {"nrs_avg": 7}}, "/pain/nrs_avg"),
    "half a pain": ({"pain": {"nrs_avg": 4.5}}, "/pain/nrs_avg"),
    "an unknown quality": ({"pain": {"quality": ["dull", "odd"]}}, "/pain/quality/1"),
    "twice the same": ({"pain": {"quality": ["dull", "dull"]}}, "/pain/quality"),
    "four other places": (
        {"pain": {"other_regions": ["neck", "hip", "knee", "elbow"]}}, "/pain/other_regions",
    ),
    "nothing and something": (
        {"pain": {"better_with": ["nothing", "ice"]}}, "/pain/better_with",
    ),
    "a very long wish": ({"daily_life": {"goal": "x" * 201}}, "/daily_life/goal"),
    "an invisible sign": ({"daily_life": {"goal": "run\u202efast"}}, "/daily_life/goal"),
    "a line break": ({"daily_life": {"goal": "run\nfast"}}, "/daily_life/goal"),
    "a medicine without a name": (
        {"medicines": {"meds": [{"dose": "1"}]}}, "/medicines/meds/0/name",
    ),
    "listed, none there": ({"medicines": {"takes": "listed"}}, "/medicines/meds"),
    "none, some there": (
        {"medicines": {"takes": "none", "meds": [{"name": "Ibuprofen"}]}}, "/medicines/meds",
    ),
    "31 medicines": ({"medicines": {"meds": [{"name": "A"}] * 31}}, "/medicines/meds"),
    "none and a condition": ({"history": {"conditions": ["none", "lung"]}}, "/history/conditions"),
    "12 inches": ({"history": {"height_inches": 12}}, "/history/height_inches"),
    "an injury tomorrow": ({"claim": {"claim_date": "2027-03-02"}}, "/claim/claim_date"),
    "an injury of old": ({"claim": {"claim_date": "1899-12-31"}}, "/claim/claim_date"),
    "no such day": ({"claim": {"claim_date": "2027-02-30"}}, "/claim/claim_date"),
    "eight days a week": ({"movement": {"activity_days": 8}}, "/movement/activity_days"),
    "a consent in words": ({"agree": {"privacy_notice": "yes"}}, "/agree/privacy_notice"),
    "a consent as a number": ({"agree": {"privacy_notice": 1}}, "/agree/privacy_notice"),
    "versions of nothing": ({"versions": {"insurance": 1}}, "/versions/insurance"),
    "another language": ({"language": "fr"}, "/language"),
}  # fmt: skip


@pytest.mark.parametrize(("body", "pointer"), WRONG.values(), ids=WRONG)
def test_a_wrong_field_is_refused_by_its_pointer_and_nothing_is_kept(
    client: Client, service: Service, submission: str, body: dict[str, Any], pointer: str
) -> None:
    good = {"history": {"nicotine": "no"}} if "history" not in body else {}
    answer = put(client, submission, good | body, staff_headers(service, "clinician"))
    problem = answer.get_json()
    assert (answer.status_code, problem["code"]) == (422, "invalid")
    assert answer.mimetype == "application/problem+json"
    assert pointer in [error["pointer"] for error in problem["errors"]]
    assert count(service, DetailSection) == 0


def test_peg_is_for_grown_ups(client: Client, service: Service) -> None:
    young = submit(client, date_of_birth="2010-05-05").get_json()["id"]
    body = {"peg": {"pain": 5, "enjoyment": 5, "activity": 5}}
    answer = put(client, young, body, staff_headers(service, "clinician"))
    assert answer.status_code == 422
    assert answer.get_json()["errors"][0]["pointer"] == "/peg"
    rest = put(client, young, {"daily_life": {"goal": "swim"}}, staff_headers(service, "clinician"))
    assert rest.get_json()["sections"]["daily_life"] == "done"


# -- parts, versions, completion -----------------------------------------------------------------


def test_what_is_left_out_stays_as_it_was(
    client: Client, service: Service, submission: str
) -> None:
    headers = staff_headers(service, "clinician")
    put(client, submission, {"pain": {"nrs_avg": 4, "quality": ["dull"]}}, headers)
    put(client, submission, {"peg": {"pain": 5}, "pain": {"pain_trend": "worse"}}, headers)
    put(client, submission, {"peg": {"enjoyment": 6}, "pain": {"quality": []}}, headers)
    seen = read(client, service, submission)["details"]
    assert seen["pain"] == {"nrs_avg": 4, "quality": [], "pain_trend": "worse"}
    assert seen["daily_life"] == {"peg": {"pain": 5, "enjoyment": 6}}


def test_the_status_goes_from_not_started_to_completed(
    client: Client, service: Service, submission: str
) -> None:
    headers = staff_headers(service, "clinician")
    assert read(client, service, submission)["details_status"] == "not_started"
    part = put(client, submission, {"pain": {"quality": ["dull"]}}, headers).get_json()
    assert (part["status"], part["sections"]["pain"]) == ("in_progress", "in_progress")
    whole = put(client, submission, COMPLETE, headers).get_json()
    assert whole["status"] == "completed"
    assert whole["sections"]["movement"] == "not_started"  # nobody has to answer that
    assert read(client, service, submission)["details_status"] == "completed"


def test_completion_is_published_once(client: Client, service: Service, submission: str) -> None:
    headers = staff_headers(service, "clinician")
    change = {"movement": {"activity_days": 2}}
    taken_back = {"agree": {"answers_right": False}}
    for body in (COMPLETE, COMPLETE, change, taken_back, COMPLETE):
        assert put(client, submission, body, headers).status_code == 200
    with service.database.read() as session:
        types = session.scalars(select(outbox.c.type).order_by(outbox.c.sequence)).all()
    assert types == ["intake.submission_received.v1", "intake.details_completed.v1"]


def test_a_section_that_was_saved_meanwhile_is_refused(
    client: Client, service: Service, submission: str
) -> None:
    headers = staff_headers(service, "clinician")
    first = {"pain": {"nrs_avg": 3}, "versions": {"pain": 0}}
    assert put(client, submission, first, headers).get_json()["versions"] == {"pain": 1}
    other = {"pain": {"nrs_avg": 5}, "tried": {"brace": "no_help"}, "versions": {"pain": 0}}
    stale = put(client, submission, other, headers)
    problem = stale.get_json()
    assert (stale.status_code, problem["code"]) == (409, "details_changed")
    assert [error["pointer"] for error in problem["errors"]] == ["/versions/pain"]
    assert read(client, service, submission)["details"] == {"pain": {"nrs_avg": 3}}
    again = put(client, submission, first, headers)  # a repeated press is no conflict
    assert (again.status_code, again.get_json()["versions"]) == (200, {"pain": 1})
    other["versions"] = {"pain": 1}
    assert put(client, submission, other, headers).get_json()["versions"]["pain"] == 2


def test_a_consent_keeps_text_version_language_and_time(
    client: Client, service: Service, submission: str, clock: FileClock
) -> None:
    headers = staff_headers(service, "clinician")
    agreed = {"agree": {"privacy_notice": True}, "language": "es"}
    put(client, submission, agreed, headers)
    clock.advance(hours=1)
    headers = staff_headers(service, "clinician")
    put(client, submission, {"agree": {"privacy_notice": True, "answers_right": True}}, headers)
    kept = read(client, service, submission)["details"]["agree"]
    version = details().consents_version
    assert kept == {
        "privacy_notice": {"version": version, "language": "es", "at": "2027-03-01T18:00:00+00:00"},
        "answers_right": {"version": version, "language": "en", "at": "2027-03-01T19:00:00+00:00"},
    }


# -- who may -------------------------------------------------------------------------------------


def test_nobody_else_may_write(client: Client, service: Service, submission: str) -> None:
    body = {"pain": {"nrs_avg": 3}}
    assert put(client, submission, body).get_json()["code"] == "visit_statement_required"
    assert put(client, submission, body).status_code == 401
    admin = put(client, submission, body, staff_headers(service, "admin"))
    assert (admin.status_code, admin.get_json()["code"]) == (403, "forbidden")
    assert count(service, DetailSection) == 0


def test_the_front_desk_writes_but_reads_no_answers(
    client: Client, service: Service, submission: str
) -> None:
    peg = {"pain": 5, "enjoyment": 5, "activity": 5}
    put(client, submission, {"peg": peg}, staff_headers(service, "clinician"))
    desk = staff_headers(service, "front_desk")
    written = put(client, submission, {"pain": {"nrs_avg": 3}}, desk).get_json()
    assert set(written) == {"id", "status", "sections", "versions", "peg_score"}
    assert written["peg_score"] is None  # it was there, but not sent by them
    own = put(client, submission, {"peg": {"pain": 8, "enjoyment": 7, "activity": 6}}, desk)
    assert own.get_json()["peg_score"] == 7.0
    assert set(read(client, service, submission, "front_desk")) == {"id", "urgency", "status"}
    assert set(read(client, service, submission, "admin")) == {"id", "urgency", "status"}


@pytest.mark.parametrize("way", ["field", "cookie"])
def test_a_visitor_writes_with_a_visit_statement(
    client: Client, service: Service, submission: str, clock: FileClock, way: str
) -> None:
    statement = make_statement(service, submission)
    body: dict[str, Any] = {"peg": {"pain": 4, "enjoyment": 5, "activity": 5}}
    if way == "cookie":
        client.set_cookie("visit_statement", statement)
    else:
        body["visit_statement"] = statement
    assert put(client, submission, body).get_json()["peg_score"] == 4.7
    other = submit(client).get_json()["id"]
    for where in (other, "absent"):
        assert put(client, where, body).get_json()["code"] == "forbidden"
    clock.advance(minutes=15)
    late = put(client, submission, body)
    assert (late.status_code, late.get_json()["code"]) == (401, "visit_statement_required")


def test_a_statement_of_another_kind_opens_nothing(
    client: Client, service: Service, submission: str
) -> None:
    expires_at = service.clock.now() + timedelta(minutes=15)
    claims = {"submission": submission, "patient": PATIENT_ID, "appointment": "x"}
    wrong = (
        service.statements.seal("handoff", claims, expires_at=expires_at),
        service.statements.seal("visit_statement", {"other": 1}, expires_at=expires_at),
        "junk",
        "é",
    )
    for statement in wrong:
        body = {"visit_statement": statement, "pain": {"nrs_avg": 3}}
        assert put(client, submission, body).status_code == 401


def test_an_unknown_submission_is_not_found(client: Client, service: Service) -> None:
    answer = put(client, "absent", {"pain": {}}, staff_headers(service, "clinician"))
    assert (answer.status_code, answer.get_json()["code"]) == (404, "submission_not_found")


def test_every_look_and_every_save_leaves_an_audit_row(
    client: Client, service: Service, submission: str
) -> None:
    put(client, submission, COMPLETE, staff_headers(service, "front_desk"))
    body = {"visit_statement": make_statement(service, submission), "pain": {"nrs_avg": 2}}
    put(client, submission, body)
    for role in ("front_desk", "admin", "clinician"):
        read(client, service, submission, role)
    with service.database.read() as session:
        rows = session.scalars(select(AuditEntry)).all()
    assert sorted((row.actor, row.action, row.subject) for row in rows) == [
        ("patient", "details_saved", submission),
        ("s1", "answers_read", submission),
        ("s1", "details_saved", submission),
    ]


def test_what_is_kept_is_sealed(client: Client, service: Service, submission: str) -> None:
    put(client, submission, COMPLETE, staff_headers(service, "clinician"))
    with service.database.read() as session:
        tables = ("detail_sections", "audit", "outbox", "submissions")
        rows = str([session.execute(text(f"SELECT * FROM {name}")).all() for name in tables])
    for word in ("Ibuprofen", "diabetes", "nrs_avg", "privacy_notice", "conditions"):
        assert word not in rows


# -- anything at all -----------------------------------------------------------------------------

LEAVES = st.one_of(
    st.none(), st.booleans(), st.integers(-20, 20), st.text(max_size=12),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from(["yes", "none", "work", "2027-02-30", "dull", "x" * 300]),
)  # fmt: skip
ANYTHING = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3)
    ),
    max_leaves=6,
)
FIELDS = sorted(
    {question.name for section in details().sections.values() for question in section.questions}
)
BODIES = st.dictionaries(
    st.sampled_from([*details().sections, "peg", "versions", "language", "other"]),
    ANYTHING
    | st.dictionaries(st.sampled_from([*FIELDS, "pain", "activity"]), ANYTHING, max_size=4),
    max_size=4,
)


@pytest.mark.parametrize("database_kind", ["sqlite"])
@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(body=BODIES)
def test_any_body_is_kept_or_refused_with_pointers(
    client: Client, service: Service, body: dict[str, Any]
) -> None:
    made = submit(client).get_json()["id"]
    answer = put(client, made, body, staff_headers(service, "clinician"))
    assert answer.status_code in (200, 400, 409, 422), json.dumps(body)
    if answer.status_code == 422:
        assert all("pointer" in error for error in answer.get_json()["errors"])
        assert answer.get_json()["errors"]
