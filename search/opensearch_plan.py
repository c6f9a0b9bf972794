"""Plans as OpenSearch queries, and the columns as the mapping of an index.

Numbers above 2^53 are not safe in every JSON, so the keys that order hits are kept as two halves.
"""

from __future__ import annotations

from typing import Any

from search import layout
from search.plan import Among, Anything, Begins, Between, Both, Match, Nothing, Plan, Sequenced

Query = dict[str, Any]

# Lucene leaves the constant factor (k1 + 1) of BM25 out; constant scores are weighed against it.
_BM25_FACTOR = 2.2
_HALF_BITS = 31
_HALF = (1 << _HALF_BITS) - 1


def mapping(version: int) -> dict[str, Any]:
    """All columns; of what was indexed nothing is stored."""
    tokens = {"type": "text", "analyzer": "whitespace"}
    columns: dict[str, Any] = {"revision": {"type": "long"}}
    columns |= dict.fromkeys(layout.TEXT_COLUMNS, tokens)
    columns[layout.PAIRS] = {**tokens, "index_options": "freqs"}
    columns |= {name: {"type": "keyword", "doc_values": False} for name in layout.CODE_COLUMNS}
    columns |= {name: {"type": "keyword"} for name in layout.FACET_COLUMNS.values()}
    columns |= {name: {"type": "integer"} for name in layout.NUMBER_COLUMNS}
    for name in layout.ORDER_COLUMNS:
        columns |= {half: {"type": "integer"} for half in halves(name)}
    return {
        "dynamic": "strict",
        "_source": {"enabled": False},
        "_meta": {"chancery": version},
        "properties": columns,
    }


def columns(row: layout.Row) -> dict[str, Any]:
    """What is indexed of a row."""
    found: dict[str, Any] = {"revision": row.revision, **row.texts, **row.codes}
    for name, value in row.numbers.items():
        if name in layout.ORDER_COLUMNS:
            found |= zip(halves(name), split(value), strict=True)
        else:
            found[name] = value
    return found


def halves(column: str) -> tuple[str, str]:
    """The two columns of an order key, the weightier first."""
    return f"{column}_high", f"{column}_low"


def split(key: int) -> tuple[int, int]:
    """An order key as its halves."""
    return key >> _HALF_BITS, key & _HALF


def joined(high: int, low: int) -> int:
    """The order key of two halves."""
    return high << _HALF_BITS | low


def within(root: Plan, *others: Plan | None) -> Query:
    """The root, ranked, within the others, which do not rank."""
    filters = [compiled(other) for other in others if other is not None]
    return {"bool": {"must": [compiled(root)], "filter": filters}}


def compiled(plan: Plan) -> Query:
    """The query for a plan."""
    match plan:
        case Match(column, text, boost):
            return {"term": {column: {"value": text, "boost": boost * _BM25_FACTOR}}}
        case Among("id", values, score):
            # The cluster keeps it apart from the columns.
            return _constant({"ids": {"values": list(values)}}, score)
        case Among(column, values, score):
            return _constant({"terms": {column: list(values)}}, score)
        case Sequenced(column, words, score):
            return _constant({"match_phrase": {column: {"query": " ".join(words)}}}, score)
        case Begins(column, text):
            return _constant({"prefix": {column: {"value": text}}})
        case Between(column, low, high):
            bounds = {
                name: value for name, value in (("gte", low), ("lte", high)) if value is not None
            }
            return _constant({"range": {column: bounds}})
        case Anything():
            return _constant({"match_all": {}})
        case Nothing():
            return {"match_none": {}}
        case Both():
            return _both(plan)


def _constant(query: Query, score: float = 0.0) -> Query:
    return {"constant_score": {"filter": query, "boost": score}}


def _both(plan: Both) -> Query:
    # Without a word that must be there, one of the others has to; OpenSearch would take any.
    minimum = plan.minimum if plan.must else max(plan.minimum, 1)
    return {
        "bool": {
            "must": [compiled(part) for part in plan.must],
            "should": [compiled(part) for part in plan.should],
            "must_not": [compiled(part) for part in plan.never],
            "minimum_should_match": minimum if plan.should else 0,
        }
    }
