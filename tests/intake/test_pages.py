"""The patient's pages, walked as a browser without JavaScript walks them: forth, back, too late."""

import pytest
from sqlalchemy import delete
from werkzeug.test import Client

from services.intake.models import IntakeSubmission
from shared.service import Service
from shared.tables import outbox
from tests.conftest import FileClock
from tests.intake.builders import count, kept
from tests.intake.walk import BACK_PAIN, Page, cookie, open_page, send, walk

SLOTS = "/scheduling/book/"
SIX = ["who", "birth", "where", "when", "signs", "pain"]


def test_the_start_page_says_what_matters_first(client: Client) -> None:
    page = open_page(client, "/intake/")
    assert page.headings == ["Book a visit at OSM"]
    assert "You do not need an account." in page.text
    assert "Call 911 if" in page.text
    assert "tel:+15032248399" in page.links
    assert "/intake/who" in page.links


def test_three_weeks_of_back_pain_end_in_the_list_of_times(
    client: Client, service: Service
) -> None:
    assert walk(client) == (SIX, SLOTS)
    claims = service.statements.open(
        "handoff", cookie(client, "handoff") or "", now=service.clock.now()
    )
    assert (claims["urgency"], claims["specialty"], claims["visit_type"]) == (
        "ROUTINE",
        "spine",
        "NP",
    )
    assert claims["date_of_birth"] == "1980-03-27"
    document = kept(service)
    assert claims["submission"] != ""
    assert document["inputs"] == {
        "for_whom": "me", "age": 46, "seen_in_last_3_years": "no", "visit_reason": "new_problem",
        "postop_days": None, "region": "low_back", "side": "na", "onset_days": 21,
        "mechanism": "none", "symptoms": [], "unsure": [], "flags": [],
        "pain": {"worst": 6, "now": 4}, "language": "en",
    }  # fmt: skip


def test_numbness_between_the_legs_stops_with_911(client: Client, service: Service) -> None:
    seen, end = walk(client, signs_2="saddle_numbness", signs_end=[])
    assert (seen, end) == (SIX, "/intake/result")
    page = open_page(client, end)
    assert page.headings == ["Call 911 or go to the nearest emergency room now."]
    assert "You told us: New numbness between your legs" in page.text
    assert "tel:911" in page.links
    assert SLOTS not in page.links
    assert not cookie(client, "handoff")
    assert (count(service, IntakeSubmission), count(service, outbox)) == (1, 1)


def test_same_day_is_told_to_call(client: Client) -> None:
    fever = {"signs_5": "fever_chills", "signs_end": []}
    _, end = walk(client, **fever)
    page = open_page(client, end)
    assert page.headings == ["Please call us today: 503-224-8399."]
    assert "tel:+15032248399" in page.links
    assert SLOTS not in page.links


def test_the_words_follow_the_hour_at_which_the_page_is_read(
    client: Client, clock: FileClock
) -> None:
    walk(client, signs_5="fever_chills", signs_end=[])
    clock.advance(minutes=30)
    assert "Please call us today" in open_page(client, "/intake/result").text
    clock.set("2027-03-01T10:45:00-08:00")
    assert "Please call us today" in open_page(client, "/intake/result").text


def test_an_urgent_visit_gets_its_last_day_and_a_way_to_the_times(client: Client) -> None:
    _, end = walk(client, flags="cancer_history", pain_worst="3", pain_now="1")
    page = open_page(client, end)
    assert page.headings == ["We want to see you within 2 business days."]
    assert "on or before Wednesday, March 3, 2027" in page.text
    assert SLOTS in page.links
    assert cookie(client, "handoff")


def test_changing_answers_after_an_emergency_makes_a_new_submission(
    client: Client, service: Service
) -> None:
    walk(client, signs_2="saddle_numbness", signs_end=[])
    assert "/intake/signs" in open_page(client, "/intake/result").links
    assert walk(client, start="/intake/signs") == (["signs", "pain"], SLOTS)
    assert count(service, IntakeSubmission) == 2
    walk(client, start="/intake/signs", signs_2="saddle_numbness", signs_end=[])
    assert not cookie(client, "handoff")


def test_a_double_tap_makes_one_submission(client: Client, service: Service) -> None:
    walk(client)
    answers = {"pain_worst": "6", "pain_now": "4"}
    first = client.post("/intake/pain", data=answers)
    second = client.post("/intake/pain", data=answers)
    assert first.headers["Location"] == second.headers["Location"] == SLOTS
    assert count(service, IntakeSubmission) == 1


def test_a_known_patient_is_asked_for_the_reason_and_the_surgery(
    client: Client, service: Service
) -> None:
    after = {
        "seen_in_last_3_years": "yes", "visit_reason": "after_surgery", "surgery_date": "2",
        "surgery_date_day": "1", "surgery_date_year": "2027",
    }  # fmt: skip
    seen, _ = walk(client, **after)
    assert seen == ["who", "birth", "reason", "where", "when", "signs", "pain"]
    assert kept(service)["inputs"]["postop_days"] == 28
    assert kept(service)["visit_type"] == "FU"


def test_a_recent_injury_is_asked_about(client: Client, service: Service) -> None:
    fall = {"region": "knee", "side": "left", "mechanism": "fall_or_twist", "onset": "days"}
    seen, _ = walk(client, **fall, injury=["er_evaluated", "er_fracture_diagnosed"])
    assert seen == ["who", "birth", "where", "when", "injury", "signs", "pain"]
    assert kept(service)["inputs"]["flags"] == ["er_evaluated", "er_fracture_diagnosed"]
    assert kept(service)["urgency"] == "URGENT_2BD"


