"""race: many clients, one time; exactly one gets it and the others are offered others.

CHECK_SIZE is the number of repeats (3).
"""

import os
from collections import Counter

from tests.checks.rig import Answer, Rig, at_once, eventually, new_key

REPEATS = int(os.environ.get("CHECK_SIZE", "3"))
CLIENTS = 50


def test_one_of_fifty_gets_the_time_and_the_others_get_alternatives(running: Rig) -> None:
    for _ in range(REPEATS):
        slot = running.slots(limit=1)[0]["slot"]
        handoffs = at_once(CLIENTS, lambda _n: running.handoff())

        def book(number: int, slot: str = slot, handoffs: list[str] = handoffs) -> object:
            return running.book(slot, key=new_key(), handoff=handoffs[number], email=None)

        answers = at_once(CLIENTS, book)
        assert Counter(answer.status for answer in answers) == {201: 1, 409: CLIENTS - 1}
        for answer in answers:
            if answer.status == 409:
                assert answer.body["code"] == "slot_taken"
                assert len(answer.body["alternatives"]) == 3
    assert "in order" in running.run("integrity")


def test_the_same_key_books_once_however_often_it_is_sent(running: Rig) -> None:
    slot, handoff, key = running.slots(limit=1)[0]["slot"], running.handoff(), new_key()
    address = "tapped.twice@example.com"

    def book(_number: int) -> Answer:
        return running.book(slot, key=key, handoff=handoff, email=address)

    answers = [*at_once(8, book), book(8)]
    assert {answer.status for answer in answers} <= {201, 409}
    booked = [answer.body for answer in answers if answer.status == 201]
    assert answers[-1].status == 201
    assert all(body == booked[0] for body in booked)

    eventually(lambda: running.sink.to(address))
    assert len(running.sink.to(address)) == 1

    other = running.book(slot, key=key, handoff=handoff, email="bob@example.com")
    assert (other.status, other.body["code"]) == (422, "idempotency_key_reused")
