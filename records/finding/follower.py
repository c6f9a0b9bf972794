"""The follower: keeps the index of this machine in step with the log.

Invariants:
- The index is a cache. Whatever is wrong with it (missing, damaged, of another version, made for
  another log), it is built anew from the records while everything else goes on.
- One follower per machine, by a lock beside the index; the others stay passive and try again.
- What files say above `CHANCERY_INDEX_TEXT_UP_TO` is not in the index. An engine keeps the terms of
  what was replaced until it merges its segments, so that where a document rises above the level, or
  the level was changed, the old files are removed and the index is built anew.
- The cursor of the index is the number of log entries consumed, committed together with what they
  changed. It stays 0 until a rebuild is complete, so an interrupted one begins again.
"""

import fcntl
import logging
import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from records.core.database import UnitOfWork
from records.core.log import LogEntry, log_size
from records.documents.models import Document
from records.finding.changes import changed_documents, rose_above
from records.finding.contents import index_documents, read_codes, sealed_bytes
from records.finding.state import IndexPhase, IndexState, read_state, write_state
from records.office import Office
from records.people.rules import Secrecy
from search.engine import Engine, IndexBusy, IndexFailure
from search.opening import open_engine, wipe_index

logger = logging.getLogger(__name__)

POLL_SECONDS = 0.2
# Between two commits of the index, each about 20 fdatasync; one document alone waits for none.
QUIET_SECONDS = 0.5
BUSY_SECONDS = 1.0
BUSY_DOCUMENTS = 16
# Entries that change no document (people signing in, views) are passed over lazily.
IDLE_SECONDS = 2.0
RETRY_SECONDS = 2.0
# What is read in one go: entries of the log, documents, and sealed bytes of their texts.
BATCH_ENTRIES = 5_000
BATCH_DOCUMENTS = 200
BATCH_BYTES = 8 << 20
REBUILD_COMMIT_SECONDS = 5.0

Progress = Callable[[int, int], None]


class FollowerBusy(Exception):
    """Another process on this machine follows the log already."""


class TextMustGo(IndexFailure):
    """The index holds words that it must not hold any more."""


