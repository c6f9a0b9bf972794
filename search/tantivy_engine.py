"""The embedded engine: tantivy, an index in memory-mapped files.

One writing process, any number of reading ones. The log position is kept in a document of its own
that every commit replaces, so it can never differ from what is indexed.
"""
# ruff: noqa: D102 - the contract says what its verbs do

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

from search import layout, ordering
from search.document import IndexDocument
from search.engine import (
    Hit,
    IndexBusy,
    IndexDamaged,
    IndexUnwritable,
    SearchRequest,
    SearchResult,
    Sort,
)
from search.folder import SegmentWatch, check_version, write_version
from search.plan import Between, Plan, filtered, guard
from search.tantivy_plan import Compiler, schema

if TYPE_CHECKING:
    import tantivy

_CURSOR_ID = "cursor"  # of the document that holds the log position; ids are longer
_HEAP_BYTES = 48 << 20  # what the writer may hold before it writes a segment
_BATCH = 10_000
_SOME_TIES = 500  # hits beyond the page that are looked at first when its last one ties


@contextlib.contextmanager
def _damage() -> Iterator[None]:
    """Turn what tantivy raises over broken files, panics included, into IndexDamaged."""
    try:
        yield
    except (ValueError, OSError, RuntimeError) as error:
        raise IndexDamaged(str(error)) from error
    except BaseException as error:
        if type(error).__name__ != "PanicException":  # of pyo3, which exports no such class
            raise
        raise IndexDamaged(str(error)) from error


