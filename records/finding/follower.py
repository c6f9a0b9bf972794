"""The follower: keeps the index of this machine in step with the log.

Invariants:
- The index is a cache. Whatever is wrong with it (missing, damaged, of another version, made for
  another log), it is built anew from the records while everything else goes on.
- Where an index answers, the next one is built beside it (`records.finding.builder`), and the
  follower changes over once that is adopted. Where none answers, the follower fills one that
  answers at once with what is there.
- One follower per machine, by a lock beside the index; the others stay passive and try again.
- What files say above `CHANCERY_INDEX_TEXT_UP_TO` is not in the index. An engine keeps the terms of
  what was replaced until it merges its segments, so that where a document rises above the level, or
  the level was changed, all indexes are removed at once and one is built anew.
- The cursor of the index is the number of log entries consumed, committed together with what they
  changed. It stays 0 until all documents are in; how far an interrupted filling came is noted.
- Where nothing can be written, what is there is left alone and answers, until something can.
"""

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from sqlalchemy.exc import SQLAlchemyError

from records.finding.builder import Builder, BuilderBusy, sweep
from records.finding.feed import Feed, TextMustGo
from records.finding.generation import Generation, Progress, begin, writing
from records.finding.locks import IndexLocked, held
from records.finding.state import unfinished
from records.office import Office
from search.engine import IndexAway, IndexBusy, IndexFailure, IndexUnwritable
from search.generations import serve
from search.opening import engine_name, open_place, wipe_index

logger = logging.getLogger(__name__)

POLL_SECONDS = 0.2
# Between two commits of the index, each about 20 fdatasync; one document alone waits for none.
QUIET_SECONDS = 0.5
BUSY_SECONDS = 1.0
BUSY_DOCUMENTS = 16
# Entries that change no document (people signing in, views) are passed over lazily.
IDLE_SECONDS = 2.0
RETRY_SECONDS = 2.0
# How often is looked for a build that somebody began and left.
RESUME_SECONDS = 10.0
MOST_ATTEMPTS = 3


class FollowerBusy(Exception):
    """Another process on this machine follows the log already."""


class Follower:
    """Feeds the index of one machine."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._config = office.config
        self._feed = Feed(office)
        self._place = open_place(self._config.search_url, self._config.index_folder)
        self._generation: str | None = None

    def run(self, stop: threading.Event) -> None:
        """Follow the log until told to stop, whatever happens to the index meanwhile."""
        resuming = threading.Thread(target=self._resume, args=(stop,), name="index builder")
        resuming.start()
        while not stop.is_set():
            try:
                with self._served() as generation:
                    if generation.fill(stop):
                        self._follow(generation, stop)
            except (FollowerBusy, IndexBusy):
                stop.wait(RETRY_SECONDS)
            except IndexFailure as failure:
                stop.wait(RETRY_SECONDS if self._mend(failure) is not None else 0.0)
            except (SQLAlchemyError, OSError):
                logger.exception("The index cannot follow for now")
                stop.wait(RETRY_SECONDS)
        resuming.join()

    def catch_up(self, *, progress: Progress | None = None) -> int:
        """Consume the whole log once and return the cursor.

        Raises:
            FollowerBusy: Another process on this machine follows the log.
            IndexFailure: The index cannot be written, or broke again and again.
        """
        stop = threading.Event()
        for _ in range(MOST_ATTEMPTS):
            try:
                with self._served() as generation:
                    generation.fill(stop, progress)
                    while generation.advance() is not None:
                        pass
                    self._sweep()
                    return generation.engine.cursor()
            except IndexBusy as busy:
                raise FollowerBusy from busy
            except IndexFailure as failure:
                problem = self._mend(failure)
                if problem is not None:
                    raise IndexUnwritable(problem) from failure
        raise IndexFailure(f"the index in {self._config.index_folder} cannot be built")

    # One life of an engine ------------------------------------------------------------------------

    @contextmanager
    def _served(self) -> Iterator[Generation]:
        """Open the generation that answers; make one where none does."""
        try:
            with held(self._config, "follow"):
                self._generation = self._place.current()
                if self._generation is None:
                    self._generation = self._first()
                serve(self._config.index_folder, engine_name(self._config.search_url))
                with writing(self._feed, self._place, self._generation) as generation:
                    generation.serve()
                    yield generation
        except IndexLocked as locked:
            raise FollowerBusy from locked

    def _first(self) -> str:
        """Let a generation answer where none does: one that was begun and left, or an empty one."""
        with suppress(IndexLocked), held(self._config, "build"):
            name = unfinished(self._place) or begin(self._feed, self._place)
            self._place.adopt(name)
            return name
        name = begin(self._feed, self._place, has_served=True)
        self._place.adopt(name)
        return name

    def _follow(self, generation: Generation, stop: threading.Event) -> None:
        """Follow the log until another generation answers."""
        committed_at, pause, is_swept = 0.0, 0.0, False
        while not stop.is_set() and self._place.current() == generation.name:
            # First, so that what is replaced is gone before the engine merges what is new.
            is_swept = is_swept or self._sweep()
            waited = time.monotonic() - committed_at
            if waited >= pause:
                indexed = generation.advance(lazily=waited < IDLE_SECONDS)
                if indexed is not None:
                    committed_at = time.monotonic()
                    pause = BUSY_SECONDS if indexed >= BUSY_DOCUMENTS else QUIET_SECONDS
            # Notices an index that was damaged or deleted while nothing happened.
            generation.engine.refresh()
            stop.wait(POLL_SECONDS)

    def _sweep(self) -> bool:
        """Drop what was replaced, unless a builder is at work."""
        try:
            with held(self._config, "build"):
                sweep(self._place)
        except IndexLocked:
            return False
        return True

    def _mend(self, failure: IndexFailure) -> str | None:
        """Remove what cannot be used any more; return why nothing can be written, if so."""
        if isinstance(failure, TextMustGo):
            logger.warning("All indexes are removed, and one is built anew: %s", failure)
            with suppress(IndexFailure):  # what stays is refused again when it is opened
                for name in self._place.generations():
                    self._place.drop(name)
            wipe_index(self._config.index_folder)
            return None
        problem = self._place.problem()
        if problem is None and isinstance(failure, IndexUnwritable | IndexAway):
            problem = str(failure)  # over by now: what is there is whole
        if problem is not None:
            logger.warning("The index cannot follow for now: %s (%s)", problem, failure)
            return problem
        if self._generation is not None and self._answering() == self._generation:
            logger.warning("The index is built anew: %s", failure)
            self._place.drop(self._generation)
        return None

    def _answering(self) -> str | None:
        with suppress(IndexFailure):
            return self._place.current()
        return None

    def _resume(self, stop: threading.Event) -> None:
        """Finish in the worker what a command began to build beside, and left."""
        builder = Builder(self._office)
        while not stop.is_set():
            try:
                builder.resume(stop)
            except BuilderBusy:
                pass
            except (IndexUnwritable, IndexAway) as failure:
                logger.warning("The next index cannot be built for now: %s", failure)
            except (IndexFailure, SQLAlchemyError, OSError):
                logger.exception("The next index cannot be built for now")
            stop.wait(RESUME_SECONDS)
