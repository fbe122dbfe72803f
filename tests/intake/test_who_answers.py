"""Children, helpers and patients who come back: who may go on alone, and what they are asked."""

import pytest
from werkzeug.test import Client

from services.intake.domain.knowledge import knowledge
from tests.intake.builders import submit
from tests.intake.walk import Page, open_page, send, walk

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"])
BIRTH = {"date_of_birth_day": "1", "date_of_birth": "3", "seen_in_last_3_years": "no"}


@pytest.mark.parametrize(("for_whom", "year", "day", "goes_on"), [
    ("me", "2012", "1", True),  # 15 today
    ("me", "2012", "2", False),  # 15 tomorrow
    ("my_child", "2012", "2", True),
    ("someone_i_help", "2020", "1", True),
])  # fmt: skip
def test_under_15_somebody_else_books(
    client: Client, for_whom: str, year: str, day: str, goes_on: bool
) -> None:
    send(client, "/intake/who", for_whom=for_whom, permission="yes")
    form = {**BIRTH, "date_of_birth_day": day, "date_of_birth_year": year}
    response = client.post("/intake/birth", data=form)
    assert (response.status_code == 303) is goes_on
    if not goes_on:
        assert "a parent or guardian has to book" in response.get_data(as_text=True)


def test_a_program_may_send_a_childs_answers(client: Client) -> None:
    assert submit(client, date_of_birth="2015-03-01").status_code == 201


def test_a_parent_is_told_to_come_along(client: Client) -> None:
    send(client, "/intake/who", for_whom="my_child")
    assert "a parent or guardian needs to come along" in open_page(client, "/intake/birth").text
    send(client, "/intake/who", for_whom="me")
    assert "come along" not in open_page(client, "/intake/birth").text


def test_a_helper_needs_permission(client: Client) -> None:
    response = client.post("/intake/who", data={"for_whom": "someone_i_help"})
    page = Page(response.get_data(as_text=True))
    assert response.status_code == 422
    assert page.text.count("Tick the box if you have their permission") == 2
    assert "#permission" in page.links and "permission" in page.ids
    form = {"for_whom": "someone_i_help", "permission": "yes"}
    assert client.post("/intake/who", data=form).status_code == 303


def asked(client: Client) -> set[str]:
    page = open_page(client, "/intake/signs")
    return {code for name, codes in page.controls.items() if name.startswith("signs")
            for code in codes} - {"none", "not_sure"}  # fmt: skip


SHORT = {code for code, item in knowledge().catalog.symptoms.items() if item.get("short_list")}


def test_a_follow_up_is_asked_the_short_list(client: Client) -> None:
    back = {"seen_in_last_3_years": "yes", "visit_reason": "follow_up"}
    walk(client, region="knee", side="left", **back)
    short = asked(client)
    assert short == {code for code in SHORT if code in knowledge().catalog.symptoms_for("knee")}
    assert {"fever_chills", "wound_drainage", "calf_swelling_one_leg"} <= short


def test_a_new_injury_is_asked_everything_even_at_a_follow_up(client: Client) -> None:
    back = {"seen_in_last_3_years": "yes", "visit_reason": "follow_up"}
    fall = {"mechanism": "fall_or_twist", "onset": "days", "injury": "none"}
    walk(client, region="knee", side="left", **back, **fall)
    assert "pop_loss_function" in asked(client) - SHORT


@pytest.mark.parametrize(("date", "status"), [("2017-03-03", 201), ("2017-03-02", 422)])
def test_a_surgery_counts_for_ten_years(client: Client, date: str, status: int) -> None:
    answers = {"visit_reason": "after_surgery", "surgery_date": date}
    assert submit(client, **answers).status_code == status
