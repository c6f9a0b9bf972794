"""Did you mean: another question, of words that stand in titles and senders the asker may see.

Invariants:
- Every word that is put in stands in the title or the sender of a document visible to the asker.
- The question that is offered finds a document visible to the asker, with the same filters.
- Three queries to the database and at most eight questions to the index, none of them large.
"""

from dataclasses import replace
from uuid import UUID

from records.core.database import UnitOfWork
from records.documents.listing import lines_of
from records.documents.visibility import visible_ids
from records.finding.reader import IndexReader
from records.people.rules import Actor
from search import query as q
from search.analysis import fold, is_han
from search.engine import SearchRequest, Sort
from search.nearness import is_mendable, nearest, pieces
from search.parser import parse

# Documents whose titles are looked at for words.
_LOOKED_AT = 100
_BEGINNING = 2


def did_you_mean(
    uow: UnitOfWork, actor: Actor, reader: IndexReader, request: SearchRequest
) -> str | None:
    """Return a question near to one that found nothing in whole, and finds something; or None.

    Args:
        request: What was asked; its visibility, filters and place hold for the offer as well.
    """
    text = request.query.text
    asking = replace(request, sort=Sort.RELEVANCE, after=None, facets=(), limit=0)
    odd = [
        (start, end)
        for start, end in pieces(text)
        if is_mendable(fold(text[start:end])) and not _finds(reader, asking, text[start:end])
    ]
    if not odd:
        return None
    said = _said(uow, actor, reader, asking, [fold(text[start:end]) for start, end in odd])
    meant = text
    for start, end in reversed(odd):
        found = nearest(fold(text[start:end]), said)
        if found is None:
            return None
        meant = meant[:start] + found + meant[end:]
    return meant if _shows(uow, actor, reader, asking, meant) else None


def _finds(reader: IndexReader, asking: SearchRequest, text: str) -> bool:
    result = reader.ask(replace(asking, query=replace(parse(text), fallback=None)))
    return result is None or result.total > 0


def _said(
    uow: UnitOfWork, actor: Actor, reader: IndexReader, asking: SearchRequest, odd: list[str]
) -> list[str]:
    """Return titles and senders, visible to the asker, that may have the words that were meant."""
    parts = tuple(_around(word, field) for word in odd for field in ("title", "sender"))
    query = q.Query("", q.Or(parts))
    result = reader.ask(replace(asking, query=query, limit=_LOOKED_AT))
    ids = [UUID(hit.id) for hit in result.hits] if result else []
    seen = visible_ids(uow, actor, ids) if ids else set()
    lines = lines_of(uow, [each for each in ids if each in seen])
    return [said for each in lines.values() for said in (each.title, each.sender) if said]


def _around(word: str, field: str) -> q.Node:
    if is_han(word[0]):
        return q.Or(tuple(q.Term(each, field) for each in dict.fromkeys(word)))
    return q.Prefix(word[:_BEGINNING], field)


def _shows(
    uow: UnitOfWork, actor: Actor, reader: IndexReader, asking: SearchRequest, text: str
) -> bool:
    query = replace(parse(text), fallback=None)
    result = reader.ask(replace(asking, query=query, limit=_LOOKED_AT))
    ids = [UUID(hit.id) for hit in result.hits] if result else []
    return bool(ids and visible_ids(uow, actor, ids))
