"""The JSON routes of intake: what they answer, what they keep, what they refuse."""

import json

import pytest
from sqlalchemy import text
from werkzeug.test import Client

from services.intake.models import IntakeSubmission
from services.intake.queries import submission
from shared.messaging import worker
from shared.service import Service
from shared.tables import idempotency_keys, outbox
from tests.conftest import FileClock
from tests.intake.builders import SUBMISSIONS, count, make_body, make_key, staff_headers, submit


def test_an_ordinary_problem_may_be_booked(client: Client, service: Service) -> None:
    response = submit(client)
    assert response.status_code == 201
    body = response.get_json()
    assert set(body) == {
        "id", "urgency", "online_booking", "advice", "pain", "recommendation", "handoff",
        "callback",
    }  # fmt: skip
    assert (body["urgency"], body["online_booking"]) == ("ROUTINE", "open")
    assert body["pain"] == {"band": "moderate"}
    assert body["recommendation"] == {
        "visit_type": "NP", "minutes": 30, "specialty": "spine", "latest_day": None,
    }  # fmt: skip
    claims = service.statements.open("handoff", body["handoff"], now=service.clock.now())
    assert claims == {
        "submission": body["id"], "urgency": "ROUTINE", "visit_type": "NP", "specialty": "spine",
        "latest_day": None, "for_whom": "me", "date_of_birth": "1980-03-27", "language": "en",
    }  # fmt: skip


def test_numbness_between_the_legs_stops_booking(client: Client) -> None:
    body = submit(client, symptoms=["saddle_numbness"]).get_json()
    assert (body["urgency"], body["online_booking"]) == ("EMERGENCY", "stop")
    assert body["handoff"] is None
    assert body["advice"]["headline"] == "Call 911 or go to the nearest emergency room now."
    assert "E-10" not in json.dumps(body)


def test_an_urgent_problem_names_the_second_business_day(client: Client, clock: FileClock) -> None:
    clock.set("2027-03-05T15:00:00-08:00")  # Friday
    body = submit(client, flags=["cancer_history"], pain={"worst": 3, "now": 1}).get_json()
    assert (body["urgency"], body["online_booking"]) == ("URGENT_2BD", "limited")
    assert body["recommendation"]["latest_day"] == "2027-03-09"
    assert body["recommendation"]["visit_type"] == "URG"


def test_the_second_business_day_skips_a_holiday(client: Client, clock: FileClock) -> None:
    clock.set("2027-05-28T15:00:00-07:00")  # the Friday before Memorial Day
    body = submit(client, flags=["cancer_history"], pain={"worst": 3, "now": 1}).get_json()
    assert body["recommendation"]["latest_day"] == "2027-06-02"


@pytest.mark.parametrize(
    ("instant", "headline"),
    [
        ("2027-03-01T16:29:00-08:00", "Please call us today: 503-224-8399."),
        ("2027-03-01T16:30:00-08:00", "We are closed now. Do not wait."),
        ("2027-03-06T10:00:00-08:00", "We are closed now. Do not wait."),
    ],
    ids=["open", "closed", "Saturday"],
)
def test_same_day_advice_fits_the_hour(
    client: Client, clock: FileClock, instant: str, headline: str
) -> None:
    clock.set(instant)
    body = submit(client, symptoms=["fever_chills"]).get_json()
    assert (body["urgency"], body["handoff"]) == ("SAME_DAY", None)
    assert body["advice"]["headline"] == headline


def test_a_knee_replacement_question_gets_the_long_visit(client: Client) -> None:
    body = submit(client, region="knee", side="left", date_of_birth="1961-01-01", onset_days=900)
    assert body.get_json()["recommendation"] == {
        "visit_type": "NPX", "minutes": 45, "specialty": "joint_replacement", "latest_day": None,
    }  # fmt: skip


def test_unsure_and_flags_and_reason_may_be_left_out(client: Client) -> None:
    body = make_body()
    for name in ("unsure", "flags", "visit_reason", "surgery_date", "language"):
        del body[name]
    response = client.post(SUBMISSIONS, json=body, headers={"Idempotency-Key": make_key()})
    assert response.status_code == 201


def test_nobody_sure_of_anything_is_still_answered(client: Client) -> None:
    body = submit(client, onset_days=None, pain={"worst": None, "now": None}).get_json()
    assert body["pain"] == {"band": "unknown"}
    assert body["urgency"] == "ROUTINE"


# -- doing it once -------------------------------------------------------------------------------


def test_the_same_key_and_answers_get_the_first_answer_again(
    client: Client, service: Service
) -> None:
    key = make_key()
    first, second = submit(client, key), submit(client, key)
    assert (second.status_code, second.get_json()) == (201, first.get_json())
    assert count(service, IntakeSubmission) == 1
    assert count(service, outbox) == 1


def test_the_same_key_with_other_answers_is_refused(client: Client) -> None:
    key = make_key()
    submit(client, key)
    response = submit(client, key, onset_days=22)
    assert (response.status_code, response.get_json()["code"]) == (422, "idempotency_key_reused")


@pytest.mark.parametrize("key", [None, "short", "x" * 65, "with a space in the middle", "é" * 30])
def test_a_submission_needs_a_good_key(client: Client, key: str | None) -> None:
    headers = {"Idempotency-Key": key} if key else {}
    response = client.post(SUBMISSIONS, json=make_body(), headers=headers)
    problem = response.get_json()
    assert (response.status_code, problem["code"]) == (400, "idempotency_key_required")


# -- what is kept --------------------------------------------------------------------------------


