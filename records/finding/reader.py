"""The index as a web process reads it: opened when needed, and again after damage."""

import logging
import threading
import time
from contextlib import suppress
from pathlib import Path

from records.finding.state import IndexPhase, IndexState, read_state
from search.engine import Engine, IndexFailure, IndexMissing, SearchRequest, SearchResult
from search.opening import open_engine

logger = logging.getLogger(__name__)

REOPEN_SECONDS = 0.5


class IndexReader:
    """One per process, shared by its threads, which ask one after the other.

    There may be no index yet, or one that is being built anew: then there is no answer, and the
    state says why.
    """

    def __init__(self, url: str, folder: Path) -> None:
        self._url = url
        self._folder = folder
        self._lock = threading.Lock()
        self._engine: Engine | None = None
        self._opened_at = float("-inf")

    def ask(self, request: SearchRequest) -> SearchResult | None:
        """Answer from the last commit of the follower; None when there is no index to ask."""
        with self._lock:
            engine = self._current()
            if engine is None:
                return None
            try:
                return engine.search(request)
            except IndexFailure as failure:
                self._drop(failure)
                return None

    def cursor(self) -> int:
        """Return how many log entries the index has consumed, 0 while it is not whole."""
        with self._lock:
            engine = self._current()
            try:
                return engine.cursor() if engine is not None else 0
            except IndexFailure as failure:
                self._drop(failure)
                return 0

    def state(self) -> IndexState:
        """Return what the follower last told, or that there is no index."""
        with self._lock:
            has_index = self._current() is not None
        told = read_state(self._folder)
        if not has_index and told.is_complete:
            return IndexState(IndexPhase.MISSING)
        return told

    def close(self) -> None:
        """Let go of the files."""
        with self._lock:
            if self._engine is not None:
                self._engine.close()
                self._engine = None

    def _current(self) -> Engine | None:
        """Return the engine as of the last commit, opened at most twice a second."""
        try:
            if self._engine is None:
                if time.monotonic() - self._opened_at < REOPEN_SECONDS:
                    return None
                self._opened_at = time.monotonic()
                self._engine = open_engine(self._url, self._folder, writer=False)
            self._engine.refresh()
        except IndexFailure as failure:
            self._drop(failure)
        return self._engine

    def _drop(self, failure: IndexFailure) -> None:
        if not isinstance(failure, IndexMissing):
            logger.warning("The index cannot be read for now: %s", failure)
        if self._engine is not None:
            with suppress(Exception):  # it is broken, and its files shall not stay open for it
                self._engine.close()
            self._engine = None
