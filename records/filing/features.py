"""A document's facts as numbers: hashed features in three blocks, each weighed on its own.

Learning gets nothing but these numbers. No list of words is kept anywhere: a feature is the
remainder of a checksum, and cannot be turned back into what it came from.
"""

from __future__ import annotations

import zlib
from array import array
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from records.filing.rules import Facts, folded
from search.analysis import BOUNDARY, is_han, words

BLOCK_BITS = 16
BLOCK_SIZE = 1 << BLOCK_BITS
# What the text says, what the title says, and where the document comes from.
TEXT, TITLE, ORIGIN = range(3)
BLOCKS = 3
_MOST_COUNT = 255


@dataclass(frozen=True)
class Features:
    """Features in ascending order, and how often each occurs."""

    indices: array[int]
    counts: array[int]

    def packed(self) -> bytes:
        """Return both as bytes: the number of features, the indices, the counts."""
        data = array("I", [len(self.indices)]).tobytes()
        return data + self.indices.tobytes() + self.counts.tobytes()

    @classmethod
    def unpacked(cls, data: bytes) -> Features:
        """Return what `packed` made bytes of.

        Raises:
            ValueError: The bytes are of another shape.
        """
        head = array("I", data[:4])
        length, end = head[0], 4 + 4 * head[0]
        indices, counts = array("I", data[4:end]), array("B", data[end:])
        if len(counts) != length:
            raise ValueError("features of another shape")
        return cls(indices, counts)


def features_of(facts: Facts) -> Features:
    """Return the features of a document."""
    found: Counter[int] = Counter()
    for block, terms in (
        (TEXT, _terms(facts.text)),
        (TITLE, _terms(" ".join((facts.title, *facts.keywords)))),
        (ORIGIN, _origin(facts)),
    ):
        found.update(_index(block, each) for each in terms)
    places = sorted(found)
    return Features(
        array("I", places), array("B", [min(found[each], _MOST_COUNT) for each in places])
    )


def _index(block: int, term: str) -> int:
    return (block << BLOCK_BITS) | (zlib.crc32(term.encode("utf-8", "replace")) % BLOCK_SIZE)


def _terms(text: str) -> Iterable[str]:
    """Yield words, and pairs of Han characters that stand side by side."""
    before = ""
    for word in words(text):
        if word == BOUNDARY:
            before = ""
        elif is_han(word):
            if before:
                yield before + word
            before = word
        else:
            before = ""
            if len(word) > 1 and not word.isdigit():
                yield word


def _origin(facts: Facts) -> Iterable[str]:
    yield f"register {facts.register_id}"
    if facts.sender_key:
        yield f"sender {facts.sender_key}"
        yield from (f"of {each}" for each in set(_terms(facts.sender or "")))
    if facts.series:
        yield f"series {folded(facts.series)}"
    if facts.kind:
        yield f"kind {facts.kind}"
    yield from (f"about {folded(each)}" for each in facts.keywords)
