"""What a patient brings along from the safety check."""

from services.scheduling.domain.handoff import Handoff
from tests.scheduling.patient import CLAIMS


def test_a_handoff_that_does_not_say_whom_it_is_for_is_the_patients_own():
    silent = {name: claim for name, claim in CLAIMS.items() if name != "for_whom"}
    assert Handoff.from_claims(silent).for_whom == "me"
    assert Handoff.from_claims(silent | {"for_whom": "my_child"}).for_whom == "my_child"
