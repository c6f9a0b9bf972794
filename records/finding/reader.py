"""The index as a web process reads it: opened when needed, and again after a swap or damage."""

import logging
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import TypeVar

from records.core.config import Config
from records.finding.state import IndexPhase, IndexState, read_state
from records.finding.synonyms import SynonymCache
from search.engine import Engine, IndexFailure, IndexMissing, SearchRequest, SearchResult
from search.opening import open_place

logger = logging.getLogger(__name__)

REOPEN_SECONDS = 0.5
_Answer = TypeVar("_Answer")


class IndexReader:
    """One per process, shared by its threads, which ask one after the other.

    It asks the generation that is current, and changes over when another is. There may be no index
    yet, or one that is being filled: then there is no answer, and the state says why.

    Attributes:
        synonyms: Those of the office, by which questions to the index are widened.
    """

    def __init__(self, config: Config) -> None:
        self.synonyms = SynonymCache()
        self._config = config
        self._place = open_place(config.search_url, config.index_folder)
        self._lock = threading.Lock()
        self._engine: Engine | None = None
        self._generation: str | None = None
        self._failed_at = float("-inf")

    def ask(self, request: SearchRequest) -> SearchResult | None:
        """Answer from the last commit of the follower; None when there is no index to ask."""
        return self._use(lambda engine: engine.search(request))

    def cursor(self) -> int:
        """Return how many log entries the index has consumed, 0 while it is not whole."""
        return self._use(lambda engine: engine.cursor()) or 0

    def state(self) -> IndexState:
        """Return what is noted about the index, or that there is none."""
        has_index = self._use(lambda _: True)
        told = read_state(self._config)
        if not has_index and told.is_complete:
            return replace(told, phase=IndexPhase.MISSING)
        return told

    def close(self) -> None:
        """Let go of the files."""
        with self._lock:
            self._let_go()

    def _use(self, ask: Callable[[Engine], _Answer]) -> _Answer | None:
        """Ask the current generation; once more when it was dropped under the question."""
        with self._lock:
            for _ in range(2):
                try:
                    engine = self._current()
                    return ask(engine) if engine is not None else None
                except IndexFailure as failure:
                    if not self._was_replaced(failure):
                        return None
        return None

    def _current(self) -> Engine | None:
        """Return the engine as of the last commit; what failed is opened twice a second at most."""
        name = self._place.current()
        if name != self._generation:
            self._let_go()
        if name is None:
            return None
        if self._engine is None:
            if time.monotonic() - self._failed_at < REOPEN_SECONDS:
                return None
            self._generation = name
            self._engine = self._place.open(name, writer=False)
        self._engine.refresh()
        return self._engine

    def _was_replaced(self, failure: IndexFailure) -> bool:
        """Let go of what failed; return whether another one answers by now."""
        before = self._generation
        self._let_go()
        with suppress(IndexFailure):
            if self._place.current() not in (None, before):
                return True
        self._failed_at = time.monotonic()
        if not isinstance(failure, IndexMissing):
            logger.warning("The index cannot be read for now: %s", failure)
        return False

    def _let_go(self) -> None:
        if self._engine is not None:
            with suppress(Exception):  # it may be broken, and its files shall not stay open for it
                self._engine.close()
        self._engine = self._generation = None
