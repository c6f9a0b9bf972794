"""Where the words of a question stand in a text: as the index found them, on pages as on lines."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate

from search.highlight import snippets
from search.parser import parse

Span = tuple[int, int, bool]
# Which line, and from which character of it to which.
Piece = tuple[int, int, int]


def marked(text: str, question: str) -> list[tuple[str, bool]]:
    """Split a text into pieces, each with whether it is a hit."""
    return [(text[start:end], hit) for start, end, hit in spans(text, question)]


def marked_lines(lines: Sequence[str], question: str) -> list[list[Span]]:
    """Split each line of a page into spans (start, end, hit); a hit may run over a line's end."""
    inside: list[list[tuple[int, int]]] = [[] for _ in lines]
    for hit in hits_in_lines(lines, question):
        for place, start, end in hit:
            inside[place].append((start, end))
    return [list(_filled(marks, len(line))) for marks, line in zip(inside, lines, strict=True)]


def hits_in_lines(lines: Sequence[str], question: str) -> list[list[Piece]]:
    """Return the hits on the lines of a page, each as its pieces: more than one over a line's end.

    At most `search.highlight.MOST_MARKS` or a few more, the first ones.
    """
    begins = list(accumulate((len(line) + 1 for line in lines), initial=0))
    marks = [(start, end) for start, end, hit in spans("\n".join(lines), question) if hit]
    return [list(_pieces(lines, begins, start, end)) for start, end in marks]


def _pieces(lines: Sequence[str], begins: Sequence[int], start: int, end: int) -> Iterator[Piece]:
    place = bisect_right(begins, start) - 1
    while place < len(lines) and begins[place] < end:
        begin = begins[place]
        first, last = max(0, start - begin), min(len(lines[place]), end - begin)
        if first < last:
            yield place, first, last
        place += 1


def spans(text: str, question: str) -> list[Span]:
    """Return the text as consecutive spans (start, end, hit)."""
    marks: list[tuple[int, int]] = []
    if question.strip() and text.strip():
        # Asked for the whole text, a snippet is the text without the white space around it.
        moved = len(text) - len(text.lstrip())
        whole = snippets(text, parse(question), field="body", max_snippets=1, width=len(text))
        marks = [(start + moved, end + moved) for each in whole for start, end in each.marks]
    return list(_filled(marks, len(text)))


def _filled(marks: Sequence[tuple[int, int]], length: int) -> Iterator[Span]:
    done = 0
    for start, end in marks:
        if start > done:
            yield done, start, False
        if end > start:
            yield start, end, True
        done = end
    if length > done:
        yield done, length, False
