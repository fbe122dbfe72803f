"""Who listens to what is said in one place, and it is what the services really handle."""

from importlib import import_module
from importlib.util import find_spec

import pytest

from shared.events.codec import EVENTS
from shared.messaging.topology import LISTENERS, QUEUES, dead_letters
from shared.settings import SERVICES


def handled_by(service: str) -> set[str]:
    if find_spec(f"services.{service}.handlers") is None:
        return set()
    return set(import_module(f"services.{service}.handlers").HANDLERS)


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_gets_the_events_that_it_handles_and_no_others(service: str):
    assert handled_by(service) == {type_ for type_, who in LISTENERS.items() if service in who}


def test_every_published_event_has_a_line_even_if_nobody_listens_yet():
    assert set(LISTENERS) == set(EVENTS)


def test_an_event_is_named_after_its_producer_and_no_service_listens_to_itself():
    for type_, listeners in LISTENERS.items():
        producer, past_tense, version = type_.split(".")
        assert producer in SERVICES
        assert past_tense.replace("_", "").isalpha()
        assert version.startswith("v") and version[1:].isdigit()
        assert producer not in listeners


def test_every_service_has_a_queue_of_its_own_and_one_for_dead_letters():
    assert QUEUES == SERVICES
    assert dead_letters("intake") == "intake.dead"
