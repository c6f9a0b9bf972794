"""The query language: Whoosh's parser with our own taggers, and its tree as our `Query`.

Words are AND. Nothing is an error: what is odd is read in a sensible way and named in a warning.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from search import dates
from search import query as q
from search.analysis import (
    BOUNDARY,
    folded_words,
    is_han,
    query_words,
    reference_key,
    stem,
)
from search.document import FIELDS, Kind
from search.habits import normalised
from search.layout import code
from search.query import Query, QueryWarning
from search.questions import best_match
from search.spellings import spellings
from search.syntax import syntax_tree

_MAX_WORDS = 256  # tokens in one question
_OPERATOR = re.compile(r"(?<!\S)(?:AND|OR|NOT)(?!\S)")
_REFERENCE = re.compile(r"(?:[^\d-]+-)+\d{4}-\d+")


def parse(text: str) -> Query:
    """Read a question. Never raises; takes at most a few milliseconds for any text."""
    plain, warnings = normalised(text)
    tree, odd = syntax_tree(plain)
    reader = _Reader([*warnings, *odd])
    root = reader.node(tree)
    if root is None:
        if text.strip():
            reader.warn("nothing_to_search", text.strip()[:80])
        root = q.Everything()
    elif _negative(root):
        reader.warn("only_negative")
    sentence = reader.is_plain and not _OPERATOR.search(plain)
    fallback, enough = best_match(root, plain) if sentence else (None, 1)
    return Query(text, root, fallback, enough, tuple(dict.fromkeys(reader.warnings)))


class _Reader:
    """Reads one syntax tree; collects warnings and spends a bounded number of tokens."""

    def __init__(self, warnings: list[QueryWarning]) -> None:
        self.warnings = warnings
        self.is_plain = True  # nothing but words
        self._left = _MAX_WORDS

    def warn(self, code_: str, text: str = "") -> None:
        self.warnings.append(QueryWarning(code_, text))

    def node(self, tree: Any) -> q.Node | None:
        """Our node for a node of Whoosh; None when nothing of it can be searched."""
        from whoosh.qparser import syntax

        name = type(tree).__name__
        if isinstance(tree, syntax.GroupNode):
            if name not in ("AndGroup", "_Bracketed"):  # a remark in brackets is still plain
                self.is_plain = False
            parts = [part for item in tree if (part := self.node(item)) is not None]
            if name == "NotGroup":
                return q.Not(parts[0]) if parts else None
            return _joined(q.Or if name == "OrGroup" else q.And, parts)
        if isinstance(tree, syntax.TextNode):
            if tree.fieldname is not None or name == "PhraseNode":
                self.is_plain = False
            return self._text(tree.text, tree.fieldname, quoted=name == "PhraseNode")
        if isinstance(tree, syntax.Operator):
            self.warn("ignored_word", tree.text)
        return None

    def _text(self, text: str, field: str | None, *, quoted: bool) -> q.Node | None:
        kind = FIELDS[field].kind if field else None
        if kind in (Kind.DATE, Kind.YEAR) and field is not None:
            return self._range(text, field, kind)
        if kind is Kind.KEYWORD:
            return self._code(text, field)
        if not quoted and "*" in text:
            return self._wildcard(text, field)
        if field is None and not quoted and ".." in text and (found := dates.days(text)):
            self.is_plain = False
            self.warn("range_without_field", text)
            return q.Range("received", *found)
        key = reference_key(text)
        if _REFERENCE.fullmatch(key) or (kind is Kind.REFERENCE and key):
            return q.Reference(key, tuple(self._spent(query_words(text))), field)
        return self._words(text, field, quoted=quoted)

    def _words(self, text: str, field: str | None, *, quoted: bool) -> q.Node | None:
        if not quoted and len(ways := spellings(text)) > 1:
            read = [self._spent(query_words(way)) for way in ways]
            return _joined(
                q.Or, [_phrase(way, field) for way in dict.fromkeys(map(tuple, read)) if way]
            )
        found = self._spent(query_words(text))
        groups = [found] if quoted else list(_sentences(found))
        return _joined(q.And, [_phrase(group, field) for group in groups if group])

    def _range(self, text: str, field: str, kind: Kind) -> q.Node | None:
        read: Callable[[str], dates.Interval | None] = (
            dates.days if kind is Kind.DATE else dates.years
        )
        found = read(text.rstrip("*"))
        if found is None:
            self.warn("bad_date", text)
            return self._words(text, None, quoted=False)
        return q.Range(field, *found)

    def _code(self, text: str, field: str | None) -> q.Node | None:
        bare = code(text)
        self._left -= 1
        if bare.endswith("*") and bare.rstrip("*"):
            return q.Prefix(bare.rstrip("*"), field)
        if bare in ("", "*"):
            return None
        return q.Term(bare, field)

    def _wildcard(self, text: str, field: str | None) -> q.Node | None:
        self.is_plain = False
        if text.strip("*") == "":
            return q.Everything()
        if "*" in text.strip("*") or text.startswith("*"):
            self.warn("ignored_word", "*")
        if not text.endswith("*"):
            return self._words(text, field, quoted=False)
        found = self._spent(query_words(text))
        if not found or is_han(found[-1]):
            return self._words(text, field, quoted=False)  # substrings are found anyway
        beginning = folded_words(text)[-1]
        if len(beginning) < 2:
            self.warn("wildcard_too_short", text)
            return self._words(text, field, quoted=False)
        starts: q.Node = q.Prefix(beginning, field)
        if (stemmed := stem(beginning)) != beginning:
            starts = q.Or((starts, q.Term(stemmed, field)))
        if len(found) == 1:
            return starts
        return q.And((_phrase(found[:-1], field), starts))

    def _spent(self, found: list[str]) -> list[str]:
        if len(found) > self._left:
            self.warn("too_many_terms", found[self._left])
            found = found[: self._left]
        self._left -= len(found)
        while found and found[-1] == BOUNDARY:
            found.pop()
        return found


def _phrase(words: Sequence[str], field: str | None) -> q.Node:
    return q.Term(words[0], field) if len(words) == 1 else q.Phrase(tuple(words), field)


def _sentences(found: list[str]) -> Iterator[list[str]]:
    group: list[str] = []
    for word in found:
        if word == BOUNDARY:
            yield group
            group = []
        else:
            group.append(word)
    yield group


def _joined(kind: type[q.And | q.Or], parts: list[q.Node]) -> q.Node | None:
    """The parts in one node, nested ones of the same kind taken in."""
    flat: list[q.Node] = []
    for part in parts:
        flat += part.parts if isinstance(part, kind) else (part,)
    flat = list(dict.fromkeys(flat))
    if len(flat) < 2:
        return flat[0] if flat else None
    return kind(tuple(flat))


def _negative(node: q.Node) -> bool:
    match node:
        case q.Not():
            return True
        case q.And(parts):
            return all(_negative(part) for part in parts)
        case q.Or(parts):
            return any(_negative(part) for part in parts)
        case _:
            return False