class Follower:
    """Feeds the index of one machine."""

    def __init__(self, office: Office) -> None:
        self._database = office.database
        self._vault = office.vault
        self._url = office.config.search_url
        self._folder = office.config.index_folder
        self._text_up_to = Secrecy.from_code(office.config.index_text_up_to)

    def run(self, stop: threading.Event) -> None:
        """Follow the log until told to stop, whatever happens to the index meanwhile."""
        while not stop.is_set():
            try:
                with self._engine(stop) as engine:
                    self._follow(engine, stop)
            except (FollowerBusy, IndexBusy):
                stop.wait(RETRY_SECONDS)
            except IndexFailure as failure:
                if not self._started_over(failure):
                    stop.wait(RETRY_SECONDS)
            except (SQLAlchemyError, OSError):
                logger.exception("The index cannot follow for now")
                stop.wait(RETRY_SECONDS)

    def _started_over(self, failure: IndexFailure) -> bool:
        try:
            self._start_over(failure)
        except OSError:
            logger.exception("The index cannot be built anew for now")
            return False
        return True

    def catch_up(self, *, rebuild: bool = False, progress: Progress | None = None) -> int:
        """Consume the whole log once and return the cursor.

        Args:
            rebuild: Wipe the index first.

        Raises:
            FollowerBusy: Another process on this machine follows the log.
        """
        stop = threading.Event()
        for _ in range(3):
            try:
                with self._engine(stop, rebuild=rebuild, progress=progress) as engine:
                    while self._advance(engine) is not None:
                        pass
                    return engine.cursor()
            except IndexBusy as busy:
                raise FollowerBusy from busy
            except IndexFailure as failure:
                self._start_over(failure)
        raise IndexFailure(f"the index in {self._folder} cannot be built")

    def forget(self) -> None:
        """Throw the index away: whoever follows the log here builds it anew."""
        self._tell(IndexPhase.REBUILDING)
        wipe_index(self._folder)

    def _start_over(self, failure: IndexFailure) -> None:
        logger.warning("The index is built anew: %s", failure)
        self.forget()

    # One life of an engine ------------------------------------------------------------------------

    @contextmanager
    def _engine(
        self, stop: threading.Event, *, rebuild: bool = False, progress: Progress | None = None
    ) -> Iterator[Engine]:
        """Open the index for writing, and build it first where it is not whole."""
        with self._lock():
            if rebuild or read_state(self._folder).text_up_to != self._text_up_to:
                wipe_index(self._folder)
            engine = open_engine(self._url, self._folder, writer=True)
            try:
                if not self._fits(engine):
                    engine.wipe()
                if engine.cursor() == 0:
                    self._rebuild(engine, stop, progress)
                yield engine
            finally:
                with suppress(IndexFailure):
                    engine.close()

    @contextmanager
    def _lock(self) -> Iterator[None]:
        path = self._folder.with_name(f"{self._folder.name}.lock")
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise FollowerBusy from error
            yield
        finally:
            os.close(descriptor)

    def _fits(self, engine: Engine) -> bool:
        """Whether the index was made of this log, and not of one that was there before."""
        cursor = engine.cursor()
        if cursor == 0:
            return True
        with self._database.reading() as uow:
            if cursor > log_size(uow.session):
                return False
            told = read_state(self._folder)
            return not told.cursor or told.leaf == _leaf(uow, told.cursor)

    def _follow(self, engine: Engine, stop: threading.Event) -> None:
        committed_at, pause = 0.0, 0.0
        while not stop.is_set():
            waited = time.monotonic() - committed_at
            if waited >= pause:
                indexed = self._advance(engine, lazily=waited < IDLE_SECONDS)
                if indexed is not None:
                    committed_at = time.monotonic()
                    pause = BUSY_SECONDS if indexed >= BUSY_DOCUMENTS else QUIET_SECONDS
            engine.refresh()  # notices an index that was damaged or deleted while nothing happened
            stop.wait(POLL_SECONDS)

    def _advance(self, engine: Engine, *, lazily: bool = False) -> int | None:
        """Consume what is new; return how many documents changed, or None if nothing was done.

        Args:
            lazily: Leave entries that change no document for later.
        """
        cursor = engine.cursor()
        with self._database.reading() as uow:
            size = log_size(uow.session)
            stop = min(size, cursor + BATCH_ENTRIES)
            if stop <= cursor:
                return None
            changed = self._changed(uow, cursor, stop)
        if lazily and not changed and stop == size:
            return None
        self._index(engine, changed)
        self._commit(engine, stop)
        return len(changed)

    def _commit(self, engine: Engine, cursor: int) -> None:
        engine.commit(cursor)
        with self._database.reading() as uow:
            leaf = _leaf(uow, cursor)
        self._tell(IndexPhase.FOLLOWING, cursor=cursor, leaf=leaf)

    def _tell(self, phase: IndexPhase, **more: Any) -> None:
        write_state(self._folder, IndexState(phase, text_up_to=int(self._text_up_to), **more))

    def _changed(self, uow: UnitOfWork, start: int, stop: int) -> list[UUID]:
        """Return the documents that a stretch of the log changed.

        Raises:
            TextMustGo: One of them rose above the level up to which texts are indexed.
        """
        level = self._text_up_to
        if level < Secrecy.TOP_SECRET and rose_above(uow, start, stop, level):
            raise TextMustGo("a document rose above the level up to which texts are indexed")
        return changed_documents(uow, start, stop)

    def _index(self, engine: Engine, document_ids: Sequence[UUID]) -> None:
        for start in range(0, len(document_ids), BATCH_DOCUMENTS):
            batch = document_ids[start : start + BATCH_DOCUMENTS]
            with self._database.reading() as uow:
                codes = read_codes(uow)
                for part in _parts(batch, sealed_bytes(uow, batch)):
                    # The snapshot was taken with the first query: later entries come later.
                    revision = log_size(uow.session)
                    found = index_documents(
                        uow,
                        self._vault,
                        codes,
                        part,
                        revision=revision,
                        text_up_to=self._text_up_to,
                    )
                    engine.add(found)
                    uow.session.expunge_all()

    # Building anew --------------------------------------------------------------------------------

    def _rebuild(
        self, engine: Engine, stop: threading.Event, progress: Progress | None = None
    ) -> None:
        """Index all documents, newest first, and what changes meanwhile.

        The cursor is committed at the end alone; what is there can be searched all the while.
        """
        with self._database.reading() as uow:
            position = log_size(uow.session)
            total = uow.session.scalar(select(func.count()).select_from(Document)) or 0
        done, last, committed_at = 0, None, time.monotonic()
        while batch := self._batch_before(last):
            self._tell_rebuilding(done, total, progress)
            if stop.is_set():
                return
            self._index(engine, batch)
            done, last = done + len(batch), batch[-1]
            position = self._index_meanwhile(engine, position)
            if time.monotonic() - committed_at >= REBUILD_COMMIT_SECONDS:
                engine.commit(0)
                committed_at = time.monotonic()
        self._tell_rebuilding(done, total, progress)
        self._commit(engine, position)

    def _tell_rebuilding(self, done: int, total: int, progress: Progress | None) -> None:
        self._tell(IndexPhase.REBUILDING, done=done, total=max(done, total))
        if progress is not None:
            progress(done, max(done, total))

    def _batch_before(self, last: UUID | None) -> list[UUID]:
        query = select(Document.id).order_by(Document.id.desc()).limit(BATCH_DOCUMENTS)
        if last is not None:
            query = query.where(Document.id < last)
        with self._database.reading() as uow:
            return list(uow.session.scalars(query))

    def _index_meanwhile(self, engine: Engine, position: int) -> int:
        with self._database.reading() as uow:
            size = log_size(uow.session)
            changed = self._changed(uow, position, size) if size > position else []
        self._index(engine, changed)
        return size


def reindex(office: Office, progress: Progress | None = None) -> int:
    """Build the index anew and return its cursor when it is whole.

    A worker that runs on this machine does it: it finds its index gone.

    Args:
        progress: Told documents done and documents in all, now and then.
    """
    follower = Follower(office)
    folder = office.config.index_folder
    try:
        return follower.catch_up(rebuild=True, progress=progress)
    except FollowerBusy:
        follower.forget()
    while True:
        state = read_state(folder)
        if state.is_complete and folder.is_dir():
            return state.cursor
        if progress is not None:
            progress(state.done, state.total)
        time.sleep(POLL_SECONDS)
        # The worker may have died over it: then it is ours to do.
        with suppress(FollowerBusy):
            return follower.catch_up(progress=progress)


def _parts(document_ids: Sequence[UUID], sizes: dict[UUID, int]) -> Iterator[list[UUID]]:
    """Split documents so that the texts of one part fit into memory."""
    part: list[UUID] = []
    size = 0
    for each in document_ids:
        here = sizes.get(each, 0)
        if part and size + here > BATCH_BYTES:
            yield part
            part, size = [], 0
        part.append(each)
        size += here
    if part:
        yield part


def _leaf(uow: UnitOfWork, cursor: int) -> str:
    """Return the hash of the last of so many entries."""
    found = uow.session.scalar(select(LogEntry.leaf_hash).where(LogEntry.sequence == cursor - 1))
    return found.hex() if found else ""