def test_an_old_injury_is_not(client: Client) -> None:
    seen, _ = walk(client, region="knee", side="left", mechanism="sports", onset="years")
    assert "injury" not in seen


def test_whoever_is_not_sure_says_which(client: Client, service: Service) -> None:
    seen, end = walk(client, signs_end="not_sure", unsure_2="bladder_change")
    assert seen == ["who", "birth", "where", "when", "signs", "unsure", "pain"]
    assert end == "/intake/result"
    assert kept(service)["inputs"]["unsure"] == ["bladder_change"]
    assert [rule["id"] for rule in kept(service)["rules"]] == ["S-98"]


def test_a_small_child_is_not_asked_for_a_number(client: Client, service: Service) -> None:
    seen, _ = walk(client, date_of_birth_year="2021", for_whom="my_child")
    assert seen == ["who", "birth", "where", "when", "signs"]
    assert kept(service)["inputs"]["pain"] == {"worst": None, "now": None}


def test_not_sure_and_cannot_say_are_answers(client: Client, service: Service) -> None:
    walk(client, onset="not_sure", number="", pain_worst="cannot_say", pain_now="cannot_say")
    inputs = kept(service)["inputs"]
    assert (inputs["onset_days"], inputs["pain"]) == (None, {"worst": None, "now": None})


@pytest.mark.parametrize(
    ("unit", "number", "days"),
    [
        ("today", "", 0),
        ("days", "9", 9),
        ("weeks", "6", 42),
        ("months", "2", 60),
        ("years", "3", 1095),
    ],
)
def test_the_start_is_counted_in_days(
    client: Client, service: Service, unit: str, number: str, days: int
) -> None:
    walk(client, onset=unit, number=number)
    assert kept(service)["inputs"]["onset_days"] == days


# -- going back, going wrong -----------------------------------------------------------------------


def test_answers_are_kept_on_the_way_back(client: Client) -> None:
    walk(client, signs_3="stiff_neck", flags=["cancer_history"])
    assert open_page(client, "/intake/birth").chosen == {
        "date_of_birth": ["3"], "date_of_birth_day": ["27"], "date_of_birth_year": ["1980"],
        "seen_in_last_3_years": ["no"],
    }  # fmt: skip
    assert open_page(client, "/intake/when").chosen == {
        "onset": ["weeks"], "number": ["3"], "mechanism": ["none"],
    }  # fmt: skip
    assert open_page(client, "/intake/signs").chosen["flags"] == ["cancer_history"]
    assert open_page(client, "/intake/pain").chosen == {"pain_worst": ["6"], "pain_now": ["4"]}
    assert "/intake/signs" in open_page(client, "/intake/pain").links


def test_none_of_these_does_not_count_for_another_region(client: Client) -> None:
    walk(client)
    response = send(client, "/intake/where", region="hip", side="left")
    assert response.headers["Location"] == "/intake/when"
    response = send(client, "/intake/when", **BACK_PAIN)
    assert response.headers["Location"] == "/intake/signs"
    response = client.get("/intake/pain")
    assert (response.status_code, response.headers["Location"]) == (303, "/intake/signs")
    assert open_page(client, "/intake/signs").chosen == {}  # nothing looks as if it were answered


def test_a_stale_page_of_signs_is_asked_again(client: Client) -> None:
    walk(client)
    stale = open_page(client, "/intake/signs").hidden
    send(client, "/intake/where", region="neck")
    send(client, "/intake/when", **BACK_PAIN)
    response = client.post("/intake/signs", data=stale | {"signs_end": "none", "flags": "none"})
    assert response.status_code == 422
    assert Page(response.get_data(as_text=True)).chosen == {}


@pytest.mark.parametrize("name", ["birth", "where", "when", "signs", "pain", "reason", "injury"])
def test_a_page_that_comes_too_early_leads_to_the_first_one(client: Client, name: str) -> None:
    for response in (client.get(f"/intake/{name}"), client.post(f"/intake/{name}", data={})):
        assert (response.status_code, response.headers["Location"]) == (303, "/intake/who")


def test_after_an_hour_the_answers_are_gone_and_the_page_says_so(
    client: Client, clock: FileClock
) -> None:
    walk(client)
    clock.advance(minutes=61)
    response = client.get("/intake/pain")
    assert (response.status_code, response.headers["Location"]) == (303, "/intake/?expired=yes")
    assert "An hour went by" in open_page(client, "/intake/?expired=yes").text
    assert client.get("/intake/result").headers["Location"] == "/intake/?expired=yes"


def test_without_a_result_there_is_nothing_to_see(client: Client) -> None:
    assert client.get("/intake/result").headers["Location"] == "/intake/"


def test_a_result_that_is_gone_leads_to_the_start(client: Client, service: Service) -> None:
    walk(client, signs_2="saddle_numbness", signs_end=[])
    with service.database.write() as session:
        session.execute(delete(IntakeSubmission))
    assert client.get("/intake/result").headers["Location"] == "/intake/"


@pytest.mark.parametrize("value", ["", "x", "A" * 3000, "é", "../../etc/passwd"])
def test_a_forged_draft_is_no_draft(client: Client, value: str) -> None:
    client.set_cookie("draft", value)
    assert client.get("/intake/pain").headers["Location"] == "/intake/who"
