"""Cancelling against sending, at random: does a mail ever tell a state that was gone already?"""

import random
import threading
import time
from collections import Counter

from sqlalchemy import select

from services.notifications.models import Message
from shared.service import Service
from tests.notifications.builders import handle, make_booked, make_cancelled, rows_of, send
from tests.notifications.scripted import ScriptedServer

LONGEST_WAIT = 0.03  # seconds; a mail takes about ten milliseconds


def race(service: Service, server: ScriptedServer, *, rounds: int, seed: int) -> Counter[str]:
    """How the confirmations stood when their cancellation was known: sending had begun, or they
    were dropped. Anything else, or a dropped one that was sent all the same, is counted "stale"."""
    chance, stood = random.Random(seed), {}
    over = threading.Event()
    threads = [threading.Thread(target=_send_until, args=(service, over)) for _ in range(2)]
    for thread in threads:
        thread.start()
    try:
        for number in range(rounds):
            visit = {"appointment": f"{seed}-{number}", "email": f"p{number}@example.com"}
            handle(service, make_booked(**visit))
            time.sleep(chance.random() * LONGEST_WAIT)
            handle(service, make_cancelled(**visit))
            message, state = _confirmation(service, visit["appointment"])
            stood[message] = state
    finally:
        over.set()
        for thread in threads:
            thread.join()
    send(service)
    sent = {mail.split(b"Clinic-Message: ")[1].split(b"\r\n")[0].decode() for mail in server.mails}
    return Counter(_judge(state, message in sent) for message, state in stood.items())


def _judge(state: str, was_sent: bool) -> str:
    if state in {"data_started", "sent"}:
        return "told"
    return "dropped" if state == "suppressed" and not was_sent else "stale"


def _send_until(service: Service, over: threading.Event) -> None:
    while not over.is_set():
        send(service)
        time.sleep(0.001)


def _confirmation(service: Service, visit: str) -> tuple[str, str]:
    with service.database.read() as session:
        row = session.execute(
            select(Message.id, Message.state).where(
                Message.subject == visit, Message.kind == "confirmation"
            )
        ).one()
    return row.id, row.state


def all_told(service: Service) -> bool:
    """Every cancellation itself was sent in the end."""
    return {row.state for row in rows_of(service) if row.kind == "cancelled"} == {"sent"}
