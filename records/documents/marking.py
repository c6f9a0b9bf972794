"""Where the words of a question stand in a text: as the index found them, on pages as on lines."""

from collections.abc import Iterator, Sequence

from search.highlight import snippets
from search.parser import parse

Span = tuple[int, int, bool]


def marked(text: str, question: str) -> list[tuple[str, bool]]:
    """Split a text into pieces, each with whether it is a hit."""
    return [(text[start:end], hit) for start, end, hit in spans(text, question)]


def marked_lines(lines: Sequence[str], question: str) -> list[list[Span]]:
    """Split each line of a page into spans (start, end, hit); a hit may run over a line's end."""
    found: list[list[Span]] = []
    begin = 0
    marks = [(start, end) for start, end, hit in spans("\n".join(lines), question) if hit]
    for line in lines:
        inside = [
            (max(0, start - begin), min(len(line), end - begin))
            for start, end in marks
            if start < begin + len(line) and end > begin
        ]
        found.append(list(_filled(inside, len(line))))
        begin += len(line) + 1
    return found


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
