"""How mails begin, as a thread shows it."""

import pytest

from records.related.excerpts import EXCERPT_CHARS, beginning


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Dykes\nThe dyke is\nwet.", "The dyke is wet."),
        ("Dykes\n\n> as you wrote\n| and he\nYes.", "Yes."),
        ("Dykes", ""),
        ("Other words\nstay", "Other words stay"),
        ("", ""),
    ],
)
def test_a_mail_begins_with_its_own_words(text: str, shown: str) -> None:
    assert beginning(text, "Dykes") == shown


@pytest.mark.parametrize("words", ["water and " * 60, "水利工程" * 120])
def test_a_long_mail_is_cut_between_words(words: str) -> None:
    shown = beginning(words)
    assert len(shown) <= EXCERPT_CHARS + 2
    assert shown.endswith(" …")
    assert words.startswith(shown.removesuffix(" …"))