class TantivyEngine:
    """See `search.engine.Engine`."""

    def __init__(self, folder: Path, *, writer: bool) -> None:
        import tantivy

        self._folder = folder
        self._schema = schema()
        self._compile = Compiler(self._schema)
        if writer and not (folder.exists() and any(folder.iterdir())):
            folder.mkdir(parents=True, exist_ok=True)
            with _damage():
                tantivy.Index(self._schema, path=str(folder))
            write_version(folder, "tantivy")
        check_version(folder, "tantivy")
        self._watch = SegmentWatch(folder)
        self._watch.check()
        with _damage():
            self._index = tantivy.Index.open(str(folder))
            self._index.config_reader("manual")
            self._index.reload()
            self._searcher = self._index.searcher()
        self._writer = self._open_writer() if writer else None
        # Counting takes as long as ranking and lets go of the interpreter: a second core serves it.
        self._counting = ThreadPoolExecutor(max_workers=1, thread_name_prefix="facets")

    def _open_writer(self) -> tantivy.IndexWriter:
        try:
            with _damage():
                return self._index.writer(heap_size=_HEAP_BYTES, num_threads=1)
        except IndexDamaged as error:
            if "IoError" in str(error):
                raise IndexUnwritable(str(error)) from error
            if "LockBusy" in str(error) or "lock" in str(error).lower():
                raise IndexBusy(f"another process writes the index in {self._folder}") from error
            raise

    @property
    def _writing(self) -> tantivy.IndexWriter:
        if self._writer is None:
            raise RuntimeError("this index was opened for reading")
        return self._writer

    def add(self, documents: Iterable[IndexDocument]) -> None:
        import tantivy

        writer = self._writing
        for document in documents:
            values = _columns(layout.row(document))
            with _damage():
                writer.delete_documents_by_term("id", document.id)
                writer.add_document(tantivy.Document.from_dict(values, self._schema))

    def delete(self, ids: Iterable[str]) -> None:
        with _damage():
            for identity in ids:
                self._writing.delete_documents_by_term("id", identity)

    def commit(self, cursor: int) -> None:
        import tantivy

        writer = self._writing
        position = tantivy.Document.from_dict({"id": _CURSOR_ID, "revision": cursor}, self._schema)
        with _damage():
            writer.delete_documents_by_term("id", _CURSOR_ID)
            writer.add_document(position)
            writer.commit()
        self._watch.forget_time()
        self.refresh()

    def cursor(self) -> int:
        with _damage():
            found = self._searcher.search(self._compile.term("id", _CURSOR_ID), 1).hits
            return int(self._revisions([found[0][1]])[0]) if found else 0

    def count(self) -> int:
        with _damage():
            return _count(self._searcher.search(self._compile(_DOCUMENTS), 1))

    def entries(self) -> Iterator[tuple[str, int]]:
        import tantivy

        last = -1
        searcher = self._searcher
        while True:
            with _damage():
                hits = searcher.search(
                    self._compile(Between("by_date", last + 1, None)),
                    _BATCH,
                    count=False,
                    order_by_field="by_date",
                    order=tantivy.Order.Asc,
                ).hits
                addresses = [address for _, address in hits]
                revisions = self._revisions(addresses)
                ids = [self._id(address) for address in addresses]
            yield from zip(ids, revisions, strict=True)
            if len(hits) < _BATCH:
                return
            last = hits[-1][0]

    def refresh(self) -> None:
        if not self._watch.changed():
            return
        with _damage():
            self._index.reload()
            self._searcher = self._index.searcher()

    def close(self) -> None:
        self._counting.shutdown()
        if self._writer is not None:
            writer, self._writer = self._writer, None
            with contextlib.suppress(IndexDamaged), _damage():
                writer.rollback()
                writer.wait_merging_threads()

    def wipe(self) -> None:
        with _damage():
            self._writing.delete_all_documents()
        self.commit(0)

    def search(self, request: SearchRequest) -> SearchResult:
        return ordering.with_fallback(request, self._run)

    def _run(self, request: SearchRequest, root: Plan) -> SearchResult:
        with _damage():
            sort = ordering.resolved(request, root)
            allowed = guard(request.visibility, request.within)
            query = self._compile.within(root, allowed, filtered(request.filters))
            counting = (
                self._counting.submit(self._facets, root, allowed, query, request)
                if request.facets
                else None
            )
            try:
                if sort is Sort.RELEVANCE:
                    total, hits, following = self._ranked(query, request)
                else:
                    total, hits, following = self._ordered(query, request, sort)
            finally:
                facets = counting.result() if counting else {}
        return SearchResult(total, hits, facets, following, [])

    def _ranked(
        self, query: tantivy.Query, request: SearchRequest
    ) -> tuple[int, list[Hit], str | None]:
        """The page by score; hits that tie are ordered by their key, so ties are read whole."""
        first = min(ordering.start(request, Sort.RELEVANCE) or 0, ordering.MOST_RANKED)
        end = first + request.limit
        # Many ties are the rule where a question says little, as while it is typed: few looks.
        for more in (1, _SOME_TIES, ordering.MOST_RANKED):
            found = self._searcher.search(query, end + more)
            hits = found.hits
            if len(hits) < end + more or request.limit == 0 or hits[-1][0] < hits[end - 1][0]:
                break
        keys = self._searcher.fast_field_values("by_date", [address for _, address in hits])
        ranked = sorted(
            zip(hits, keys, strict=True), key=lambda item: (-item[0][0], -(item[1] or 0))
        )
        page = [hit for hit, _ in ranked[first:end]]
        total = _count(found)
        following = ordering.next_rank(end, total) if page else None
        return total, [Hit(self._id(address), score) for score, address in page], following

    def _ordered(
        self, query: tantivy.Query, request: SearchRequest, sort: Sort
    ) -> tuple[int, list[Hit], str | None]:
        import tantivy

        column = "by_date" if sort is Sort.DATE else "by_number"
        order = tantivy.Order.Desc if sort is Sort.DATE else tantivy.Order.Asc
        after = ordering.start(request, sort)
        total = None
        if after is not None:
            total = _count(self._searcher.search(query, 1))
            rest = (
                Between(column, None, after - 1)
                if sort is Sort.DATE
                else Between(column, after + 1, None)
            )
            query = self._compile.both(query, rest)
        found = self._searcher.search(
            query, request.limit + 1, count=total is None, order_by_field=column, order=order
        )
        page = found.hits[: request.limit]
        more = len(found.hits) > len(page)
        following = ordering.mark(sort, page[-1][0]) if page and more else None
        if total is None:
            total = _count(found)
        return total, [Hit(self._id(address), 0.0) for _, address in page], following

    def _facets(
        self, root: Plan, allowed: Plan, query: tantivy.Query, request: SearchRequest
    ) -> dict[str, list[tuple[str, int]]]:
        """All facets in one pass, but one more for each that is filtered itself."""
        free = [name for name in request.facets if not request.filters.get(name)]
        counted = self._counted(query, free) if free else {}
        for name in request.facets:
            if name not in counted:
                others = filtered(request.filters, without=name)
                counted |= self._counted(self._compile.within(root, allowed, others), [name])
        return {
            name: layout.facet_values(counted[name], request.facet_limit) for name in request.facets
        }

    def _counted(self, query: tantivy.Query, names: list[str]) -> dict[str, dict[str, int]]:
        answer = self._searcher.aggregate(
            query,
            {
                name: {
                    "terms": {"field": layout.FACET_COLUMNS[name], "size": layout.MOST_FACET_VALUES}
                }
                for name in names
            },
        )
        return {
            name: {bucket["key"]: int(bucket["doc_count"]) for bucket in answer[name]["buckets"]}
            for name in names
        }

    def _id(self, address: tantivy.DocAddress) -> str:
        return str(self._searcher.doc(address)["id"][0])

    def _revisions(self, addresses: list[tantivy.DocAddress]) -> list[int]:
        return [
            int(value or 0) for value in self._searcher.fast_field_values("revision", addresses)
        ]


_DOCUMENTS = Between("by_date", 0, None)  # the log position has no such key


def _count(found: Any) -> int:
    # Of the class, but not of its type stub.
    return int(found.count or 0)


def _columns(row: layout.Row) -> dict[str, Any]:
    return {
        "id": row.id,
        "revision": row.revision,
        **row.texts,
        **row.codes,
        **row.numbers,
    }
