"""The routes of the desk from outside: people, contacts, tasks, the waitlist, closures."""

import pytest

from services.scheduling import jobs, operations
from services.scheduling.models import AuditEntry, Task
from tests.scheduling.build import make_handoff
from tests.scheduling.test_api import CONTACT, PATIENT, Caller, new_key, problem

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"])
API = "/scheduling/api/v1"
THURSDAY = {"starts": "2027-03-04T08:00:00-08:00", "ends": "2027-03-04T16:30:00-08:00"}


@pytest.fixture
def api(desk, client):
    return Caller(desk, client)


def patch(api, path, body, version='"1"'):
    headers = {"If-Match": version} if version else {}
    token = {"Authorization": f"Bearer {api.desk.staff_token('front_desk')}"}
    return api.client.patch(f"{API}{path}", json=body, headers=headers | token)


def looks(api):
    return [row.action for row in api.desk.rows(AuditEntry) if row.action in ("looked", "listed")]


def test_a_contact_is_corrected_with_the_version_that_was_seen(api):
    visit = api.book().json
    path = f"/appointments/{visit['id']}/contact"
    assert problem(patch(api, path, {"email": None}, version=None)) == (428, "if_match_required")
    assert problem(patch(api, path, {"email": None}, version='"7"')) == (412, "stale_version")
    assert problem(patch(api, path, {"email": "no"})) == (422, "invalid")
    assert problem(patch(api, path, {})) == (422, "invalid")
    done = patch(api, path, {"email": None, "phone": "503 555 0188", "language": "es"})
    assert (done.status_code, done.headers["ETag"]) == (200, '"2"')
    assert done.json["contact"]["email"] is None
    assert done.json["contact"]["phone"] == "+15035550188"
    assert done.json["other_visits"] == []


def test_visits_and_patients_are_found_by_what_is_typed_and_every_look_is_noted(api):
    visit = api.book().json
    for text in (visit["reference"], "o'brien", "nun", "obrien 3/27/1980", "0123"):
        found = api.get("/appointments", staff="front_desk", q=text).json["items"]
        assert [one["id"] for one in found] == [visit["id"]], text
    (found,) = api.get("/patients", staff="front_desk", q="nun").json["items"]
    assert found["family_name"] == "O'Brien-Núñez"
    assert found["next_visit"] == "2027-03-02T09:00:00-08:00"
    api.get(f"/appointments/{visit['id']}", staff="clinician")
    assert sorted(looks(api)) == ["listed"] * 6 + ["looked"]


def test_records_are_merged_after_a_preview_and_parted_again(api):
    first = api.book(staff="front_desk", handoff=None).json
    other = PATIENT | {"given_name": "Annie"}
    second = api.book(
        staff="front_desk",
        handoff=None,
        patient=other,
        slot=...,
        practitioner="elm",
        visit_type="NP",
        start="2027-03-02T10:00:00-08:00",
    ).json
    ids = [
        api.get(f"/appointments/{one['id']}", staff="admin").json["patient"]["id"]
        for one in (first, second)
    ]
    preview = api.get(f"/patients/{ids[0]}/merge-preview", staff="admin", other=ids[1]).json
    assert preview["differences"] == ["given_name"]
    assert preview["moved_visits"] == 1
    merged = api.post(f"/patients/{ids[0]}/merge", {"other": ids[1]}, staff="front_desk")
    assert merged.json["appointments"] == [second["id"]]
    again = api.post(f"/patients/{ids[0]}/merge", {"other": ids[1]}, staff="front_desk")
    assert problem(again) == (409, "merged_already")
    undone = api.post(f"/patients/merges/{merged.json['id']}/undo", staff="front_desk")
    assert undone.json["undone_at"] is not None
    refused = api.post(f"/patients/{ids[0]}/merge", {"other": ids[1]}, staff="clinician")
    assert problem(refused) == (403, "forbidden")


def test_tasks_are_listed_claimed_and_done(api):
    with api.desk.write() as session:
        for number in range(3):
            operations.open_task(
                session,
                "callback",
                str(number),
                now=api.desk.clock.now(),
                about={"name": "Ann", "phone": "+15035550123"},
            )
    first = api.get("/tasks", staff="front_desk", limit=2).json
    rest = api.get("/tasks", staff="front_desk", limit=2, cursor=first["next"]).json
    assert (len(first["items"]), len(rest["items"]), rest["next"]) == (2, 1, None)
    task = first["items"][0]
    assert (task["kind"], task["state"], task["name"]) == ("callback", "open", "Ann")
    desk, other = "front_desk", "clinician"
    claimed = api.post(f"/tasks/{task['id']}/claim", staff=desk)
    assert claimed.json["state"] == "claimed"
    refused = api.post(f"/tasks/{task['id']}/claim", staff=other)
    assert problem(refused) == (409, "task_claimed")
    assert refused.json["claimed_by"] == "A program"
    assert api.post(f"/tasks/{task['id']}/release", staff="admin").json["state"] == "open"
    done = api.post(
        f"/tasks/{task['id']}/resolve", {"outcome": "reached", "note": "Comes at ten"}, staff=desk
    )
    assert (done.json["state"], done.json["outcome"]) == ("resolved", "reached")
    plain = api.post(f"/tasks/{rest['items'][0]['id']}/resolve", staff=desk)
    assert plain.json["state"] == "resolved"
    assert len(api.get("/tasks", staff=desk).json["items"]) == 1
    assert len(api.get("/tasks", staff=desk, state="resolved").json["items"]) == 2
    assert problem(api.post("/tasks/none/claim", staff=desk)) == (404, "no_such_task")


