"""Snippets of the original text with what a question found in it.

Uses the analyser's tokens, so it marks what the index matched: stems, other widths, traditional
forms, words across a line break. A phrase, hence a Chinese word, is marked as a whole.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from search import query as q
from search.analysis import (
    fold,
    is_han,
    plain,
    reference_key,
    spans_of_folded,
    words_of_folded,
)
from search.document import FIELDS, Kind

_MOST_CHARACTERS = 1_000_000  # of one text that are looked through
_CHUNK = 8_192
_OVERLAP = 256  # longer than a phrase that crosses two chunks is likely to be
MOST_MARKS = 100  # of one text; a few more where one chunk of it has them
_MOST_CHUNKS = 40  # that are looked through in detail
_LINE = re.compile(r"\s")
_BETWEEN = r"(?:[第号]|[^\w]){0,6}"  # what stands between the parts of a number
_EDGE = 24  # characters by which the end of a snippet moves to spare a word


@dataclass(frozen=True)
class Snippet:
    """A piece of a field; marks are closed-open character offsets into `text`, in order."""

    field: str
    text: str
    marks: list[tuple[int, int]]


@dataclass(frozen=True)
class _Patterns:
    """What to mark: sequences of tokens, beginnings of folded words, numbers in any writing."""

    phrases: tuple[tuple[str, ...], ...]
    beginnings: tuple[str, ...]
    numbers: tuple[re.Pattern[str], ...] = ()

    def __bool__(self) -> bool:
        return bool(self.phrases or self.beginnings or self.numbers)


@dataclass(frozen=True, order=True)
class _Mark:
    start: int
    end: int
    pattern: int  # marks of many different patterns are worth more than many of one


class Marker:
    """Cuts snippets for one question; what it looks for in a field is worked out once."""

    def __init__(self, query: q.Query) -> None:
        self._query = query
        self._keys = {each.key for each in q.leaves(query.root) if isinstance(each, q.Reference)}
        self._known: dict[tuple[str, bool], _Patterns] = {}

    def snippets(
        self, text: str, *, field: str, max_snippets: int = 3, width: int = 160
    ) -> list[Snippet]:
        """Cut the pieces of a text that show best why the question found it; see `snippets`."""
        text = text[:_MOST_CHARACTERS]
        if self._is_number(text, field):
            found = [_Mark(0, len(text), 0)]
        else:
            found = _found(text, self._for(field))
        if not found and self._query.fallback is not None:
            found = _found(text, self._for(field, fallback=True))
        if not found:
            return []
        pieces = [(0, len(text))] if len(text) <= width else _windows(found, max_snippets, width)
        return [_cut(text, field, piece, found) for piece in pieces]

    def _is_number(self, text: str, field: str) -> bool:
        """Whether it is the number asked for, however it was typed: then it is marked whole."""
        is_asked = self._keys and FIELDS[field].kind is Kind.REFERENCE
        return bool(is_asked and text and reference_key(text) in self._keys)

    def _for(self, field: str, *, fallback: bool = False) -> _Patterns:
        key = (field, fallback)
        if key not in self._known:
            root = self._query.fallback if fallback else self._query.root
            self._known[key] = _patterns([root] if root is not None else (), field)
        return self._known[key]


def snippets(
    text: str, query: q.Query, *, field: str, max_snippets: int = 3, width: int = 160
) -> list[Snippet]:
    """Cut the pieces of a text that show best why a question found it.

    Args:
        text: the original text, of any length; only its first 1,000,000 characters are read.
        query: the question as it was parsed.
        field: the field that the text is of; parts that ask other fields mark nothing.
        max_snippets: most pieces, the best ones, in the order of the text.
        width: about how many characters a piece has; a shorter text is given whole.

    Returns:
        No snippet when nothing is found in the text.
    """
    return Marker(query).snippets(text, field=field, max_snippets=max_snippets, width=width)


def _patterns(roots: Iterable[q.Node], field: str) -> _Patterns:
    phrases: list[tuple[str, ...]] = []
    beginnings: list[str] = []
    numbers: list[str] = []
    for root in roots:
        for leaf in q.leaves(root):
            if getattr(leaf, "field", None) not in (None, field):
                continue
            match leaf:
                case q.Term(text):
                    phrases.append((text,))
                case q.Phrase(found):
                    phrases.append(found)
                case q.Reference(key, found):
                    phrases.append(found)
                    numbers.append(key)
                case q.Prefix(text):
                    beginnings.append(text)
                case q.AtLeast(words=found):
                    phrases += [tuple(word) if is_han(word) else (word,) for word in found]
    ordered = sorted({phrase for phrase in phrases if phrase}, key=len, reverse=True)
    written = tuple(map(_written, dict.fromkeys(numbers)))
    return _Patterns(tuple(ordered), tuple(dict.fromkeys(beginnings)), written)


def _written(key: str) -> re.Pattern[str]:
    """What finds a number in folded text by its key, in whatever brackets and with which zeros."""
    runs = [f"0{{0,8}}{run}" if run.isdecimal() else re.escape(run) for run in key.split("-")]
    # Digits on either side would make it another number.
    return re.compile(rf"(?<!\d){_BETWEEN.join(runs)}(?!\d)号?")


def _found(text: str, patterns: _Patterns) -> list[_Mark]:
    marks: set[_Mark] = set()
    detailed = 0
    if not patterns:
        return []
    for start in range(0, len(text), _CHUNK):
        chunk = text[start : start + _CHUNK + _OVERLAP]
        folded = fold(chunk)
        texts = _promising(folded, patterns)
        if texts is None:
            continue
        detailed += 1
        last = start + len(chunk) >= len(text)
        for mark in _in_chunk(folded, texts, patterns):
            whole = (mark.start or not start) and (mark.end < len(chunk) or last)
            if whole and mark.start < _CHUNK + _OVERLAP // 2:
                marks.add(_Mark(mark.start + start, mark.end + start, mark.pattern))
        if len(marks) >= MOST_MARKS or detailed >= _MOST_CHUNKS:
            break
    return _without_overlap(sorted(marks, key=lambda mark: (mark.start, -mark.end)))


def _promising(folded: str, patterns: _Patterns) -> list[str] | None:
    """The words of a folded chunk that has any mark, told without their costlier offsets."""
    begins = any(beginning in folded for beginning in patterns.beginnings)
    begins = begins or any(number.search(folded) for number in patterns.numbers)
    possible = [
        phrase
        for phrase in patterns.phrases
        if all(word in folded for word in phrase if is_han(word))
    ]
    if not begins and not possible:
        return None
    texts = words_of_folded(folded)
    joined = f" {' '.join(texts)} "
    if begins or any(f" {' '.join(phrase)} " in joined for phrase in possible):
        return texts
    return None


def _in_chunk(folded: str, texts: list[str], patterns: _Patterns) -> Iterator[_Mark]:
    found = spans_of_folded(folded)
    places: dict[str, list[int]] = {phrase[0]: [] for phrase in patterns.phrases}
    for place, text in enumerate(texts):
        if text in places:
            places[text].append(place)
    for number, phrase in enumerate(patterns.phrases):
        for place in places[phrase[0]]:
            end = place + len(phrase)
            if len(phrase) == 1 or tuple(texts[place:end]) == phrase:
                yield _Mark(found[place][0], found[end - 1][1], number)
    if patterns.beginnings:
        for start, end in found:
            if plain(folded[start:end]).startswith(patterns.beginnings):
                yield _Mark(start, end, len(patterns.phrases))
    for number, written in enumerate(patterns.numbers, start=len(patterns.phrases) + 1):
        for match in written.finditer(folded):
            yield _Mark(match.start(), match.end(), number)


def _without_overlap(marks: list[_Mark]) -> list[_Mark]:
    """Marks that touch or overlap become one when they overlap, the rest stay."""
    result: list[_Mark] = []
    for mark in marks:
        before = result[-1] if result else None
        if before is not None and mark.start < before.end:
            result[-1] = _Mark(before.start, max(before.end, mark.end), before.pattern)
        else:
            result.append(mark)
    return result


def _windows(marks: list[_Mark], most: int, width: int) -> list[tuple[int, int]]:
    """The stretches with most different patterns, then most marks, then the first ones."""
    candidates = []
    for index, mark in enumerate(marks):
        begin = max(0, mark.start - width // 4)
        end = max(begin + width, mark.end)
        inside = [other for other in marks[index:] if other.end <= end]
        variety = len({other.pattern for other in inside})
        candidates.append((-variety, -len(inside), begin, end))
    chosen: list[tuple[int, int]] = []
    for _, _, begin, end in sorted(candidates):
        if len(chosen) == most:
            break
        if all(end <= other[0] or begin >= other[1] for other in chosen):
            chosen.append((begin, end))
    return sorted(chosen)


def _cut(text: str, field: str, piece: tuple[int, int], marks: list[_Mark]) -> Snippet:
    begin, end = piece
    inside = [mark for mark in marks if begin <= mark.start and mark.end <= end]
    begin = _to_space(text, begin, inside[0].start if inside else end)
    if end < len(text):
        space = text.rfind(" ", max(end - _EDGE, inside[-1].end if inside else begin), end)
        end = space if space > 0 else end
    cut = _LINE.sub(" ", text[begin:end])
    trimmed = cut.strip()
    begin += len(cut) - len(cut.lstrip())
    spans = [(mark.start - begin, mark.end - begin) for mark in inside]
    return Snippet(field, trimmed, [(a, min(b, len(trimmed))) for a, b in spans])


def _to_space(text: str, begin: int, before: int) -> int:
    """The beginning moved behind the next space, unless a word starts there already."""
    if begin == 0:
        return begin
    space = text.find(" ", begin - 1, min(begin + _EDGE, before))
    return space + 1 if space >= 0 else begin
