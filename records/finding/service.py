"""Use cases of finding: search within what a person may see, and know what can be found yet.

The index answers for visibility by itself, so totals and facets count nothing hidden. It is as
old as its last commit, though: every hit is checked again in the database before any of its
content is fetched.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, case, func, literal, select, union_all

from records.classification.models import FileClass
from records.core.database import UnitOfWork
from records.documents.listing import DocumentLine, lines_of
from records.documents.models import Component, ComponentText, Document, StoredObject
from records.documents.rules import TextState
from records.documents.texts import open_text
from records.documents.visibility import visible_ids
from records.finding.changes import last_changes
from records.finding.reader import IndexReader
from records.finding.spelling import did_you_mean
from records.finding.state import IndexState
from records.people.models import Unit
from records.people.rules import Actor, Secrecy
from records.registration.models import Register
from search.beginnings import parse_beginning
from search.engine import SearchRequest, Sort, VisibilityFilter
from search.highlight import Marker, Snippet
from search.parser import parse
from search.query import Everything, Query, QueryWarning
from storage import StorageError, Vault

__all__ = [
    "FACETS",
    "MOST_HITS",
    "FacetValue",
    "Found",
    "FoundHit",
    "LineAhead",
    "QueryWarning",
    "Snippet",
    "Sort",
    "ahead",
    "is_searchable",
    "lines_found",
    "matching",
    "search",
]

FACETS = ("register", "class", "unit", "year", "secrecy", "kind", "state", "urgency", "sender")
MOST_HITS = 1_000
# The code of the warning that texts above a level are not in the index.
SECRET_TEXT = "secret_text"  # noqa: S105
# The code of the note that words which mean the same were looked for as well.
SYNONYMS = "synonyms"
# The code of the warning that a sentence was matched in part.
BEST_MATCH = "best_match"
FACET_LIMIT = 50
# What is offered while somebody types: as many as are read at a glance.
AHEAD = 6
# Sealed bytes of text that one page of hits may open to cut snippets from.
SNIPPET_BYTES = 16 << 20
# So long a sealed text comes along with the names of the files, `MOST_HITS` of them at most; longer
# ones are asked for apart.
SMALL_TEXT = 16 << 10


@dataclass(frozen=True)
class FoundHit:
    """One document found.

    Attributes:
        file_name: Name of its first file.
        score: Compares only within one answer, whose best hit has 1; 0 when the order is not by
            relevance.
        snippets: Where the words stand; marks are closed-open character offsets.
    """

    line: DocumentLine
    file_name: str | None
    score: float
    snippets: list[Snippet]


@dataclass(frozen=True)
class FacetValue:
    """One value of a facet, its name for people, and how many documents found have it."""

    value: str
    label: str
    count: int


@dataclass(frozen=True)
class Found:
    """An answer: total and facets are after visibility; `index` says how complete it is.

    Attributes:
        exact: The question that leaves out the synonyms which were put in, where there is one.
        meant: A question near to this one that finds something, where this finds nothing in whole.
    """

    total: int
    hits: list[FoundHit]
    facets: dict[str, list[FacetValue]]
    warnings: list[QueryWarning]
    next: str | None
    index: IndexState
    exact: str | None = None
    meant: str | None = None


def search(
    uow: UnitOfWork,
    actor: Actor,
    reader: IndexReader,
    vault: Vault,
    *,
    text: str,
    filters: Mapping[str, Sequence[str]] | None = None,
    sort: Sort = Sort.RELEVANCE,
    limit: int = 20,
    after: str | None = None,
    within: Collection[UUID] | None = None,
) -> Found:
    """Find documents that a person may see.

    At most eleven queries to the database, however many hits. Without an index the answer is
    empty, and `index` says so.

    Args:
        text: A question in the query language; an empty one finds everything.
        filters: Chosen values by facet; several of one facet are alternatives.
        limit: Hits of the page; more than `MOST_HITS` are not given at once.
        after: `next` of the page before.
        within: The only documents that are asked about, some hundreds at most; None for all.
    """
    query = parse(text, reader.synonyms.thesaurus(uow))
    request = SearchRequest(
        query=query,
        visibility=_visibility(actor),
        filters=_filters(filters or {}),
        sort=sort,
        limit=max(0, min(limit, MOST_HITS)),
        after=after,
        facets=FACETS,
        facet_limit=FACET_LIMIT,
        within=_named(within),
    )
    result = reader.ask(request)
    if result is None:
        return Found(0, [], {}, list(query.warnings), None, reader.state(), query.exact)
    ids = [UUID(hit.id) for hit in result.hits]
    seen = visible_ids(uow, actor, ids)
    content = _Content(uow, vault, query, [each for each in ids if each in seen])
    # How rare a word is among all documents would tell of those that are hidden, so the scores of
    # an answer say only how its hits compare.
    state = reader.state()
    best = max((hit.score for hit in result.hits), default=0.0) or 1.0
    hits = [
        content.hit(document_id, round(hit.score / best, 2))
        for document_id, hit in zip(ids, result.hits, strict=True)
        if document_id in seen
    ]
    facets = _labelled(uow, result.facets)
    warnings = [*result.warnings, *_unsearched(actor, state)]
    is_whole = result.total > 0 and all(each.code != BEST_MATCH for each in result.warnings)
    meant = None if is_whole or after else did_you_mean(uow, actor, reader, request)
    return Found(result.total, hits, facets, warnings, result.next, state, query.exact, meant)


def _visibility(actor: Actor) -> VisibilityFilter:
    return VisibilityFilter(frozenset(each.hex for each in actor.principals), int(actor.clearance))


@dataclass(frozen=True)
class LineAhead:
    """A document offered while a question is typed, its title and number with the words marked."""

    line: DocumentLine
    title: Snippet
    number: Snippet


def ahead(uow: UnitOfWork, actor: Actor, reader: IndexReader, *, text: str) -> list[LineAhead]:
    """Return the best documents for a question that is still being typed, `AHEAD` at most.

    Its last word may have just begun. Only metadata is searched and nothing is counted, so that an
    answer is there before the next key; two queries to the database.
    """
    query = parse_beginning(text)
    if isinstance(query.root, Everything):
        return []
    result = reader.ask(SearchRequest(query=query, visibility=_visibility(actor), limit=AHEAD))
    if result is None:
        return []
    ids = [UUID(hit.id) for hit in result.hits]
    seen = visible_ids(uow, actor, ids)
    lines = lines_of(uow, [each for each in ids if each in seen])
    marker = Marker(query)
    return [_ahead(lines[each], marker) for each in ids if each in lines]


def _ahead(line: DocumentLine, marker: Marker) -> LineAhead:
    def marked(field: str, value: str) -> Snippet:
        found = marker.snippets(value, field=field, width=len(value)) if value else []
        return found[0] if found else Snippet(field, value, [])

    return LineAhead(line, marked("title", line.title), marked("number", line.number))


def lines_found(
    uow: UnitOfWork,
    actor: Actor,
    reader: IndexReader,
    *,
    text: str,
    filters: Mapping[str, Sequence[str]] | None = None,
    sort: Sort = Sort.RELEVANCE,
    limit: int = MOST_HITS,
    after: str | None = None,
    within: Collection[UUID] | None = None,
) -> tuple[list[DocumentLine], str | None]:
    """Return what a question finds without what the page shows of it, for files.

    Three queries to the database.

    Returns:
        The lines, and where the next ones start or None.
    """
    request = SearchRequest(
        query=parse(text, reader.synonyms.thesaurus(uow)),
        visibility=_visibility(actor),
        filters=_filters(filters or {}),
        sort=sort,
        limit=max(0, min(limit, MOST_HITS)),
        after=after,
        within=_named(within),
    )
    result = reader.ask(request)
    if result is None:
        return [], None
    ids = [UUID(hit.id) for hit in result.hits]
    seen = visible_ids(uow, actor, ids)
    lines = lines_of(uow, [each for each in ids if each in seen])
    return [lines[each] for each in ids if each in lines], result.next


def matching(
    uow: UnitOfWork,
    actor: Actor,
    reader: IndexReader,
    *,
    text: str,
    filters: Mapping[str, Sequence[str]],
    within: Collection[UUID],
) -> set[UUID]:
    """Return which of some hundreds of documents a question finds, in whole and not in part.

    Two queries to the database.
    """
    request = SearchRequest(
        query=replace(parse(text, reader.synonyms.thesaurus(uow)), fallback=None),
        visibility=_visibility(actor),
        filters=_filters(filters),
        limit=len(within),
        within=_named(within),
    )
    result = reader.ask(request)
    found = [UUID(hit.id) for hit in result.hits] if result else []
    return set(visible_ids(uow, actor, found)) if found else set()


def _named(within: Collection[UUID] | None) -> frozenset[str] | None:
    return None if within is None else frozenset(map(str, within))


def _unsearched(actor: Actor, state: IndexState) -> list[QueryWarning]:
    """Return the warning that some texts which a person may read are not searched."""
    if actor.clearance <= state.text_up_to:
        return []
    return [QueryWarning(SECRET_TEXT, Secrecy(state.text_up_to).code)]


def is_searchable(uow: UnitOfWork, index_cursor: int, document_ids: Collection[UUID]) -> set[UUID]:
    """Return which documents are read and in the index as they now are, in two queries.

    Args:
        index_cursor: `IndexReader.cursor()`.
    """
    settled = set(
        uow.session.scalars(
            select(Document.id).where(
                Document.id.in_(document_ids), Document.text_state != TextState.PENDING.value
            )
        )
    )
    last = last_changes(uow, settled)
    return {each for each in settled if last.get(each, -1) < index_cursor}


# What is shown of the hits of one page -----------------------------------------------------------


# The files of some documents, each with its sealed text unless that is large. Put together once:
# making a statement takes as long as running it.
_FILES = (
    select(
        Component.id,
        Component.document_id,
        Component.name,
        StoredObject.wrapped_key,
        func.length(ComponentText.sealed),
        case((func.length(ComponentText.sealed) <= SMALL_TEXT, ComponentText.sealed)),
    )
    .join(StoredObject, StoredObject.name == Component.object_name)
    .outerjoin(ComponentText, ComponentText.component_id == Component.id)
    .where(Component.document_id.in_(bindparam("ids", expanding=True)))
    .order_by(Component.document_id, Component.position)
)


class _Content:
    """The content of the documents of one page, fetched in a constant number of queries."""

    def __init__(
        self, uow: UnitOfWork, vault: Vault, query: Query, document_ids: Sequence[UUID]
    ) -> None:
        self._vault = vault
        self._marker = Marker(query)
        self._lines = lines_of(uow, document_ids)
        self._names: dict[UUID, list[str]] = defaultdict(list)
        self._sealed: dict[UUID, list[tuple[bytes, bytes]]] = defaultdict(list)
        self._remember(uow, document_ids)

    def hit(self, document_id: UUID, score: float) -> FoundHit:
        """Return one hit with its snippets."""
        line = self._lines[document_id]
        names = self._names[document_id]
        found: list[Snippet] = []
        for field, value in (
            ("title", line.title),
            ("number", line.number),
            ("document_number", line.document_number),
            ("sender", line.sender),
        ):
            if value:
                found += self._marker.snippets(value, field=field, width=len(value))
        found += self._body(document_id)
        for name in names:
            found += self._marker.snippets(name, field="file_name", width=len(name))
        return FoundHit(line, names[0] if names else None, score, found)

    def _body(self, document_id: UUID) -> list[Snippet]:
        for wrapped_key, sealed in self._sealed[document_id]:
            try:
                text = "\n".join(open_text(self._vault, wrapped_key, sealed))
            except StorageError:
                continue  # the key was destroyed or lost
            if found := self._marker.snippets(text, field="body"):
                return found
        return []

    def _remember(self, uow: UnitOfWork, document_ids: Sequence[UUID]) -> None:
        if not document_ids:
            return
        rows = uow.session.execute(_FILES, {"ids": document_ids}).all()
        texts: dict[UUID, bytes] = {}
        large: list[UUID] = []
        room = SNIPPET_BYTES
        for component_id, document_id, name, _, size, sealed in rows:
            self._names[document_id].append(name)
            if size is not None and size <= room:
                room -= size
                if sealed is not None:
                    texts[component_id] = sealed
                else:
                    large.append(component_id)
        if large:
            query = select(ComponentText.component_id, ComponentText.sealed)
            rest = uow.session.execute(query.where(ComponentText.component_id.in_(large)))
            texts.update((row[0], row[1]) for row in rest)
        for component_id, document_id, _, wrapped_key, *_ in rows:
            if component_id in texts:
                self._sealed[document_id].append((wrapped_key, texts[component_id]))


# Facets ------------------------------------------------------------------------------------------


# Facets whose values are codes, and where their names stand; all of them in one query.
_NAMED: dict[str, tuple[Any, Any]] = {
    "register": (Register.code, Register.name),
    "class": (FileClass.code, FileClass.title),
    "unit": (Unit.code, Unit.name),
}
_LABELS = union_all(
    *(
        select(literal(facet), code, label).where(code.in_(bindparam(facet, expanding=True)))
        for facet, (code, label) in _NAMED.items()
    )
)


def _filters(filters: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """Return the filters in the words of the index, which knows secrecy by its level."""
    chosen = {name: list(values) for name, values in filters.items() if name in FACETS and values}
    if "secrecy" in chosen:
        levels = {each.code: str(int(each)) for each in Secrecy}
        chosen["secrecy"] = [levels.get(each, each) for each in chosen["secrecy"]]
    return chosen


def _labelled(
    uow: UnitOfWork, facets: Mapping[str, Sequence[tuple[str, int]]]
) -> dict[str, list[FacetValue]]:
    codes = {name: [value for value, _ in facets.get(name, ())] for name in _NAMED}
    names: dict[str, dict[str, str]] = defaultdict(dict)
    if any(codes.values()):
        for name, value, label in uow.session.execute(_LABELS, codes):
            names[name][value] = label
    found: dict[str, list[FacetValue]] = {}
    for name, values in facets.items():
        labels = names.get(name, {})
        shown = [
            (Secrecy(int(value)).code if name == "secrecy" else value, count)
            for value, count in values
        ]
        found[name] = [FacetValue(value, labels.get(value, value), count) for value, count in shown]
    return found
