"""The pure-Python engine: Whoosh keeps the postings, `WhooshSearch` evaluates plans on them.

It runs wherever Python does, and is the oracle that the other engines are compared with. Whoosh
never syncs its files, so a commit does it here; its writers starve one another, so the first one
holds a lock until it closes.
"""
# ruff: noqa: D102 - the contract says what its verbs do

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from search import layout, ordering
from search.document import IndexDocument
from search.engine import (
    Hit,
    IndexBusy,
    IndexDamaged,
    SearchRequest,
    SearchResult,
    Sort,
)
from search.folder import check_version, sync_folder, write_version
from search.plan import Between, Plan, filtered, guard
from search.whoosh_plan import WhooshSearch, schema

_CURSOR_ID = "cursor"
_LOOK_SECONDS = 0.5
_SEPARATOR = "\x1f"


@contextlib.contextmanager
def _damage() -> Iterator[None]:
    """Turn what Whoosh raises over broken files into IndexDamaged."""
    try:
        yield
    except (IndexDamaged, IndexBusy):
        raise
    except Exception as error:  # struct, pickle, key and type errors, and more
        raise IndexDamaged(f"{type(error).__name__}: {error}") from error


class WhooshEngine:
    """See `search.engine.Engine`."""

    def __init__(self, folder: Path, *, writer: bool) -> None:
        from whoosh.filedb.filestore import FileStorage

        self._folder = folder
        self._lock: Any = None
        self._threads = threading.RLock()
        self._pending: dict[str, layout.Row | None] = {}
        # Files are read whole: a memory map of a file that is cut short would kill the process.
        self._storage = FileStorage(str(folder), supports_mmap=False)
        if writer and not (folder.exists() and any(folder.iterdir())):
            folder.mkdir(parents=True, exist_ok=True)
            self._storage.create_index(schema()).close()
            write_version(folder, "whoosh")
        check_version(folder, "whoosh")
        if writer:
            self._take_lock()
        self._looked_at = 0.0
        self._files: dict[str, tuple[int, int]] = {}
        self._generation = -1
        self._search = self._opened()

    @contextlib.contextmanager
    def _reading(self) -> Iterator[None]:
        """One thread at a time, for they share file handles."""
        with self._threads, _damage():
            yield

    def _take_lock(self) -> None:
        self._lock = self._storage.lock("chancery-writer")
        if not self._lock.acquire(blocking=False):
            self._lock = None
            raise IndexBusy(f"another process writes the index in {self._folder}")

    def _opened(self) -> WhooshSearch:
        """What the last commit made; tried again if a commit came between."""
        from whoosh.scoring import Frequency

        for wait in (0.02, 0.05, 0.1, 0.2, 0.0):
            try:
                with _damage():
                    self._index = self._storage.open_index()
                    searcher = self._index.searcher(weighting=Frequency())
                    self._generation = searcher.reader().generation()
                    leaves = [reader.segment() for reader, _ in searcher.reader().leaf_readers()]
                    segments = [leaf.make_filename(".seg") for leaf in leaves if leaf is not None]
                    self._files = self._states(segments)
                    return WhooshSearch(searcher)
            except IndexDamaged:
                if not wait:
                    raise
                time.sleep(wait)
        raise AssertionError("unreachable")

    def _reopen(self) -> None:
        with self._threads:
            before, self._search = self._search, self._opened()
            before.searcher.close()

    def _states(self, names: Iterable[str]) -> dict[str, tuple[int, int]]:
        """Size and time of files; of those that are there."""
        found = {}
        for name in names:
            with contextlib.suppress(FileNotFoundError):
                state = (self._folder / name).stat()
                found[name] = (state.st_size, state.st_mtime_ns)
        return found

    def _rows(self) -> dict[str, layout.Row | None]:
        if self._lock is None:
            raise RuntimeError("this index was opened for reading")
        return self._pending

    def add(self, documents: Iterable[IndexDocument]) -> None:
        for document in documents:
            self._rows()[document.id] = layout.row(document)

    def delete(self, ids: Iterable[str]) -> None:
        for identity in ids:
            self._rows()[identity] = None

    def commit(self, cursor: int) -> None:
        rows = self._rows()
        rows[_CURSOR_ID] = layout.Row(_CURSOR_ID, cursor)
        before = set(self._folder.glob("*.seg"))
        # While it is filled, merging would need the size of the index twice more, again and again.
        is_filled = self.cursor() > 0
        with _damage():
            writer = self._storage.open_index().writer(limitmb=64)
            for identity in rows:
                writer.delete_by_term("id", identity)
            for row in rows.values():
                if row is not None:
                    writer.add_document(**_columns(row))
            writer.commit(merge=is_filled)
        rows.clear()
        self._make_durable(before)
        self._looked_at = 0.0
        self.refresh()

    def _make_durable(self, before: set[Path]) -> None:
        new = [path for path in self._folder.glob("*.seg") if path not in before]
        for path in (*self._folder.glob("*.toc"), *new):
            handle = os.open(path, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)
        sync_folder(self._folder)

    def cursor(self) -> int:
        with self._reading():
            number = self._search.searcher.document_number(id=_CURSOR_ID)
            return 0 if number is None else self._search.stored(number)[1]

    def count(self) -> int:
        with self._reading():
            return len(self._search.docs(_DOCUMENTS))

    def entries(self) -> Iterator[tuple[str, int]]:
        with self._reading():
            found = [self._search.stored(number) for number in self._search.docs(_DOCUMENTS)]
        yield from found

    def refresh(self) -> None:
        now = time.monotonic()
        if now - self._looked_at < _LOOK_SECONDS:
            return
        self._looked_at = now
        with self._reading():
            if self._index.latest_generation() != self._generation:
                self._reopen()
            elif self._states(self._files) != self._files:
                # A commit may have merged them away between the two looks.
                if self._index.latest_generation() == self._generation:
                    raise IndexDamaged("a file of the index changed or vanished")
                self._reopen()

    def close(self) -> None:
        if not self._search.searcher.is_closed:
            self._search.searcher.close()
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    def wipe(self) -> None:
        self._rows().clear()
        for path in self._folder.iterdir():
            if path.suffix in (".seg", ".toc"):
                path.unlink()
        with _damage():
            self._storage.create_index(schema()).close()
        self._generation = -1
        self.commit(0)

    def search(self, request: SearchRequest) -> SearchResult:
        return ordering.with_fallback(request, self._run)

    def _run(self, request: SearchRequest, root: Plan) -> SearchResult:
        with self._reading():
            allowed = self._search.docs(guard(request.visibility, request.within))
            chosen = filtered(request.filters)
            within = allowed if chosen is None else allowed & self._search.docs(chosen)
            found = self._search.scores(root, within)
            sort = ordering.resolved(request, root)
            hits, following = self._page(found, request, sort)
            facets = {
                name: self._facet(name, root, allowed, set(found), request)
                for name in request.facets
            }
        return SearchResult(len(found), hits, facets, following, [])

    def _page(
        self, found: dict[int, float], request: SearchRequest, sort: Sort
    ) -> tuple[list[Hit], str | None]:
        after = ordering.start(request, sort)
        dates = self._search.numbers("by_date")
        if sort is Sort.RELEVANCE:
            order = sorted(found, key=lambda doc: (-found[doc], -dates[doc]))
            first = min(after or 0, ordering.MOST_RANKED)
            page = order[first : first + request.limit]
            following = ordering.next_rank(first + len(page), len(order)) if page else None
            return [Hit(self._search.stored(doc)[0], found[doc]) for doc in page], following
        if sort is Sort.DATE:
            keys, sign = dates, -1
        else:
            keys, sign = self._search.numbers("by_number"), 1
        rest = [doc for doc in found if after is None or sign * keys[doc] > sign * after]
        rest.sort(key=lambda doc: sign * keys[doc])
        page = rest[: request.limit]
        following = ordering.mark(sort, keys[page[-1]]) if page and len(rest) > len(page) else None
        return [Hit(self._search.stored(doc)[0], 0.0) for doc in page], following

    def _facet(
        self, name: str, root: Plan, allowed: set[int], found: set[int], request: SearchRequest
    ) -> list[tuple[str, int]]:
        if request.filters.get(name):
            others = filtered(request.filters, without=name)
            within = allowed if others is None else allowed & self._search.docs(others)
            found = set(self._search.scores(root, within))
        counts = self._search.counts(layout.FACET_COLUMNS[name], found)
        return layout.facet_values(counts, request.facet_limit)


_DOCUMENTS = Between("by_date", 0, None)  # the log position has no such key


def _columns(row: layout.Row) -> dict[str, Any]:
    codes = {name: _SEPARATOR.join(values) for name, values in row.codes.items() if values}
    return {"id": row.id, "revision": row.revision, **row.texts, **codes, **row.numbers}
