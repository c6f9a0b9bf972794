"""Words that are nearly the same: what somebody may have meant who typed another.

A word is mended by one step, a long one by two; a step puts in, takes out or changes a character,
or turns two about (Damerau 1964, in its form of optimal string alignment).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator

from search.analysis import fold, is_han

MOST_PIECES = 6
_SHORTEST = 4  # letters of a word that is mended
# Of two characters each makes a word with any other: what is near to them is mostly another word.
_SHORTEST_HAN = 3
_LONG = 7  # letters, and ...
_LONG_HAN = 5  # Han characters, from which on two steps are allowed
_MOST_HAN = 8
# What makes a question more than words; nothing is guessed there.
_MORE_THAN_WORDS = re.compile(r"[\"“”:：*()（）\d]|\bOR\b|(?:^|\s)[-－]")
_LETTERS = re.compile(r"[^\W\d_]+")


def pieces(text: str) -> list[tuple[int, int]]:
    """Return where the words and runs of Chinese of a question stand, as offsets.

    Returns:
        Nothing where the question is more than words, or has more than `MOST_PIECES`.
    """
    if _MORE_THAN_WORDS.search(text):
        return []
    found = [
        (match.start() + start, match.start() + end)
        for match in _LETTERS.finditer(fold(text))
        for start, end in _runs(match.group())
    ]
    return found if len(found) <= MOST_PIECES else []


def is_mendable(piece: str) -> bool:
    """Return whether a folded piece is long enough to be told from others, and no sentence."""
    if is_han(piece[0]):
        return _SHORTEST_HAN <= len(piece) <= _MOST_HAN
    return len(piece) >= _SHORTEST


def nearest(piece: str, texts: Iterable[str]) -> str | None:
    """Return what stands in some texts and is nearest to a piece; None where nothing is near.

    Of several that are as near, the one wins that stands there most often, then the first by
    characters.

    Args:
        piece: Folded, a word or a run of Chinese.
    """
    most = _steps(piece)
    counted = Counter(each for text in texts for each in _candidates(piece, fold(text), most))
    near = [
        (steps, -count, each)
        for each, count in counted.items()
        if each != piece and (steps := distance(piece, each)) <= most
    ]
    return min(near)[2] if near else None


def distance(one: str, other: str) -> int:
    """Return how many steps lead from one word to another.

    >>> distance("harbuor", "harbour"), distance("水库加故", "水库加固")
    (1, 1)
    """
    before: list[int] = []
    row = list(range(len(other) + 1))
    for at, mine in enumerate(one, 1):
        earlier, before, row = before, row, [at]
        for to, theirs in enumerate(other, 1):
            cost = min(row[-1] + 1, before[to] + 1, before[to - 1] + (mine != theirs))
            if at > 1 and to > 1 and mine == other[to - 2] and one[at - 2] == theirs:
                cost = min(cost, earlier[to - 2] + 1)
            row.append(cost)
    return row[-1]


def _steps(piece: str) -> int:
    return 2 if len(piece) >= (_LONG_HAN if is_han(piece[0]) else _LONG) else 1


def _runs(word: str) -> Iterator[tuple[int, int]]:
    """Cut where letters and Han characters meet."""
    start = 0
    for at in range(1, len(word) + 1):
        if at == len(word) or is_han(word[at]) != is_han(word[start]):
            yield start, at
            start = at


def _candidates(piece: str, text: str, most: int) -> Iterator[str]:
    for match in _LETTERS.finditer(text):
        for start, end in _runs(match.group()):
            run = match.group()[start:end]
            if is_han(run[0]) != is_han(piece[0]):
                continue
            if not is_han(run[0]):
                if abs(len(run) - len(piece)) <= most and run[:1] == piece[:1]:
                    yield run
                continue
            # Of Chinese any part of the same length may be the word.
            for at in range(len(run) - len(piece) + 1):
                part = run[at : at + len(piece)]
                if not set(part).isdisjoint(piece):
                    yield part
