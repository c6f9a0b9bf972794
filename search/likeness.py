"""A document as a question: its most telling words, of which another like it has many.

The title tells most. Of the text those words count that come again and again; how rare they are
among all documents the engine knows, and ranks by it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from search import query as q
from search.analysis import is_han, pairs, words
from search.questions import says_something

MOST_CHARACTERS = 60_000  # of a text that are looked at
_MOST_OF_TITLE = 16
_MOST_OF_TEXT = 24
_AGAIN = 2  # times that a word of the text comes, or it says little
_SHORTEST = 3  # letters of a word
_PART = 0.34  # of the words that a document like it has
_LEAST = 2  # and so many at any rate
# Characters that join words: two of which one is such are no word.
_JOINING = frozenset("的了和是在及与而或就都为以对按并由从被把将等其之所也")


def likeness(title: str, text: str) -> q.Query | None:
    """Return the question that finds documents like one, best first.

    Args:
        title: its title.
        text: what its main file says, possibly empty; only its beginning is read.

    Returns:
        None when it says too little to be compared.
    """
    of_title = list(dict.fromkeys(_units(title)))[:_MOST_OF_TITLE]
    counted = Counter(_units(text[:MOST_CHARACTERS]))
    often = [unit for unit, count in counted.most_common() if count >= _AGAIN]
    of_text = [unit for unit in often if unit not in of_title][:_MOST_OF_TEXT]
    found = (*of_title, *of_text)
    if len(found) < _LEAST:
        return None
    return q.Query("", q.AtLeast(max(_LEAST, round(_PART * len(found))), found))


def _units(text: str) -> Iterator[str]:
    """The words of a text that tell something; of Chinese each two characters."""
    found = words(text)
    yield from (unit for unit in pairs(found) if _joins_nothing(unit) and says_something(unit))
    yield from (word for word in found if _is_word(word) and says_something(word))


def _joins_nothing(unit: Iterable[str]) -> bool:
    return _JOINING.isdisjoint(unit)


def _is_word(word: str) -> bool:
    return len(word) >= _SHORTEST and not is_han(word[0]) and not word[0].isdecimal()
