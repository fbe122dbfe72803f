"""References that can be read out, and slot names that survive the round trip."""

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.scheduling.domain.codes import SlotName, new_reference, pack
from services.scheduling.domain.errors import SlotUnreadable


def test_a_reference_has_six_characters_and_no_look_alikes():
    drawn = "".join(new_reference() for _ in range(500))
    assert len(drawn) == 3000
    assert not set(drawn) & set("01OIL")


def test_a_slot_name_comes_back_as_it_went():
    slot = SlotName("NP", "alder", datetime(2027, 3, 2, 16, tzinfo=UTC))
    assert SlotName.read(slot.token()) == slot
    assert "=" not in slot.token()


@pytest.mark.parametrize(
    "token",
    [
        pytest.param("", id="empty"),
        pytest.param("!!", id="no base64"),
        pytest.param("ä", id="not ASCII"),
        pytest.param("bm8", id="no JSON"),
        pytest.param(pack(["NP", "alder"]), id="too short"),
        pytest.param(pack(["NP", "alder", "soon"]), id="text for a time"),
        pytest.param(pack(["NP", "alder", 2**80]), id="far beyond the calendar"),
        pytest.param(pack(["NP", "alder", -1]), id="before 1970"),
        pytest.param(pack(["NP" * 200, "alder", 1]), id="too long"),
        pytest.param("[" * 4000, id="nested"),
    ],
)
def test_anything_else_is_refused(token):
    with pytest.raises(SlotUnreadable):
        SlotName.read(token)


@settings(deadline=None)
@given(st.text(max_size=60))
def test_no_text_breaks_the_reader(token):
    with pytest.raises(SlotUnreadable):
        SlotName.read(token)
