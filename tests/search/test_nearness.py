"""Words that are nearly the same."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.nearness import distance, is_mendable, nearest, pieces

WORDS = st.text("abc水库", max_size=6)


@given(WORDS, WORDS)
def test_a_distance_is_the_same_both_ways_and_none_only_to_itself(one: str, other: str) -> None:
    steps = distance(one, other)
    assert steps == distance(other, one)
    assert (steps == 0) == (one == other)
    assert abs(len(one) - len(other)) <= steps <= max(len(one), len(other))


@given(WORDS, st.integers(0, 5), st.characters())
def test_one_character_put_in_or_turned_about_is_one_step(word: str, at: int, more: str) -> None:
    assert distance(word, word[:at] + more + word[at:]) == 1
    if at + 1 < len(word) and word[at] != word[at + 1]:
        assert distance(word, word[:at] + word[at + 1] + word[at] + word[at + 2 :]) == 1


@pytest.mark.parametrize(
    ("piece", "texts", "found"),
    [
        ("harbuor", ["The Harbour", "Harbours of the north"], "harbour"),
        ("resevoir", ["Reservoir and dykes"], "reservoir"),
        ("brigde", ["Budget", "Bribes"], None),
        ("水库加故", ["关于水库加固的请示"], "水库加固"),
        ("渊博", ["关于桥梁的函"], None),
        ("harbour", ["harbour"], None),
        ("roaf", ["road", "roar", "road"], "road"),
    ],
)
def test_the_nearest_word_is_found(piece: str, texts: list[str], found: str | None) -> None:
    assert nearest(piece, texts) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Harbuor  dykes", ["Harbuor", "dykes"]),
        ("水库加故 report", ["水库加故", "report"]),
        ("函abc水", ["函", "abc", "水"]),
        ('"harbuor"', []),
        ("sender:x", []),
        ("road -repair", []),
        ("road OR bridge", []),
        ("12号", []),
        ("a b c d e f g", []),
        ("", []),
    ],
)
def test_a_question_is_cut_into_words_unless_it_is_more(text: str, found: list[str]) -> None:
    assert [text[start:end] for start, end in pieces(text)] == found


@pytest.mark.parametrize(
    ("piece", "mended"), [("案库", False), ("水库加", True), ("road", True), ("rod", False)]
)
def test_short_words_are_left_as_they_are(piece: str, mended: bool) -> None:
    assert is_mendable(piece) == mended
