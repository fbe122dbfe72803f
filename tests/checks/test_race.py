"""race: many clients, one time; exactly one gets it and the others are offered others.

CHECK_SIZE is the number of repeats (10).
"""

import os
from collections import Counter

from tests.checks.rig import Rig, at_once, new_key
from tests.checks.sink import Sink

REPEATS = int(os.environ.get("CHECK_SIZE", "10"))
CLIENTS = 50


def test_one_of_fifty_gets_the_time_and_the_others_get_alternatives(rig: Rig, sink: Sink) -> None:
    rig.start()
    for _ in range(REPEATS):
        slot = rig.slots(limit=1)[0]["slot"]
        handoffs = at_once(CLIENTS, lambda _n: rig.handoff())

        def book(number: int, slot: str = slot, handoffs: list[str] = handoffs) -> object:
            return rig.book(slot, key=new_key(), handoff=handoffs[number], email=None)

        answers = at_once(CLIENTS, book)
        assert Counter(answer.status for answer in answers) == {201: 1, 409: CLIENTS - 1}
        for answer in answers:
            if answer.status == 409:
                assert answer.body["code"] == "slot_taken"
                assert len(answer.body["alternatives"]) == 3
    assert "in order" in rig.run("integrity")


def test_the_same_key_books_once_however_often_it_is_sent(rig: Rig, sink: Sink) -> None:
    rig.start()
    slot, handoff, key = rig.slots(limit=1)[0]["slot"], rig.handoff(), new_key()
    answers = at_once(
        8, lambda _n: rig.book(slot, key=key, handoff=handoff, email="ann@example.com")
    )
    answers.append(rig.book(slot, key=key, handoff=handoff, email="ann@example.com"))
    assert {answer.status for answer in answers} <= {201, 409}
    booked = [answer.body for answer in answers if answer.status == 201]
    assert answers[-1].status == 201
    assert all(body == booked[0] for body in booked)

    other = rig.book(slot, key=key, handoff=handoff, email="bob@example.com")
    assert (other.status, other.body["code"]) == (422, "idempotency_key_reused")
