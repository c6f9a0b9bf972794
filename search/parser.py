"""The query language: Whoosh's parser with our own taggers, and its tree as our `Query`.

Words are AND. Nothing is an error: what is odd is read in a sensible way and named in a warning.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from search import dates
from search import query as q
from search.analysis import (
    BOUNDARY,
    folded_words,
    is_han,
    pairs,
    query_words,
    reference_key,
    stem,
)
from search.document import FIELDS, Kind
from search.habits import normalised
from search.layout import code
from search.numerals import written
from search.query import Query, QueryWarning
from search.questions import best_match
from search.spellings import spellings
from search.synonyms import MOST_TOGETHER, NONE, Thesaurus, Way
from search.syntax import syntax_tree

_MAX_WORDS = 256  # tokens in one question
_MAX_WAYS = 40  # in which synonyms let a question be read
_MAX_ALSO = 24  # words that synonyms add to a sentence matched in part
_LISTED = ", "
_OPERATOR = re.compile(r"(?<!\S)(?:AND|OR|NOT)(?!\S)")
_REFERENCE = re.compile(r"(?:[^\d-]+-)+\d{4}-\d+")


def parse(text: str, thesaurus: Thesaurus = NONE) -> Query:
    """Read a question. Never raises; takes at most a few milliseconds for any text.

    Args:
        thesaurus: Words that mean the same. What stands in quotation marks is left as it is.
    """
    plain, warnings = normalised(text)
    tree, odd = syntax_tree(plain)
    reader = _Reader([*warnings, *odd], thesaurus)
    root = reader.node(tree)
    is_widened = reader.also or reader.numerals
    typed = _Reader([], NONE, numerals=False).node(tree) if is_widened else root
    if root is None:
        if text.strip():
            reader.warn("nothing_to_search", text.strip()[:80])
        root = q.Everything()
    elif _negative(root):
        reader.warn("only_negative")
    sentence = reader.is_plain and not _OPERATOR.search(plain)
    fallback, enough = best_match(typed or root, plain) if sentence else (None, 1)
    exact = None
    fallback = _with_synonyms(fallback, [*reader.also.values(), *reader.numerals])
    if reader.also:
        reader.warn("synonyms", _LISTED.join(reader.also))
        exact = _quoted(text, reader.widened, thesaurus)
    return Query(text, root, fallback, enough, tuple(dict.fromkeys(reader.warnings)), exact)


def _with_synonyms(fallback: q.Node | None, also: Iterable[tuple[str, ...]]) -> q.Node | None:
    """Let a sentence that is matched in part be matched by what means the same as well."""
    if not isinstance(fallback, q.AtLeast):
        return fallback
    more = [unit for words in also for unit in _units(words)][:_MAX_ALSO]
    return replace(fallback, words=tuple(dict.fromkeys((*fallback.words, *more))))


def _units(words: Sequence[str]) -> list[str]:
    """What of some words a sentence that is matched in part is matched by."""
    found = pairs(words)
    return found + [word for word in words if word.isdecimal()] if found else list(words)


def _quoted(text: str, pieces: Iterable[str], thesaurus: Thesaurus) -> str | None:
    """The question with the pieces that have synonyms in quotation marks; None if that fails."""
    for piece in dict.fromkeys(pieces):
        # A function, since a piece may hold what a pattern takes for a reference.
        text = re.sub(
            rf'(?<!["\w]){re.escape(piece)}(?!["\w])',
            lambda found: f'"{found.group()}"',
            text,
            count=1,
        )
    reader = _Reader([], thesaurus)
    reader.node(syntax_tree(normalised(text)[0])[0])
    return None if reader.also else text


class _Reader:
    """Reads one syntax tree; collects warnings and spends a bounded number of tokens."""

    def __init__(
        self, warnings: list[QueryWarning], thesaurus: Thesaurus, *, numerals: bool = True
    ) -> None:
        self.warnings = warnings
        self.is_plain = True  # nothing but words
        self.also: dict[str, tuple[str, ...]] = {}  # synonyms that are looked for, as tokens
        self.widened: list[str] = []  # what was typed and has synonyms
        self.numerals: list[tuple[str, ...]] = []  # pieces with their numerals written otherwise
        self._writes_numerals = numerals
        self._thesaurus = thesaurus
        self._left = _MAX_WORDS
        self._ways_left = _MAX_WAYS

    def warn(self, code_: str, text: str = "") -> None:
        self.warnings.append(QueryWarning(code_, text))

    def node(self, tree: Any) -> q.Node | None:
        """Our node for a node of Whoosh; None when nothing of it can be searched."""
        from whoosh.qparser import syntax

        name = type(tree).__name__
        if isinstance(tree, syntax.GroupNode):
            if name not in ("AndGroup", "_Bracketed"):  # a remark in brackets is still plain
                self.is_plain = False
            apart = name in ("AndGroup", "_Bracketed")
            parts = list(self._together(list(tree)) if apart else self._parts(tree))
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

    def _parts(self, items: Iterable[Any]) -> Iterator[q.Node]:
        for item in items:
            if (part := self.node(item)) is not None:
                yield part

    def _together(self, items: Sequence[Any]) -> Iterator[q.Node]:
        """The parts, of which those that are one synonym in several words are read as one."""
        at = 0
        while at < len(items):
            count, ways = self._synonym_at(items, at)
            parts = list(self._parts(items[at : at + count]))
            if ways:
                self.widened.append(" ".join(each.text for each in items[at : at + count]))
                own = _joined(q.And, parts)
                found = [*([own] if own else []), *(self._way(way, None) for way in ways)]
                parts = [part] if (part := _joined(q.Or, found)) else []
            yield from parts
            at += count

    def _synonym_at(self, items: Sequence[Any], at: int) -> tuple[int, list[Way]]:
        """How many words from a place on are one synonym, and what else may be said for them."""
        texts: list[str] = []
        if not self._thesaurus.by_words:
            return 1, []
        for item in items[at : at + MOST_TOGETHER]:
            if not _is_word(item):
                break
            texts.append(item.text)
        for count in range(len(texts), 1, -1):
            others = self._thesaurus.others(query_words(" ".join(texts[:count])))
            if others and self._ways_left > 0:
                return count, [Way(each.words, (each.text,)) for each in others]
        return 1, []

    def _way(self, way: Way, field: str | None) -> q.Node:
        self._ways_left -= 1
        for text in way.used:
            self.also.setdefault(text, tuple(query_words(text)))
        return _phrase(way.words, field)

    def _any_way(self, words: Sequence[str], field: str | None, text: str) -> q.Node:
        """What words that stand side by side ask for, whichever way they are said."""
        own = _phrase(words, field)
        ways = self._thesaurus.ways(words) if self._thesaurus.by_words else []
        ways = ways[: max(0, self._ways_left)]
        if ways:
            self.widened.append(text)
        others = written(words)[: max(0, self._ways_left)] if self._writes_numerals else []
        self._ways_left -= len(others)
        self.numerals += others
        found = [*(self._way(way, field) for way in ways), *(_phrase(way, field) for way in others)]
        return _joined(q.Or, [own, *found]) or own

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
        if quoted:
            return _phrase(found, field) if found else None
        parts = [self._any_way(group, field, text) for group in _sentences(found) if group]
        return _joined(q.And, parts)

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


def _is_word(item: Any) -> bool:
    """Whether a node of Whoosh is a bare word: of no field, not quoted, not a beginning."""
    from whoosh.qparser import syntax

    return (
        isinstance(item, syntax.TextNode)
        and type(item).__name__ != "PhraseNode"
        and item.fieldname is None
        and "*" not in item.text
    )


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
