"""The contract that every search engine keeps.

An index is a cache of the records: it can be thrown away and rebuilt at any time. It keeps terms,
ids and revisions, and no text. One process writes, any number read. Every error of an engine is
one of `IndexMissing`, `IndexDamaged`, `IndexBusy`, `IndexUnwritable` and `IndexAway`. Where indexes
lie, and which of them answers while the next is built, is the matter of `search.place`.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from search.document import IndexDocument
from search.query import Query, QueryWarning

SCHEMA_VERSION = 1  # raise it when the layout or the analyser changes: old indexes are rebuilt


class IndexFailure(Exception):
    """The index cannot answer. Intake goes on; the index is rebuilt or tried again."""


class IndexMissing(IndexFailure):
    """There is no index in this place yet: open it for writing, and feed it."""


class IndexDamaged(IndexFailure):
    """The index is corrupt or of another version: wipe it and build it anew."""


class IndexBusy(IndexFailure):
    """Another process has the index open for writing. Try again later."""


class IndexAway(IndexFailure):
    """The index is elsewhere and cannot be reached. Try again later; nothing is lost."""


class IndexUnwritable(IndexFailure):
    """What is there is whole, but nothing can be written: a full or read-only disk. Try again."""


class Sort(enum.Enum):
    """Orders of hits; hits that tie are ordered by their id, in a scattered but fixed way."""

    RELEVANCE = "relevance"  # best first; newest first when the question ranks nothing
    DATE = "date"  # received, newest first
    NUMBER = "number"  # year and running number of the register, ascending


@dataclass(frozen=True)
class VisibilityFilter:
    """What the asker may see: secrecy at most this, and one of their principals named."""

    principals: frozenset[str]
    max_secrecy: int


@dataclass(frozen=True)
class SearchRequest:
    """One question to an engine.

    Attributes:
        query: what to look for (`search.parser.parse`).
        visibility: part of the question itself; totals, facets and pages know nothing else.
        filters: values by name of a faceted field; a document must have one value of each field.
        sort: order of the hits.
        limit: most hits of this page; 0 asks for the total and facets only.
        after: `SearchResult.next` of the page before; a page made for another sort starts over.
        facets: names of faceted fields to count.
        facet_limit: most values per facet, the most frequent first.
        within: ids of the only documents that are asked about, as part of the question as
            visibility is; None asks about all. Made for some hundreds of them.
    """

    query: Query
    visibility: VisibilityFilter
    filters: Mapping[str, Sequence[str]] = field(default_factory=dict)
    sort: Sort = Sort.RELEVANCE
    limit: int = 20
    after: str | None = None
    facets: Sequence[str] = ()
    facet_limit: int = 50
    within: frozenset[str] | None = None


@dataclass(frozen=True)
class Hit:
    """One document found; scores compare only within one answer."""

    id: str
    score: float


@dataclass(frozen=True)
class SearchResult:
    """The answer.

    Attributes:
        total: number of documents found, over all pages.
        hits: those of this page.
        facets: value and count by field, most frequent first, then by value. Counts of a field
            that is filtered disregard its own filter, so that its other values can be chosen.
        next: where the next page starts, or None after the last.
        warnings: those of the query, and `best_match` when its fallback was used.
    """

    total: int
    hits: list[Hit]
    facets: dict[str, list[tuple[str, int]]]
    next: str | None
    warnings: list[QueryWarning]


class Engine(Protocol):
    """An index of documents. Changes show after `commit`, and in other processes at `refresh`."""

    def add(self, documents: Iterable[IndexDocument]) -> None:
        """Add documents, each in place of the one with its id."""

    def delete(self, ids: Iterable[str]) -> None:
        """Remove documents; ids that are not there are ignored."""

    def commit(self, cursor: int) -> None:
        """Make all changes durable together with the log position that they reach."""

    def cursor(self) -> int:
        """The log position of the last commit; 0 for a new index."""

    def search(self, request: SearchRequest) -> SearchResult:
        """Answer a question from what the last `refresh` saw."""

    def count(self) -> int:
        """Number of documents, visible or not."""

    def entries(self) -> Iterator[tuple[str, int]]:
        """Id and revision of every document, in no order."""

    def refresh(self) -> None:
        """See the last commit of the writing process. Cheap: call it before every search."""

    def close(self) -> None:
        """Let go of files and locks; what was not committed is lost."""

    def wipe(self) -> None:
        """Remove the index and start an empty one; for writers only."""
