"""A question that is still being typed, read as a question to titles, numbers and senders."""

from __future__ import annotations

from search import query as q
from search.analysis import BOUNDARY, folded_words, is_han, query_words, stem
from search.habits import normalised
from search.parser import parse
from search.query import Query

_FIELDS = ("title", "number", "document_number", "sender")
_MOST_PIECES = 8
_MOST_WORDS = 32
# A word that has begun may have outgrown the stem that the index knows it by: "registrati" is
# found by "registr". So many letters may be the ending, and so many are left at least.
_ENDING = 4
_ROOT = 5


def parse_beginning(text: str) -> Query:
    """Read what was typed so far, whose last word may have just begun. Never raises.

    Returns:
        A question with `Everything` for its root when there is nothing to look for yet.
    """
    whole = parse(text)
    if isinstance(whole.root, q.Reference):
        return Query(text, _either((whole.root, _piece(text, begun=True))))
    pieces = normalised(text)[0].replace('"', " ").split()[:_MOST_PIECES]
    last = len(pieces) - 1 if not text[-1:].isspace() else len(pieces)
    found = [_piece(each, begun=place == last) for place, each in enumerate(pieces)]
    parts = tuple(dict.fromkeys(each for each in found if each is not None))
    if not parts:
        return Query(text, q.Everything())
    return Query(text, parts[0] if len(parts) == 1 else q.And(parts))


def _piece(text: str, *, begun: bool) -> q.Node | None:
    """One piece between spaces, in any of the fields."""
    words = [each for each in query_words(text)[:_MOST_WORDS] if each != BOUNDARY]
    if not words:
        return None
    ends = "" if not begun or is_han(words[-1]) else folded_words(text)[-1]
    return _either(tuple(_in_field(words, ends, field) for field in _FIELDS))


def _in_field(words: list[str], begun: str, field: str) -> q.Node:
    if not begun:
        return _phrase(words, field)
    starts = _starts(begun, field)
    return q.And((_phrase(words[:-1], field), starts)) if len(words) > 1 else starts


def _phrase(words: list[str], field: str) -> q.Node:
    return q.Term(words[0], field) if len(words) == 1 else q.Phrase(tuple(words), field)


def _starts(begun: str, field: str) -> q.Node:
    if len(begun) < 2:
        return q.Term(begun, field)
    roots = [stem(begun)]
    if begun.isalpha() and begun.isascii():
        shortest = max(_ROOT, len(begun) - _ENDING)
        roots += [begun[:length] for length in range(len(begun) - 1, shortest - 1, -1)]
    others = dict.fromkeys(each for each in roots if each != begun)
    return _either((q.Prefix(begun, field), *(q.Term(each, field) for each in others)))


def _either(parts: tuple[q.Node | None, ...]) -> q.Node:
    flat: list[q.Node] = []
    for part in parts:
        flat += part.parts if isinstance(part, q.Or) else (part,) if part is not None else ()
    return flat[0] if len(flat) == 1 else q.Or(tuple(flat))
