"""Input that no honest program sends: always refused with a pointer, never a failure of ours."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.test import Client

from services.intake.pages.steps import STEPS
from shared.service import Service
from tests.intake.builders import SUBMISSIONS, make_body, make_key, staff_headers, submit

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"])

WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "an unknown field": ({"age": 30}, "/age"),
    "an id of one's own": ({"id": "x"}, "/id"),
    "a nobody": ({"for_whom": "my_dog"}, "/for_whom"),
    "a list for a word": ({"for_whom": ["me"]}, "/for_whom"),
    "null for a word": ({"region": None}, "/region"),
    "a region nobody has": ({"region": "tail"}, "/region"),
    "a side the spine has not": ({"side": "left"}, "/side"),
    "a knee without a side": ({"region": "knee", "side": "na"}, "/side"),
    "the middle of a knee": ({"region": "knee", "side": "middle"}, "/side"),
    "no such day": ({"date_of_birth": "1980-02-30"}, "/date_of_birth"),
    "a day without dashes": ({"date_of_birth": "19800227"}, "/date_of_birth"),
    "a day by week": ({"date_of_birth": "1980-W09-2"}, "/date_of_birth"),
    "a day in other digits": ({"date_of_birth": "١٩٨٠-٠٣-٢٧"}, "/date_of_birth"),
    "a day with a line break": ({"date_of_birth": "1980-03-27\n"}, "/date_of_birth"),
    "an instant for a day": ({"date_of_birth": "1980-03-27T00:00:00Z"}, "/date_of_birth"),
    "year zero": ({"date_of_birth": "0000-01-01"}, "/date_of_birth"),
    "the year one": ({"date_of_birth": "0001-01-01"}, "/date_of_birth"),
    "the end of time": ({"date_of_birth": "9999-12-31"}, "/date_of_birth"),
    "a number for a day": ({"date_of_birth": 19800327}, "/date_of_birth"),
    "surgery in the future": ({"surgery_date": "2027-03-02"}, "/surgery_date"),
    "surgery before birth": ({"surgery_date": "1979-01-01"}, "/surgery_date"),
    "after surgery, no date": ({"visit_reason": "after_surgery"}, "/surgery_date"),
    "seen before, no reason": ({"seen_in_last_3_years": "yes"}, "/visit_reason"),
    "a start in the future": ({"onset_days": -1}, "/onset_days"),
    "a start before memory": ({"onset_days": 36501}, "/onset_days"),
    "a start in text": ({"onset_days": "21"}, "/onset_days"),
    "a start in halves": ({"onset_days": 21.5}, "/onset_days"),
    "a whole float": ({"onset_days": 21.0}, "/onset_days"),
    "a yes for a number": ({"onset_days": True}, "/onset_days"),
    "pain of 11": ({"pain": {"worst": 11, "now": 4}}, "/pain/worst"),
    "pain of -1": ({"pain": {"worst": 6, "now": -1}}, "/pain/now"),
    "half a pain": ({"pain": {"worst": 6}}, "/pain/now"),
    "pain in a list": ({"pain": [6, 4]}, "/pain"),
    "no pain at all": ({"pain": None}, "/pain"),
    "more than pain": ({"pain": {"worst": 6, "now": 4, "average": 5}}, "/pain/average"),
    "an unknown symptom": ({"symptoms": ["limp", "itch"]}, "/symptoms/1"),
    "a flag among symptoms": ({"symptoms": ["diabetes"]}, "/symptoms/0"),
    "a number among symptoms": ({"symptoms": [7]}, "/symptoms/0"),
    "symptoms in a word": ({"symptoms": "limp"}, "/symptoms"),
    "symptoms in an object": ({"symptoms": {"limp": True}}, "/symptoms"),
    "too many symptoms": ({"symptoms": ["limp"] * 201}, "/symptoms"),
    "unsure of a flag": ({"unsure": ["diabetes"]}, "/unsure/0"),
    "flags as an object": ({"flags": {"diabetes": True}}, "/flags"),
    "no flags": ({"flags": None}, "/flags"),
    "another language": ({"language": "fr"}, "/language"),
    "a very long word": ({"mechanism": "x" * 20_000}, "/mechanism"),
}


@pytest.mark.parametrize(("changes", "pointer"), WRONG.values(), ids=WRONG)
def test_a_wrong_field_is_refused_by_its_pointer(
    client: Client, changes: dict[str, Any], pointer: str
) -> None:
    response = submit(client, **changes)
    problem = response.get_json()
    assert (response.status_code, problem["code"]) == (422, "invalid")
    assert response.mimetype == "application/problem+json"
    assert pointer in [error["pointer"] for error in problem["errors"]]


@pytest.mark.parametrize("name", sorted(set(make_body()) - {
    "visit_reason", "surgery_date", "unsure", "flags", "language",
}))  # fmt: skip
def test_a_missing_field_is_refused_by_its_pointer(client: Client, name: str) -> None:
    body = make_body()
    del body[name]
    response = client.post(SUBMISSIONS, json=body, headers={"Idempotency-Key": make_key()})
    assert response.status_code == 422
    assert [error["pointer"] for error in response.get_json()["errors"]] == [f"/{name}"]


BODIES = {
    "nothing": (b"", 422),
    "not JSON": (b"{", 400),
    "a list": (b"[]", 422),
    "a word": (b'"me"', 422),
    "null": (b"null", 422),
    "not UTF-8": (b'{"for_whom": "\xff"}', 400),
    "NUL": (b'{"for_whom": "\\u0000"}', 400),
    "half a surrogate": (b'{"for_whom": "\\ud800"}', 400),
    "NaN": (b'{"onset_days": NaN}', 400),
    "a key twice": (b'{"side": "na", "side": "left"}', 400),
    "a huge number": (b'{"onset_days": ' + b"9" * 5000 + b"}", 400),
    "very deep": (b"[" * 5000 + b"]" * 5000, 400),
    "very long": (json.dumps({"for_whom": "x" * 70_000}).encode(), 413),
}


@pytest.mark.parametrize(("data", "status"), BODIES.values(), ids=BODIES)
def test_a_broken_body_is_refused(client: Client, data: bytes, status: int) -> None:
    headers = {"Idempotency-Key": make_key()}
    response = client.post(SUBMISSIONS, data=data, headers=headers, content_type="application/json")
    assert response.status_code == status
    assert response.mimetype == "application/problem+json"


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_another_kind_of_body_is_refused(client: Client, kind: str) -> None:
    data, headers = json.dumps(make_body()), {"Idempotency-Key": make_key()}
    response = client.post(SUBMISSIONS, data=data, headers=headers, content_type=kind)
    assert response.status_code == 415


def test_other_verbs_are_refused_with_the_allowed_ones(client: Client) -> None:
    response = client.delete(SUBMISSIONS)
    assert (response.status_code, response.headers["Allow"]) == (405, "POST")
    response = client.put(f"{SUBMISSIONS}/x")
    assert response.status_code == 405


# -- anything at all -------------------------------------------------------------------------------

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner,
                                                                 max_size=3),
    max_leaves=6,
)  # fmt: skip
HARMLESS = {"deadline": None, "suppress_health_check": [HealthCheck.function_scoped_fixture]}


@given(name=st.sampled_from(sorted(make_body())), value=ANYTHING)
@settings(max_examples=150, **HARMLESS)  # type: ignore[arg-type]
def test_one_field_of_anything_is_taken_or_pointed_at(
    client: Client, name: str, value: Any
) -> None:
    response = submit(client, **{name: value})
    assert response.status_code in (201, 400, 422), response.get_data(as_text=True)
    if response.status_code == 422:
        pointers = [error["pointer"] for error in response.get_json()["errors"]]
        # A side is wrong for a region, and a reason or surgery date asks for its partner.
        partners = {"region": "side", "seen_in_last_3_years": "visit_reason",
                    "visit_reason": "surgery_date", "date_of_birth": "surgery_date"}  # fmt: skip
        expected = (f"/{name}", f"/{partners.get(name, name)}")
        assert pointers and all(pointer.startswith(expected) for pointer in pointers), pointers


@given(body=ANYTHING, path=st.sampled_from(["", "/x/level", "/x/callback"]))
@settings(max_examples=150, **HARMLESS)  # type: ignore[arg-type]
def test_a_body_of_anything_is_refused(
    client: Client, service: Service, body: Any, path: str
) -> None:
    headers = {"Idempotency-Key": make_key(), **staff_headers(service, "clinician")}
    response = client.post(f"{SUBMISSIONS}{path}", json=body, headers=headers)
    assert response.status_code in (400, 415, 422)
    assert response.mimetype == "application/problem+json"


FIELD = st.text(max_size=30) | st.sampled_from(["none", "yes", "me", "knee", "left", "7", "today"])
FORMS = st.dictionaries(
    st.sampled_from([*(field for step in STEPS for field in step.fields), "signs_2", "key",
                     "language", "all_clear", "level", "reason", "seen", "name", "phone"]),
    st.lists(FIELD, max_size=3),
    max_size=8,
)  # fmt: skip
PAGES = [*(f"/intake/{step.name}" for step in STEPS), "/intake/callback",
         "/intake/staff/checklist", "/intake/staff/submissions/x/level"]  # fmt: skip


@given(form=FORMS, path=st.sampled_from(PAGES))
@settings(max_examples=200, **HARMLESS)  # type: ignore[arg-type]
def test_a_form_of_anything_is_asked_again_and_never_a_failure_of_ours(
    client: Client, service: Service, form: dict[str, list[str]], path: str
) -> None:
    client.set_cookie("staff", staff_headers(service, "clinician")["Authorization"][7:])
    response = client.post(path, data=form)
    assert response.status_code in (303, 400, 404, 422), (path, response.status)
