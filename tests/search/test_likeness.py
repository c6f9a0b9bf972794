"""A document as a question holds its telling words, and no others."""

from search import query as q
from search.likeness import likeness


def _words(title: str, text: str = "") -> tuple[str, ...]:
    found = likeness(title, text)
    assert found is not None
    assert isinstance(found.root, q.AtLeast)
    assert 2 <= found.root.count <= len(found.root.words)
    return found.root.words


def test_the_words_of_the_title_come_first_and_empty_ones_are_left_out() -> None:
    assert _words("On the repair of the dykes") == ("repair", "dyke")


def test_of_the_text_those_words_count_that_come_again() -> None:
    text = "The pumps run. A pump stands at the harbour in 2026, 2026 and 2026. Pumps!"
    assert _words("Repair of dykes", text) == ("repair", "dyke", "pump")


def test_chinese_is_compared_by_pairs_without_particles() -> None:
    assert _words("防汛的通知") == ("防汛", "通知")


def test_what_says_too_little_is_no_question() -> None:
    assert likeness("", "") is None
    assert likeness("The report", "") is None
    assert likeness("2026", "2026 2026") is None


def test_a_long_text_makes_no_long_question() -> None:
    text = " ".join(f"w{chr(97 + n % 26)}{chr(97 + n // 26)}x" for n in range(600)) + " "
    assert len(_words("Repair of the dykes", text * 3)) <= 40
