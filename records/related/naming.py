"""Whether two texts that are nearly the same speak of different things all along.

Laws of two cities and letters to two firms can be alike but for a name. A name that comes back
again and again in one text, and never in the other, is no misreading. And what an office writes by
a form is told apart by its title alone.
"""

from collections import Counter
from collections.abc import Iterator
from difflib import SequenceMatcher

from records.related.resemblance import letters_of

_HEAD = 200
_OFTEN = 3
_PAIR = 2
_SAME_TITLE = 0.7
_LONGEST_TITLE = 200


def speak_of_others(one: str, other: str) -> bool:
    """Tell whether each of two texts, given by their letters, has a name that the other never has.

    Only names in the head count: what a text is about stands there, and a character that is misread
    throughout rarely does.
    """
    return any(_own_names(one, other)) and any(_own_names(other, one))


def _own_names(text: str, other: str) -> Iterator[str]:
    counts = Counter(_pairs(text))
    known = set(_pairs(other))
    for pair in set(_pairs(text[:_HEAD])):
        if counts[pair] >= _OFTEN and pair not in known:
            yield pair


def _pairs(text: str) -> Iterator[str]:
    for start in range(len(text) - 1):
        pair = text[start : start + _PAIR]
        if all("\u3400" <= letter <= "\u9fff" for letter in pair):
            yield pair


def bear_other_titles(one: str | None, other: str | None) -> bool:
    """Tell whether two titles are known and say different things; one may stand in the other."""
    if not one or not other:
        return False
    first, second = letters_of([one]), letters_of([other])
    if not first or not second or first in second or second in first:
        return False
    matcher = SequenceMatcher(None, first[:_LONGEST_TITLE], second[:_LONGEST_TITLE], autojunk=False)
    return matcher.ratio() < _SAME_TITLE
