"""journey: low-back pain for three weeks becomes a visit and one mail; numbness stops booking."""

import re
from datetime import datetime
from email.message import EmailMessage

import icalendar
import psycopg
import pytest

from tests.checks.proxy import Proxy
from tests.checks.rig import LOW_BACK, SERVICES, Rig, eventually, new_key

BORN = "1951-08-17"
HEALTH_WORDS = ("pain", "low back", "low_back", "spine", "urgent", "symptom", "1980", "o'brien")


def test_a_patient_books_and_gets_one_mail(running: Rig) -> None:
    token, address = running.token("front_desk"), "journey@example.com"
    slot = running.slots()[3]
    booked = running.book(slot["slot"], key=new_key(), handoff=running.handoff(), email=address)
    assert booked.status == 201, booked
    assert booked.body["start"] == slot["start"]

    eventually(lambda: _states(running, booked.body["id"], token) == ["sent"])
    [mail] = running.sink.to(address)
    assert mail["To"] == address
    text = _text(mail)
    for part in ("1515 NW 18th Ave, 3rd Floor", "Portland, OR 97209", "503-224-8399"):
        assert part in text
    assert booked.body["manage_url"] in text
    assert "Ann" in text
    for word in HEALTH_WORDS:
        assert word not in (text + _text(mail, "html") + str(mail["Subject"])).lower()
    event = _event(mail)
    assert event["DTSTART"].dt == datetime.fromisoformat(slot["start"])
    assert event["DTEND"].dt == datetime.fromisoformat(slot["end"])
    assert "in order" in running.run("integrity")


def test_numbness_between_the_legs_stops_booking(running: Rig) -> None:
    token = running.token()
    before = _state_of_the_house(running, token)
    stopped = running.call(
        "intake",
        "POST",
        "/api/v1/submissions",
        {**LOW_BACK, "symptoms": ["saddle_numbness"]},
        key=new_key(),
    )
    assert stopped.status == 201
    body = stopped.body
    assert (body["urgency"], body["online_booking"]) == ("EMERGENCY", "stop")
    assert body["handoff"] is None
    assert "911" in body["advice"]["headline"]
    seen = running.call("intake", "GET", f"/api/v1/submissions/{body['id']}", token=token)
    assert [rule["id"] for rule in seen.body["rules"]] == ["E-10"]
    assert _state_of_the_house(running, token) == before


def test_who_it_is_and_what_hurts_is_readable_nowhere(running: Rig) -> None:
    """In no row, file or log line of any service: databases, events, log."""
    answers = {**LOW_BACK, "symptoms": ["muscle_spasm"], "date_of_birth": BORN}
    submission = running.call("intake", "POST", "/api/v1/submissions", answers, key=new_key())
    assert submission.status == 201
    handoff = submission.body["handoff"]
    booked = running.book(
        running.slots()[5]["slot"], key=new_key(), handoff=handoff, email="canary@example.com"
    )
    assert booked.status == 201, booked
    path = f"/api/v1/submissions/{submission.body['id']}/details"
    told = {"daily_life": {"goal": "Climb Quetzalfell again"}}
    kept = running.call("intake", "PUT", path, told, token=running.token("clinician"))
    assert kept.status == 200, kept
    token = running.token("front_desk")
    eventually(lambda: _states(running, booked.body["id"], token) == ["sent"])
    house = _everything_written(running)
    assert submission.body["id"].encode() in house  # it looks into the right places
    canaries = ("muscle_spasm", "low_back", "Quetzalfell", BORN, "canary@example", "O'Brien")
    assert [canary for canary in canaries if canary.encode() in house] == []


def _everything_written(rig: Rig) -> bytes:
    """All files of the data folder and the log; in the full rig every row of every table too."""
    files = [file for file in sorted(rig.folder.rglob("*")) if file.is_file()]
    written = [file.read_bytes() for file in files if file.name != "clock"]
    for service in SERVICES if rig.full else ():
        url = rig.environ[f"{service.upper()}_DATABASE_URL"].replace("+psycopg", "")
        with psycopg.connect(url) as connection:
            tables = connection.execute(
                "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
            ).fetchall()
            for (table,) in tables:
                rows = connection.execute(f'SELECT t::text FROM "{table}" t').fetchall()
                for (row,) in rows:
                    written.append(row.encode())
                    written += [bytes.fromhex(h) for h in re.findall(r"\\x((?:[0-9a-f]{2})+)", row)]
    return b"\n".join(written)


@pytest.mark.parametrize("rig", ["full"], indirect=True)
def test_without_the_broker_booking_works_and_the_mail_goes_out_later(rig: Rig) -> None:
    proxy = Proxy(5672)
    rig.environ["EVENTS_URL"] = rig.environ["EVENTS_URL"].replace(":5672/", f":{proxy.port}/")
    try:
        rig.start()
        token = rig.token("front_desk")
        slot, handoff = rig.slots(limit=1)[0]["slot"], rig.handoff()
        proxy.cut()
        booked = rig.book(slot, key=new_key(), handoff=handoff, email="ann@example.com")
        assert booked.status == 201
        assert rig.sink.mails == []
        proxy.mend()
        eventually(lambda: _states(rig, booked.body["id"], token) == ["sent"])
        eventually(lambda: len(rig.sink.mails) == 1)
        assert "in order" in rig.run("integrity")
    finally:
        rig.kill()
        proxy.close()


def _state_of_the_house(rig: Rig, token: str) -> tuple[int, int, int]:
    """How many visits, messages and mails there are."""
    visits = len(list(rig.all("scheduling", rig.everything(), token)))
    messages = len(list(rig.all("notifications", "/api/v1/messages", token)))
    return visits, messages, len(rig.sink.mails)


def _states(rig: Rig, appointment: str, token: str) -> list[str]:
    path = f"/api/v1/messages?kind=confirmation&appointment={appointment}"
    return [item["state"] for item in rig.all("notifications", path, token)]


def _text(mail: EmailMessage, kind: str = "plain") -> str:
    part = mail.get_body((kind,))
    assert isinstance(part, EmailMessage)
    return str(part.get_content(errors="strict"))


def _event(mail: EmailMessage) -> icalendar.Event:
    [part] = [part for part in mail.walk() if part.get_content_type() == "text/calendar"]
    [event] = icalendar.Calendar.from_ical(part.get_content()).walk("VEVENT")
    return event
