"""An unsafe request is taken only from our own pages, or from a program with a token."""

import pytest

from tests.shared.web.builders import staff_token

OURS = "http://127.0.0.1:8000"
CASES = [
    pytest.param({"Sec-Fetch-Site": "same-origin"}, True, id="own page"),
    pytest.param({"Sec-Fetch-Site": "none"}, True, id="typed by the user"),
    pytest.param({"Sec-Fetch-Site": "same-site"}, False, id="sister site"),
    pytest.param({"Sec-Fetch-Site": "cross-site"}, False, id="foreign site"),
    pytest.param({"Sec-Fetch-Site": "cross-site", "Origin": OURS}, False, id="fetch header wins"),
    pytest.param({"Origin": OURS}, True, id="public origin"),
    pytest.param({"Origin": "http://localhost"}, True, id="the request's own host"),
    pytest.param({"Origin": "https://localhost"}, False, id="own host, other scheme"),
    pytest.param({"Origin": "null"}, False, id="hidden origin"),
    pytest.param({"Origin": "https://evil.test"}, False, id="foreign origin"),
    pytest.param({}, True, id="neither header, no cookie"),
    pytest.param({"Cookie": "handoff=x"}, True, id="neither header, harmless cookie"),
    pytest.param({"Cookie": "visit=x"}, False, id="neither header, visit cookie"),
    pytest.param({"Cookie": "staff=x"}, False, id="neither header, staff cookie"),
    pytest.param({"Cookie": "staff_session=x"}, False, id="neither header, session cookie"),
]


@pytest.mark.parametrize(("headers", "is_taken"), CASES)
def test_forms_come_from_our_own_pages(app, headers, is_taken):
    response = app.test_client(use_cookies=False).post("/form", headers=headers)
    assert response.status_code == (303 if is_taken else 403)


def test_reading_is_never_guarded(client):
    assert client.get("/open", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 200


def test_a_program_with_a_token_needs_no_origin(app, service):
    headers = {"Authorization": f"Bearer {staff_token(service)}", "Cookie": "staff=x"}
    assert app.test_client(use_cookies=False).post("/form", headers=headers).status_code == 303


def test_a_foreign_page_cannot_post_json_either(client):
    response = client.post("/api/v1/visits", json={}, headers={"Sec-Fetch-Site": "cross-site"})
    assert response.status_code == 403
    assert response.json["code"] == "cross_site_request"
