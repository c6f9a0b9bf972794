"""A sentence or question matched in part: which of its words count, and how many are needed.

People ask in whole sentences, such as "员工拒绝加班，单位能扣工资吗？". No document holds all of
that, so the best match is what has most of the telling words. Words that only ask (怎么, 吗, what,
which) are left out.
"""

from __future__ import annotations

import functools

from search import query as q
from search.analysis import is_han, pairs, stem

_SENTENCE_WORDS = 4  # so many words are a sentence, which may be matched in part
_SENTENCE_HAN = 8  # and so many Han characters
_FEW = 3  # so many hits of a loose conjunction make the best match needless
_PART = 0.1  # of its words that a document needs; more loses documents, see tests/corpus
_MOST_HINTS = 24  # single characters that help to rank
_EMPTY_WORDS = (
    "a about an any and are as at be been both but by can could did do does each for from had has "
    "have he her his how i if in into is it its may me might more most must my no not of on or our "
    "shall she should so some such than that the their them then there these they this those to "
    "too up was we were what when where which while who whom why will with would you your"
)
# Two characters that only ask, and single ones of which any two together say nothing.
_ASKING_PAIRS = (
    "怎么 么办 怎样 么样 样办 如何 何处 什么 为什 为何 是什 有什 的吗 是否 能否 请问 可以 以吗 "
    "可不 不可 哪些 哪个 哪里 多少 应该 应当 需要 我的 了怎"
)
_ASKING = frozenset(_ASKING_PAIRS.split())
_EMPTY_HAN = frozenset("怎么办样如何的了吗呢吧啊是我你他她请问有能会要在该和就都而及与着或谁几")


@functools.cache
def _empty() -> frozenset[str]:
    return frozenset(map(stem, _EMPTY_WORDS.split()))


def says_something(unit: str) -> bool:
    """Whether a word, or two Han characters, tells what a text is about."""
    if not is_han(unit[0]):
        return unit not in _empty()
    return unit not in _ASKING and not _EMPTY_HAN.issuperset(unit)


def best_match(root: q.Node, text: str) -> tuple[q.Node | None, int]:
    """How a sentence or question is matched in part, and how many hits make that needless.

    Args:
        root: what was read from it.
        text: as it was typed, for its question mark.

    Returns:
        None when it is no sentence, or asks for more than words.
    """
    found: list[str] = []
    characters: list[str] = []
    for leaf in q.leaves(root):
        match leaf:
            case q.Term(word):
                found.append(word)
                characters += [word] if is_han(word) else []
            case q.Phrase(words):
                found += [word for word in words if not is_han(word)]
                found += pairs(words) or [word for word in words if is_han(word)]
                characters += [word for word in words if is_han(word)]
            case _:
                return None, 1
    units = tuple(unit for unit in dict.fromkeys(found) if says_something(unit))
    latin = sum(not is_han(word[0]) for word in found)
    if not units:
        return None, 1
    question = text.rstrip().endswith(("?", "？")) and len(units) >= 3
    if not (question or len(characters) >= _SENTENCE_HAN or latin >= _SENTENCE_WORDS):
        return None, 1
    hints = tuple(each for each in dict.fromkeys(characters) if says_something(each))
    specific = len(characters) >= _SENTENCE_HAN or not isinstance(root, q.And)
    count = max(1, int(len(units) * _PART))
    return q.AtLeast(count, units, hints[:_MOST_HINTS]), 1 if specific else _FEW
