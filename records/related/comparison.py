"""What differs between two documents: their metadata by name, their texts by passage."""

import difflib
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from records.documents.metadata import FIELDS
from records.documents.models import Document

# More text is not compared; pages are still shown whole.
MOST_LETTERS = 60_000
_MOST_SENTENCES = 3_000
_MOST_INLINE = 1_000
_MOST_INLINE_WORK = 10_000_000
_COMPARED = tuple(
    name for name, field in FIELDS.items() if field.column is not None and name != "secrecy"
)
_ENDS = re.compile(r"(?<=[。！？；])|(?<=[.!?;])\s+|\n{2,}")
_HAN_GAP = re.compile(r"(?<=[\u3000-\u9fff\uff00-\uffef])\s+|\s+(?=[\u3000-\u9fff\uff00-\uffef])")

Pieces = tuple[tuple[str, bool], ...]


@dataclass(frozen=True)
class FieldDifference:
    """One field of the metadata that two documents have differently."""

    name: str
    left: Any
    right: Any


@dataclass(frozen=True)
class Passage:
    """A part of two texts; pieces that only one of them has are marked.

    Attributes:
        same: How many sentences are left out because they are the same; 0 for a difference.
    """

    left: Pieces = ()
    right: Pieces = ()
    same: int = 0


@dataclass(frozen=True)
class TextDifference:
    """How two texts differ.

    Attributes:
        cut: Whether there is more text than was compared.
        differences: How many passages differ.
    """

    passages: tuple[Passage, ...]
    cut: bool
    differences: int


def compare_metadata(left: Document, right: Document) -> list[FieldDifference]:
    """Return the fields that differ, in the order of forms."""
    found = []
    for name in _COMPARED:
        column = FIELDS[name].column or name
        values = getattr(left, column), getattr(right, column)
        if values[0] != values[1]:
            found.append(FieldDifference(name, *values))
    return found


def compare_texts(left: Sequence[str], right: Sequence[str]) -> TextDifference:
    """Compare two texts sentence by sentence; how lines break does not count."""
    one, two = _sentences(left), _sentences(right)
    cut = len("".join(left)) > MOST_LETTERS or len("".join(right)) > MOST_LETTERS
    cut = cut or max(len(one), len(two)) > _MOST_SENTENCES
    one, two = one[:_MOST_SENTENCES], two[:_MOST_SENTENCES]
    keys = [_key(each) for each in one], [_key(each) for each in two]
    matcher = difflib.SequenceMatcher(None, *keys)
    passages = tuple(_passages(matcher.get_opcodes(), one, two))
    return TextDifference(passages, cut, sum(not each.same for each in passages))


def _passages(
    steps: Sequence[tuple[str, int, int, int, int]], one: Sequence[str], two: Sequence[str]
) -> Iterator[Passage]:
    room = _MOST_INLINE_WORK
    for step, start, end, begin, stop in steps:
        if step == "equal":
            yield Passage(same=end - start)
            continue
        for left, right in _paired(one[start:end], two[begin:stop]):
            yield Passage(*_marked(left, right, room))
            room -= len(left) * len(right)


def _paired(left: Sequence[str], right: Sequence[str]) -> list[tuple[str, str]]:
    """Set sentences that stand in each other's place side by side, if they are as many."""
    if len(left) == len(right):
        return list(zip(left, right, strict=True))
    return [(" ".join(left), " ".join(right))]


def _marked(left: str, right: str, room: int) -> tuple[Pieces, Pieces]:
    longest = max(len(left), len(right))
    if not left or not right or longest > _MOST_INLINE or len(left) * len(right) > room:
        return _whole(left), _whole(right)
    matcher = difflib.SequenceMatcher(None, left, right, autojunk=False)
    # Where little is common, single letters that happen to agree are noise.
    if matcher.ratio() < 0.5:
        return _whole(left), _whole(right)
    steps = matcher.get_opcodes()
    return (
        tuple((left[a:b], step != "equal") for step, a, b, _, _ in steps if b > a),
        tuple((right[c:d], step != "equal") for step, _, _, c, d in steps if d > c),
    )


def _whole(text: str) -> Pieces:
    return ((text, True),) if text else ()


def _sentences(pages: Sequence[str]) -> list[str]:
    text = "\n".join(pages)[:MOST_LETTERS]
    parts = (" ".join(_HAN_GAP.sub("", part).split()) for part in _ENDS.split(text))
    return [part for part in parts if part]


def _key(sentence: str) -> str:
    return "".join(unicodedata.normalize("NFKC", sentence).casefold().split())