def test_what_is_kept_is_sealed_and_holds_no_birth_date(client: Client, service: Service) -> None:
    changes = {"visit_reason": "after_surgery", "surgery_date": "2027-02-01"}
    made = submit(client, symptoms=["limp"], **changes).get_json()
    with service.database.read() as session:
        row, document = submission(session, made["id"])
        tables = ("submissions", "outbox", "idempotency_keys")
        rows = [session.execute(text(f"SELECT * FROM {name}")).all() for name in tables]
    for word in ("limp", "low_back", "1980", "ROUTINE", "2027-02-01"):
        assert word not in str(rows)
    assert row.status == "safety_check_done"
    assert (document["inputs"]["age"], document["inputs"]["postop_days"]) == (46, 28)
    assert "1980-03-27" not in json.dumps(document)
    assert document["rules_version"] == "osm-triage-draft-1"


def test_age_is_counted_in_clinic_time(client: Client, service: Service, clock: FileClock) -> None:
    clock.set("2027-03-27T05:00:00+00:00")  # still the evening of March 26 in Portland
    made = submit(client).get_json()
    with service.database.read() as session:
        assert submission(session, made["id"])[1]["inputs"]["age"] == 46


def test_the_answer_kept_for_repeats_is_forgotten_after_a_day(
    client: Client, service: Service, clock: FileClock
) -> None:
    submit(client)
    clock.advance(hours=25)
    worker._forget_old(service)
    assert count(service, idempotency_keys) == 0
    assert count(service, IntakeSubmission) == 1


# -- reading as staff ----------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["front_desk", "admin"])
def test_all_but_clinicians_see_urgency_and_status_only(
    client: Client, service: Service, role: str
) -> None:
    made = submit(client, symptoms=["saddle_numbness"]).get_json()
    response = client.get(f"{SUBMISSIONS}/{made['id']}", headers=staff_headers(service, role))
    assert response.get_json() == {
        "id": made["id"], "urgency": "EMERGENCY", "status": "safety_check_done",
    }  # fmt: skip


def test_a_clinician_sees_rules_version_and_inputs(client: Client, service: Service) -> None:
    made = submit(client, symptoms=["saddle_numbness"]).get_json()
    headers = staff_headers(service, "clinician")
    seen = client.get(f"{SUBMISSIONS}/{made['id']}", headers=headers).get_json()
    reason = "Possible pressure on the nerves at the base of the spine"
    assert seen["rules"] == [{"id": "E-10", "level": "EMERGENCY", "reason": reason}]
    assert seen["rules_version"] == "osm-triage-draft-1"
    assert seen["inputs"]["symptoms"] == ["saddle_numbness"]
    assert seen["inputs"]["pain"] == {"worst": 6, "now": 4}
    assert seen["created_at"] == "2027-03-01T10:00:00-08:00"
    assert seen["recommendation"]["specialty"] == "spine"
    assert "handoff" not in seen


def test_a_visitor_may_not_read_a_submission(client: Client) -> None:
    made = submit(client).get_json()
    for where in (made["id"], "absent"):
        response = client.get(f"{SUBMISSIONS}/{where}")
        assert (response.status_code, response.get_json()["code"]) == (401, "sign_in_required")


@pytest.mark.parametrize("name", ["absent", "0" * 36, "%27%20OR%201=1", "x" * 3000, "%F0%9F%A6%B4"])
def test_an_unknown_submission_is_not_found(client: Client, service: Service, name: str) -> None:
    headers = staff_headers(service, "clinician")
    response = client.get(f"{SUBMISSIONS}/{name}", headers=headers)
    assert (response.status_code, response.get_json()["code"]) == (404, "submission_not_found")


# -- the catalog ---------------------------------------------------------------------------------


@pytest.mark.parametrize(("language", "neck"), [("en", "Neck"), ("es", "Cuello")])
def test_the_catalog_speaks_both_languages(client: Client, language: str, neck: str) -> None:
    catalog = client.get(f"/intake/api/v1/catalog?language={language}").get_json()
    assert catalog["version"] == "osm-catalog-draft-1"
    assert catalog["rules_version"] == "osm-triage-draft-1"
    assert catalog["regions"][0] == {"code": "neck", "label": neck, "sides": ["na"]}
    names = ("regions", "symptoms", "history_flags", "mechanisms")
    assert [len(catalog[name]) for name in names] == [11, 79, 13, 8]
    for name in names:
        assert all(item["label"] for item in catalog[name])


def test_the_catalog_refuses_other_languages_and_filters(client: Client) -> None:
    for query in ("language=fr", "lang=en"):
        response = client.get(f"/intake/api/v1/catalog?{query}")
        assert (response.status_code, response.get_json()["code"]) == (422, "invalid")


def test_the_openapi_document_says_what_the_routes_do(client: Client) -> None:
    document = client.get("/intake/api/v1/openapi.json").get_json()
    assert document["openapi"] == "3.1.0"
    paths = document["paths"]
    assert set(paths) == {
        "/api/v1/submissions", "/api/v1/submissions/{submission_id}", "/api/v1/catalog",
        "/api/v1/submissions/{submission_id}/level", "/api/v1/submissions/{submission_id}/callback",
        "/api/v1/submissions/{submission_id}/details",
    }  # fmt: skip
    [key] = paths["/api/v1/submissions"]["post"]["parameters"]
    assert (key["name"], key["in"], key["required"]) == ("Idempotency-Key", "header", True)
    wanted = document["components"]["schemas"]["Submit"]
    assert wanted["additionalProperties"] is False
    optional = {"visit_reason", "surgery_date", "unsure", "flags", "language"}
    assert set(wanted["properties"]) - set(wanted["required"]) == optional
    assert "null" in wanted["properties"]["onset_days"]["type"]
