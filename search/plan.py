"""A question in terms of columns: what an engine has to be able to do, and no more.

Made once for all engines, so that they find the same documents. Only `Match` ranks (BM25);
everything else decides without a score, or adds a constant one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from search import query as q
from search.analysis import is_han, pairs
from search.document import FIELDS, Kind
from search.engine import VisibilityFilter
from search.layout import FACET_COLUMNS, PAIRS, code, facet_value


@dataclass(frozen=True)
class Match:
    """One token in a text column, ranked by BM25 times `boost`."""

    column: str
    text: str
    boost: float = 1.0


@dataclass(frozen=True)
class Among:
    """One of several codes in a code or facet column, scored `score`."""

    column: str
    values: tuple[str, ...]
    score: float = 0.0


@dataclass(frozen=True)
class Sequenced:
    """Tokens side by side in a text column, scored `score`."""

    column: str
    words: tuple[str, ...]
    score: float = 0.0


@dataclass(frozen=True)
class Begins:
    """A token that begins so in a text column, or a code in a code column."""

    column: str
    text: str


@dataclass(frozen=True)
class Between:
    """A whole number in a closed interval; None is open."""

    column: str
    low: int | None
    high: int | None


@dataclass(frozen=True)
class Anything:
    """Every document, scored 0."""


@dataclass(frozen=True)
class Nothing:
    """No document."""


@dataclass(frozen=True)
class Both:
    """All of `must`, none of `never`; of `should` at least `minimum`, the others add score."""

    must: tuple[Plan, ...] = ()
    should: tuple[Plan, ...] = ()
    never: tuple[Plan, ...] = ()
    minimum: int = 0


Plan = Match | Among | Sequenced | Begins | Between | Anything | Nothing | Both

ID = "id"  # the column of what every document is known by
_EVERYWHERE = ("body", "meta")
_TITLE_PHRASE = 3.0  # a phrase in the title is worth about one rare word
_SENTENCE_META = 0.6
_SENTENCE_HINT = 0.6
_SENTENCE_NEIGHBOURS = 0.8
_MOST_NEIGHBOURS = 16
_NUMBER_BORNE = 20.0  # the document that bears a number stands above those that cite it


def plan(node: q.Node) -> Plan:
    """Translate a tree into columns."""
    match node:
        case q.Everything():
            return Anything()
        case q.Term(text, field):
            return _term(text, field)
        case q.Phrase(words, field):
            return _phrase(words, field)
        case q.Prefix(text, field):
            columns = _EVERYWHERE if field is None else (field,)
            return _any(tuple(Begins(column, text) for column in columns))
        case q.Reference():
            return _reference(node)
        case q.Range(field, low, high):
            return Between(field, low, high)
        case q.And(parts):
            never = tuple(plan(part.part) for part in parts if isinstance(part, q.Not))
            must = tuple(plan(part) for part in parts if not isinstance(part, q.Not))
            return Both(must=must or (Anything(),), never=never)
        case q.Or(parts):
            return _any(tuple(plan(part) for part in parts))
        case q.Not(part):
            return Both(must=(Anything(),), never=(plan(part),))
        case q.AtLeast():
            return _sentence(node)


def ranks(node: Plan) -> bool:
    """Whether a plan gives documents different scores."""
    match node:
        case Match():
            return True
        case Among(score=score) | Sequenced(score=score):
            return score > 0
        case Both(must, should):
            return any(ranks(part) for part in must + should)
        case _:
            return False


def guard(visibility: VisibilityFilter, within: frozenset[str] | None = None) -> Plan:
    """What the asker may see, and of that only some documents where their ids are given."""
    # No document has an empty id, and a cluster refuses to be asked for one.
    named = None if within is None else tuple(sorted(filter(None, within)))
    if not visibility.principals or named == ():
        return Nothing()
    may_see: tuple[Plan, ...] = (
        Between("level", None, visibility.max_secrecy),
        Among("principal", tuple(sorted(map(facet_value, visibility.principals)))),
    )
    only = (Among(ID, named),) if named is not None else ()
    return Both(must=(*may_see, *only))


def filtered(filters: Mapping[str, Sequence[str]], *, without: str | None = None) -> Plan | None:
    """The chosen values of facets, those of one field left out; None when none is chosen."""
    must: list[Plan] = []
    for name, values in sorted(filters.items()):
        if name != without and values:
            must.append(Among(FACET_COLUMNS[name], tuple(map(facet_value, values))))
    return Both(must=tuple(must)) if must else None


def _any(parts: tuple[Plan, ...]) -> Plan:
    return parts[0] if len(parts) == 1 else Both(should=parts, minimum=1)


def _term(text: str, field: str | None) -> Plan:
    if field is None:
        return _scored(text)
    item = FIELDS[field]
    if item.kind is Kind.KEYWORD:
        folded = code(text)
        return Among(field, (item.values.get(folded, folded),))
    return Match(field, text)


def _scored(word: str) -> Plan:
    """One word anywhere; two Han characters count as one word."""
    if len(word) == 2 and is_han(word) and is_han(word[1]):
        in_title = (Sequenced("title", tuple(word), _TITLE_PHRASE),)
        return Both(must=(Match(PAIRS, word),), should=in_title)
    title = Match("title", word, FIELDS["title"].boost)
    return Both(should=(Match("body", word), Match("meta", word), title), minimum=1)


def _sentence(sentence: q.AtLeast) -> Plan:
    """Some of its words, ranked by how many and how rare; weights are measured, see the docs.

    A word of the title or of other metadata adds little: many words of a sentence stand in titles
    by chance. Single characters tell documents apart that share the same pairs, and words that
    follow each other in the text as in the question belong together.
    """
    words: list[Plan] = []
    latin: list[str] = []
    for word in sentence.words:
        if len(word) == 2 and is_han(word) and is_han(word[1]):
            words.append(Match(PAIRS, word))
        else:
            found = (Match("body", word), Match("meta", word, _SENTENCE_META))
            words.append(Both(should=found, minimum=1))
            latin.append(word)
    helping: list[Plan] = [Match("body", hint, _SENTENCE_HINT) for hint in sentence.hints]
    neighbours = list(pairwise(latin))[:_MOST_NEIGHBOURS]
    helping += [Sequenced("body", two, _SENTENCE_NEIGHBOURS) for two in neighbours]
    needed = Both(should=tuple(words), minimum=sentence.count)
    return Both(must=(needed,), should=tuple(helping)) if helping else needed


def _phrase(words: tuple[str, ...], field: str | None) -> Plan:
    if len(words) == 1:
        return _term(words[0], field)
    if field is not None:
        return Sequenced(field, words)
    if len(words) == 2 and len(pairs(words)) == 1:
        return _scored("".join(words))
    # Every pair must be there: rarer than single characters, they spare most of the positions.
    must: list[Plan] = [Match(PAIRS, pair) for pair in dict.fromkeys(pairs(words))]
    must.append(_any(tuple(Sequenced(column, words) for column in _EVERYWHERE)))
    should = [Sequenced("title", words, _TITLE_PHRASE)]
    others = [Match("body", word) for word in dict.fromkeys(words) if not is_han(word)]
    return Both(must=tuple(must), should=(*should, *others))


def _reference(node: q.Reference) -> Plan:
    fields = [n for n, item in FIELDS.items() if item.kind is Kind.REFERENCE]
    if node.field is not None:
        fields = [node.field]
    borne = tuple(Among(f"{name}_key", (node.key,), _NUMBER_BORNE) for name in fields)
    return _any((*borne, _phrase(node.words, node.field)))
