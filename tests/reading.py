"""How hard a text is to read: the Flesch-Kincaid grade, with syllables counted by pyphen."""

import re
from collections.abc import Iterable

import pyphen

# Names and words that have no shorter one, or that patients know by heart.
EXEMPT = {
    "orthopedic", "sports", "medicine", "center", "oregon", "portland", "osm", "español",
    "emergency", "january", "february", "diagnosis", "insurance", "appointment",
}  # fmt: skip
_WORD = re.compile(r"[A-Za-zÀ-ÿ][A-Za-zÀ-ÿ'’-]*")
_END = re.compile(r"[.!?:;]+(?:\s|$)")
_SYLLABLES = pyphen.Pyphen(lang="en_US")


def grade(sentences: Iterable[str]) -> float:
    """A label, a heading, an option is a sentence of its own."""
    words_of = [_words(part) for text in sentences for part in _END.split(text)]
    counts = [len(words) for words in words_of if words]
    words = [word for part in words_of for word in part]
    if not words:
        return 0.0
    syllables = sum(_syllables(word) for word in words)
    return 0.39 * len(words) / len(counts) + 11.8 * syllables / len(words) - 15.59


def _words(text: str) -> list[str]:
    return [word for word in _WORD.findall(text) if word.lower() not in EXEMPT]


def _syllables(word: str) -> int:
    """pyphen knows where a word may be broken, which is nearly, and never less than, a syllable;
    where it sees none, groups of vowels are counted."""
    breaks = len(_SYLLABLES.positions(word.lower())) + 1
    vowels = len(re.findall(r"[aeiouy]+", re.sub(r"e\b", "", word.lower()))) or 1
    return max(breaks, vowels)
