"""The booking pages' wording: one shape in both languages, short words, no rule and no disease."""

import re
import string

import pyphen
import pytest

from services.scheduling.domain import errors as refusals
from services.scheduling.pages import form
from services.scheduling.pages.words import wording

LANGUAGES = ("en", "es")
SYLLABLES = pyphen.Pyphen(lang="en_US")
FORBIDDEN = re.compile(r"diagnos(?!is\.$)|cancer|fracture|infection|emergency level|urgency", re.I)


def leaves(block, path=()):
    if isinstance(block, str):
        yield path, block
    for key, inner in block.items() if isinstance(block, dict) else ():
        yield from leaves(inner, (*path, key))
    for key, inner in enumerate(block) if isinstance(block, list) else ():
        yield from leaves(inner, (*path, key))


def test_both_languages_say_the_same_things():
    english, spanish = (dict(leaves(wording()[language])) for language in LANGUAGES)
    assert english.keys() == spanish.keys()
    for path, sentence in english.items():
        assert _places(sentence) == _places(spanish[path]), path
        assert spanish[path].strip() == spanish[path]
        assert sentence != spanish[path] or len(sentence) < 4, path


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_field_has_a_sentence_for_a_faulty_answer(language):
    said = wording()[language]["errors"]
    assert {*form.LONGEST, form.NOT_BOTH} - {"no_email"} <= said.keys()


def test_every_refusal_that_a_booking_page_can_show_is_worded():
    shown = [
        refusals.BookingStopped,
        refusals.HandoffRequired,
        refusals.HandoffInvalid,
        refusals.HandoffExpired,
        refusals.HandoffUsed,
        refusals.VisitTypeMismatch,
        refusals.HoldNotExtendable,
        refusals.NoSuchAppointment,
    ]
    english = wording()["en"]["refusals"]
    assert {refusal.code for refusal in shown} <= english.keys()
    for refusal in shown[:-1]:  # the page tells programs and people the same
        assert english[refusal.code] == refusal.sentence


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_disease_and_no_rule_is_named(language):
    for path, sentence in leaves(wording()[language]):
        assert not FORBIDDEN.search(sentence), path


@pytest.mark.parametrize("page", ["times", "held", "details", "check", "done", "errors"])
def test_a_page_reads_at_grade_six_or_below(page):
    text = ". ".join(sentence for _, sentence in leaves(wording()["en"][page]))
    assert grade(text) <= 6.0, grade(text)


def test_the_grade_of_hard_text_is_high():
    assert grade("Contemporary musculoskeletal rehabilitation necessitates multidisciplinary.") > 12


def grade(text: str) -> float:
    """Flesch-Kincaid."""
    sentences = [part for part in re.split(r"[.?!:]+\s", text) if part.strip()]
    words = re.findall(r"[A-Za-z’']+", text)
    syllables = sum(len(SYLLABLES.positions(word)) + 1 for word in words)
    return 0.39 * len(words) / len(sentences) + 11.8 * syllables / len(words) - 15.59


def _places(sentence: str) -> set[str | None]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name}
