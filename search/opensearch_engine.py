"""The distributed engine: OpenSearch, for an index that has outgrown one machine.

One follower writes for the whole cluster, every machine reads. What was added is kept here until
`commit` and sent in bulk then, unless it grows too large; the log position is sent last, so that
it never tells more than what is there. What a writer that died had sent is sent again.
"""
# ruff: noqa: D102 - the contract says what its verbs do

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from opensearchpy.helpers import streaming_bulk

from search import layout, ordering
from search.document import IndexDocument
from search.engine import (
    Hit,
    IndexAway,
    IndexDamaged,
    IndexMissing,
    SearchRequest,
    SearchResult,
    Sort,
)
from search.opensearch_place import ClusterPlace, Lease, told
from search.opensearch_plan import columns, compiled, halves, joined, split, within
from search.plan import Between, Plan, filtered, guard

_CURSOR_ID = "cursor"  # of the document that holds the log position; ids are longer
_KEPT_CHARACTERS = 8 << 20
_BULK_BYTES = 8 << 20
_PAGE = 5_000
_DOCUMENTS = Between(halves("by_date")[0], 0, None)  # the log position has no such key


class OpenSearchEngine:
    """See `search.engine.Engine`."""

    def __init__(self, place: ClusterPlace, generation: str, *, writer: bool) -> None:
        self._client = place.client
        self._index = generation
        self._pending: dict[str, dict[str, Any] | None] = {}
        self._kept = 0
        self._lease = Lease(place, generation) if writer else None

    def _renew(self) -> None:
        if self._lease is None:
            raise RuntimeError("this index was opened for reading")
        self._lease.renew()

    def add(self, documents: Iterable[IndexDocument]) -> None:
        self._renew()
        for document in documents:
            row = layout.row(document)
            self._pending[document.id] = columns(row)
            self._kept += sum(map(len, row.texts.values()))
            if self._kept > _KEPT_CHARACTERS:
                self._send()

    def delete(self, ids: Iterable[str]) -> None:
        self._renew()
        self._pending |= dict.fromkeys(ids)

    def commit(self, cursor: int) -> None:
        self._renew()
        self._send()
        self._pending[_CURSOR_ID] = {"revision": cursor}
        self._send()
        with told():
            self._client.indices.refresh(index=self._index)

    def _send(self) -> None:
        """Send what is kept; a cluster that asks for patience gets it."""
        pending, self._pending, self._kept = self._pending, {}, 0
        with told():
            for done, answer in streaming_bulk(
                self._client,
                (_action(self._index, key, found) for key, found in pending.items()),
                max_chunk_bytes=_BULK_BYTES,
                max_retries=6,
                initial_backoff=1,
                raise_on_error=False,
            ):
                if not done and answer.get("delete", {}).get("status") != 404:
                    raise IndexDamaged(f"the cluster did not take it: {answer}")

    def cursor(self) -> int:
        found = self._hits({"query": {"ids": {"values": [_CURSOR_ID]}}, "size": 1})
        return _revision(found[0]) if found else 0

    def count(self) -> int:
        with told():
            body = {"query": compiled(_DOCUMENTS)}
            return int(self._client.count(index=self._index, body=body)["count"])

    def entries(self) -> Iterator[tuple[str, int]]:
        body = {"query": compiled(_DOCUMENTS), "size": _PAGE, "sort": _sort("by_date", "asc")}
        while True:
            hits = self._hits(body)
            yield from ((str(hit["_id"]), _revision(hit)) for hit in hits)
            if len(hits) < _PAGE:
                return
            body["search_after"] = hits[-1]["sort"]

    def _hits(self, body: dict[str, Any]) -> list[dict[str, Any]]:
        return list(self._answers([{**body, "docvalue_fields": ["revision"]}])[0]["hits"]["hits"])

    def refresh(self) -> None:
        if self._lease is not None:
            self._lease.renew()

    def close(self) -> None:
        lease, self._lease = self._lease, None
        if lease is not None:
            lease.end()

    def wipe(self) -> None:
        self._renew()
        self._pending, self._kept = {}, 0
        with told():
            self._client.delete_by_query(
                index=self._index, body={"query": {"match_all": {}}}, refresh=True
            )
        self.commit(0)

    def search(self, request: SearchRequest) -> SearchResult:
        return ordering.with_fallback(request, self._run)

    def _run(self, request: SearchRequest, root: Plan) -> SearchResult:
        """The page and all facets in one round trip."""
        sort = ordering.resolved(request, root)
        allowed = guard(request.visibility, request.within)
        free = [name for name in request.facets if not request.filters.get(name)]
        bound = [name for name in request.facets if name not in free]
        bodies = [
            {
                "query": within(root, allowed, filtered(request.filters)),
                "track_total_hits": True,
                "aggs": _aggregations(free),
                **_page(request, sort),
            }
        ]
        for name in bound:
            others = filtered(request.filters, without=name)
            query = within(root, allowed, others)
            bodies.append({"query": query, "size": 0, "aggs": _aggregations([name])})
        first, *more = self._answers(bodies)
        counted = _counted(first, free)
        for name, answer in zip(bound, more, strict=True):
            counted |= _counted(answer, [name])
        total = int(first["hits"]["total"]["value"])
        hits, following = _hits_of(first["hits"]["hits"], request, sort, total)
        facets = {
            name: layout.facet_values(counted[name], request.facet_limit) for name in request.facets
        }
        return SearchResult(total, hits, facets, following, [])

    def _answers(self, bodies: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        """Ask several things at once.

        Raises:
            IndexMissing, IndexDamaged, IndexAway: one of them has no answer.
        """
        lines: list[dict[str, Any]] = []
        for body in bodies:
            lines += [{"index": self._index}, {"_source": False, **body}]
        with told():
            answers = list(self._client.msearch(body=lines)["responses"])
        for answer in answers:
            error = answer.get("error")
            if error is None:
                continue
            if error.get("type") == "index_not_found_exception":
                raise IndexMissing(f"the cluster has no index {self._index}")
            failure = IndexDamaged if answer.get("status") == 400 else IndexAway
            raise failure(f"the cluster has no answer: {error.get('type')}")
        return answers


def _action(index: str, key: str, found: dict[str, Any] | None) -> dict[str, Any]:
    if found is None:
        return {"_op_type": "delete", "_index": index, "_id": key}
    return {"_op_type": "index", "_index": index, "_id": key, "_source": found}


def _sort(column: str, order: str) -> list[dict[str, str]]:
    return [{half: order} for half in halves(column)]


def _page(request: SearchRequest, sort: Sort) -> dict[str, Any]:
    """Where the page lies, and one hit more, to see whether another follows."""
    if sort is Sort.RELEVANCE:
        first = min(ordering.start(request, sort) or 0, ordering.MOST_RANKED)
        order = [{"_score": "desc"}, *_sort("by_date", "desc")]
        return {"from": first, "size": request.limit, "sort": order}
    column, order_of = ("by_date", "desc") if sort is Sort.DATE else ("by_number", "asc")
    page: dict[str, Any] = {"size": request.limit + 1, "sort": _sort(column, order_of)}
    after = ordering.start(request, sort)
    if after is not None:
        page["search_after"] = list(split(after))
    return page


def _hits_of(
    found: list[dict[str, Any]], request: SearchRequest, sort: Sort, total: int
) -> tuple[list[Hit], str | None]:
    page = found[: request.limit]
    if sort is Sort.RELEVANCE:
        first = min(ordering.start(request, sort) or 0, ordering.MOST_RANKED)
        following = ordering.next_rank(first + request.limit, total) if page else None
        return [Hit(str(hit["_id"]), float(hit["_score"])) for hit in page], following
    following = None
    if page and len(found) > len(page):
        high, low = page[-1]["sort"]
        following = ordering.mark(sort, joined(int(high), int(low)))
    return [Hit(str(hit["_id"]), 0.0) for hit in page], following


def _aggregations(names: list[str]) -> dict[str, Any]:
    size = layout.MOST_FACET_VALUES
    return {name: {"terms": {"field": layout.FACET_COLUMNS[name], "size": size}} for name in names}


def _counted(answer: dict[str, Any], names: list[str]) -> dict[str, dict[str, int]]:
    return {
        name: {
            str(bucket["key"]): int(bucket["doc_count"])
            for bucket in answer["aggregations"][name]["buckets"]
        }
        for name in names
    }


def _revision(hit: dict[str, Any]) -> int:
    return int(hit["fields"]["revision"][0])
