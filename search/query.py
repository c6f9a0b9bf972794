"""A question as a small tree that knows no engine.

`Term`, `Phrase` and `Prefix` hold tokens of the analyser. `field` is a name of `FIELDS`, or None
for wherever words may stand (the body and all text metadata).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Everything:
    """Every document."""


@dataclass(frozen=True)
class Term:
    """Documents with one word, or one value of a keyword field."""

    text: str
    field: str | None = None


@dataclass(frozen=True)
class Phrase:
    """Documents with words side by side in this order; a Chinese word is a phrase of characters."""

    words: tuple[str, ...]
    field: str | None = None


@dataclass(frozen=True)
class Prefix:
    """Documents with a word that begins so."""

    text: str
    field: str | None = None


@dataclass(frozen=True)
class Reference:
    """Documents that bear a number, or cite it.

    `key` is `analysis.reference_key` of it; `words` are its tokens, to find where it is cited.
    """

    key: str
    words: tuple[str, ...]
    field: str | None = None


@dataclass(frozen=True)
class Range:
    """Documents whose date or year lies in a closed interval; None is open.

    Bounds are days since 0001-01-01 (`date.toordinal`) for dates and years for years.
    """

    field: str
    low: int | None
    high: int | None


@dataclass(frozen=True)
class And:
    """All of the parts."""

    parts: tuple[Node, ...]


@dataclass(frozen=True)
class Or:
    """At least one of the parts."""

    parts: tuple[Node, ...]


@dataclass(frozen=True)
class Not:
    """Everything but the part."""

    part: Node


@dataclass(frozen=True)
class AtLeast:
    """At least `count` of the words: how a whole sentence is matched.

    `hints` are single characters that add to the rank and need not be there.
    """

    count: int
    words: tuple[str, ...]
    hints: tuple[str, ...] = ()


Node = Everything | Term | Phrase | Prefix | Reference | Range | And | Or | Not | AtLeast


@dataclass(frozen=True)
class QueryWarning:
    """Something odd in a question, and how it was read.

    Attributes:
        code: stable name, such as `unknown_field`; screens translate by it.
        text: the piece of the question that it is about, possibly empty.
    """

    code: str
    text: str = ""


@dataclass(frozen=True)
class Query:
    """A question that was read.

    Attributes:
        text: as it was typed.
        root: what to look for.
        fallback: what to look for when `root` finds fewer than `enough` documents, or None.
        enough: see `fallback`.
        warnings: what was odd.
        exact: the question without synonyms, where some were put in and it can be said.
    """

    text: str
    root: Node
    fallback: Node | None = None
    enough: int = 1
    warnings: tuple[QueryWarning, ...] = ()
    exact: str | None = None


def leaves(node: Node) -> Iterator[Node]:
    """The leaves that a document should show, so none below a Not."""
    match node:
        case And(parts) | Or(parts):
            for part in parts:
                yield from leaves(part)
        case Not():
            return
        case _:
            yield node
