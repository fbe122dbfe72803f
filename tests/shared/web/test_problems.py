"""Refusals: problem+json under /api, a calm page elsewhere, and never what happened inside."""

import pytest

from shared.logs import JsonFormatter

KEY = {"Idempotency-Key": "k" * 22}
VISIT = {"patient": {"name": "Ann"}}
JSON = {"Content-Type": "application/json"}
BODIES = [
    pytest.param(b"{", JSON, 400, "malformed", id="broken"),
    pytest.param(b'{"a":1,"a":2}', JSON, 400, "malformed", id="duplicate key"),
    pytest.param(b'{"a":NaN}', JSON, 400, "malformed", id="NaN"),
    pytest.param(b'{"a":1e999}', JSON, 400, "malformed", id="infinite"),
    pytest.param(b'{"a":' + b"9" * 30 + b"}", JSON, 400, "malformed", id="huge number"),
    pytest.param(b'{"a":"\\u0000"}', JSON, 400, "malformed", id="NUL"),
    pytest.param(b'{"a":"\\ud800"}', JSON, 400, "malformed", id="lone surrogate"),
    pytest.param(b'{"a":"\xff"}', JSON, 400, "malformed", id="not UTF-8"),
    pytest.param(b"[" * 21 + b"]" * 21, JSON, 400, "malformed", id="deep"),
    pytest.param(b"[" * 9000, JSON, 400, "malformed", id="abyss"),
    pytest.param(b'"' + b"x" * 70_000 + b'"', JSON, 413, "too_large", id="too long"),
    pytest.param(b"a=1", {"Content-Type": "application/x-www-form-urlencoded"}, 415,
                 "unsupported_media_type", id="a form"),
    pytest.param(b"{}", {"Content-Type": "application/json; charset=utf-7"}, 415,
                 "unsupported_media_type", id="odd charset"),
    pytest.param(b"[]", JSON, 422, "invalid", id="not an object"),
]  # fmt: skip


@pytest.mark.parametrize(("body", "headers", "status", "code"), BODIES)
def test_a_bad_body_is_refused(client, body, headers, status, code):
    response = client.post("/api/v1/visits", data=body, headers=headers | KEY)
    assert response.status_code == status
    assert response.content_type == "application/problem+json"
    assert response.json["code"] == code
    assert set(response.json) >= {"type", "title", "status", "detail", "code", "errors"}
    assert response.json["status"] == status


def test_the_deepest_allowed_body_is_read(client):
    response = client.post("/api/v1/visits", json=VISIT, headers=KEY)
    assert response.status_code == 201


def test_fields_are_pointed_at(client):
    body = {"patient": {"age": "7", "a/b": 1}, "role": "admin"}
    response = client.post("/api/v1/visits", json=body, headers=KEY)
    assert response.status_code == 422
    pointers = {error["pointer"]: error["detail"] for error in response.json["errors"]}
    assert pointers == {
        "/patient/name": "Missing data for required field.",
        "/patient/age": "Not a valid integer.",
        "/patient/a~1b": "Unknown field.",
        "/role": "Unknown field.",
    }


@pytest.mark.parametrize("key", ["", "short", "k" * 65, "k" * 21 + "!"])
def test_a_key_is_needed_to_act(client, key):
    response = client.post("/api/v1/visits", json=VISIT, headers={"Idempotency-Key": key})
    assert (response.status_code, response.json["code"]) == (400, "idempotency_key_required")


ROUTES = [
    pytest.param("GET", "/api/v1/nothing", 404, "not_found", id="no route"),
    pytest.param("PUT", "/api/v1/visits", 405, "method_not_allowed", id="no method"),
    pytest.param("TRACE", "/api/v1/visits", 405, "method_not_allowed", id="trace"),
    pytest.param("OPTIONS", "/api/v1/visits", 405, "method_not_allowed", id="options"),
    pytest.param("GET", "/api/v1/visits?status=a&status=b", 401, "sign_in_required", id="no token"),
    pytest.param("GET", "/api/v1/fails/gone?a=1&a=2", 400, "malformed", id="repeated parameter"),
    pytest.param("GET", "/api/v1/fails/gone?a=%00", 400, "malformed", id="NUL in query"),
    pytest.param("GET", "/api/v1/fails/a%00", 400, "malformed", id="NUL in path"),
    pytest.param("GET", "/api/v1/fails/gone", 410, "hold_expired", id="refused by a rule"),
    pytest.param("GET", "/api/v1/fails/reused", 422, "idempotency_key_reused", id="key reused"),
    pytest.param("GET", "/api/v1/fails/database", 503, "unavailable", id="database away"),
    pytest.param("GET", "/api/v1/fails/crash", 500, "internal_error", id="crash"),
    pytest.param("GET", "/api/v1/fails/constraint", 500, "internal_error", id="our mistake"),
]


@pytest.mark.parametrize(("method", "path", "status", "code"), ROUTES)
def test_programs_get_problems(client, method, path, status, code):
    response = client.open(path, method=method)
    assert response.status_code == status
    assert response.content_type == "application/problem+json"
    assert response.json["code"] == code
    assert "secret-name" not in response.text


def test_useful_headers_and_members_survive(client):
    refused = client.put("/api/v1/visits")
    assert set(refused.headers["Allow"].split(", ")) == {"GET", "HEAD", "POST"}
    assert client.get("/api/v1/fails/gone").json["alternatives"] == [1]
    assert client.get("/api/v1/fails/database").headers["Retry-After"] == "2"
    assert client.get("/api/v1/visits").headers["WWW-Authenticate"] == "Bearer"


PAGES = [
    pytest.param("/nothing", 404, "Page not found", id="no page"),
    pytest.param("/fails/gone", 410, "We could not keep this time.", id="refused by a rule"),
    pytest.param("/fails/crash", 500, "Something went wrong on our side", id="crash"),
    pytest.param("/fails/database", 503, "Please try again in a minute", id="database away"),
]


@pytest.mark.parametrize(("path", "status", "words"), PAGES)
def test_people_get_a_page_with_the_phone_number(client, path, status, words):
    response = client.get(path)
    assert response.status_code == status
    assert response.mimetype == "text/html"
    assert words in response.text
    assert "503-224-8399" in response.text
    assert "secret-name" not in response.text


def test_the_log_names_the_place_and_no_person(client, caplog):
    client.get("/fails/crash?name=secret-name")
    (record,) = caplog.records
    line = JsonFormatter().format(record)
    assert "secret-name" not in line
    assert '"request_id"' in line
    assert '"exception": "RuntimeError"' in line
    assert "builders.py" in line


def test_the_document_promises_problems(client):
    document = client.get("/api/v1/openapi.json").json
    assert document["openapi"] == "3.1.0"
    assert document["servers"] == [{"url": "/scheduling"}]
    for refusal in document["components"]["responses"].values():
        assert list(refusal["content"]) == ["application/problem+json"]
    body = document["components"]["schemas"]["Visit"]
    assert body["additionalProperties"] is False