def test_joining_the_waitlist_needs_a_key_and_joins_once(api):
    body = {
        "handoff": api.desk.handoff_token(make_handoff()),
        "practitioner": "any",
        "days": ["monday", "2027-03-04"],
        "part_of_day": "morning",
        "patient": PATIENT,
        "contact": CONTACT,
    }
    assert problem(api.post("/waitlist", body)) == (400, "idempotency_key_required")
    key = new_key()
    joined = api.post("/waitlist", body, key=key)
    assert joined.status_code == 201
    assert api.post("/waitlist", body, key=key).json == joined.json
    assert problem(api.post("/waitlist", body, key=new_key())) == (409, "on_waitlist_already")
    (entry,) = api.get("/waitlist", staff="front_desk").json["items"]
    assert (entry["id"], entry["days"]) == (joined.json["id"], ["monday", "2027-03-04"])
    time = {"practitioner": "alder", "start": "2027-03-04T09:00:00-08:00"}
    assert api.get("/waitlist", staff="front_desk", **time).json["items"][0]["id"] == entry["id"]
    offer = api.post(f"/waitlist/{entry['id']}/offer", time, staff="front_desk")
    assert (offer.status_code, offer.json["channel"]) == (201, "mail")
    taken = {"slot": ..., "handoff": None, "visit_type": "NP"} | time
    assert problem(api.book(staff="front_desk", **taken)) == (409, "offer_open")
    accepted = api.post(f"/waitlist/offers/{offer.json['id']}/accept", staff="front_desk")
    assert accepted.json["outcome"] == "accepted"
    assert api.get("/waitlist", staff="front_desk").json["items"] == []


@pytest.mark.parametrize(
    "changes",
    [{"days": ["someday"]}, {"part_of_day": "night"}, {"patient": None}, {"handoff": None}],
    ids=str,
)
def test_wishes_that_cannot_be_read_are_refused(api, changes):
    body = {"handoff": api.desk.handoff_token(), "patient": PATIENT, "contact": CONTACT} | changes
    assert problem(api.post("/waitlist", body, key=new_key())) == (422, "invalid")


def test_only_staff_join_for_a_visit(api):
    visit = api.book().json
    body = {"appointment": visit["id"], "days": []}
    assert problem(api.post("/waitlist", body, key=new_key())) == (401, "sign_in_required")
    joined = api.post("/waitlist", body, key=new_key(), staff="front_desk")
    assert (joined.status_code, joined.json["appointment"]) == (201, visit["id"])
    gone = api.client.delete(
        f"{API}/waitlist/{joined.json['id']}",
        headers={"Authorization": f"Bearer {api.desk.staff_token('front_desk')}"},
    )
    assert gone.status_code == 204


def test_a_closure_is_previewed_made_tracked_and_taken_back(api):
    start = {"start": "2027-03-04T09:00:00-08:00", "practitioner": "alder", "visit_type": "NP"}
    visit = api.book(staff="front_desk", handoff=None, slot=..., **start).json
    wanted = {"practitioner": "alder", "reason": "Ill", **THURSDAY}
    preview = api.post("/closures/preview", wanted, staff="front_desk").json
    assert (preview["affected"], preview["with_email"], preview["to_phone"]) == (1, 1, 0)
    made = api.post("/closures", wanted, staff="admin")
    assert made.status_code == 201
    jobs.follow_closures(api.desk.service)
    tracked = api.get(f"/closures/{made.json['id']}", staff="front_desk").json
    assert (tracked["affected"], tracked["done"]) == (1, 0)
    (case,) = tracked["items"]
    assert (case["state"], len(case["alternatives"])) == ("offered", 3)
    chosen = api.post(
        f"/closures/visits/{visit['id']}/choose",
        {"hold": case["alternatives"][0]["hold"]},
        staff="front_desk",
    )
    assert (chosen.json["id"], chosen.json["status"]) == (visit["id"], "booked")
    assert api.get(f"/closures/{made.json['id']}", staff="front_desk").json["done"] == 1
    headers = {"Authorization": f"Bearer {api.desk.staff_token('front_desk')}"}
    path = f"{API}/closures/{made.json['id']}"
    assert api.client.delete(path, headers=headers).status_code == 204
    gone = api.get(f"/closures/{made.json['id']}", staff="front_desk")
    assert problem(gone) == (404, "no_such_closure")
    assert problem(api.post("/closures", wanted, staff="clinician")) == (403, "forbidden")
    assert [task for task in api.desk.rows(Task) if task.state != "resolved"] == []
