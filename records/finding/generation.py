"""One generation of the index, open for writing: filled with all documents, then kept in step.

Its note is written after the commit that it tells of: what lies between is done again, which
changes nothing.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, replace
from uuid import UUID

from records.finding.feed import Feed, TextMustGo
from records.finding.state import IndexNote
from search.engine import Engine, IndexDamaged, IndexFailure
from search.place import IndexPlace

# So often what was filled is committed: soon where it answers already, and seldom beside another.
# Each commit makes a segment; tantivy merges eight of them and needs their size twice for it.
FILL_COMMIT_SECONDS = 5.0
BESIDE_COMMIT_SECONDS = 60.0
BESIDE_COMMITS = 5

Progress = Callable[[int, int], None]


class Superseded(IndexFailure):
    """Another generation answers by now, or this one was removed."""


class Generation:
    """See the module; `writing` opens one."""

    def __init__(
        self, feed: Feed, place: IndexPlace, name: str, engine: Engine, note: IndexNote
    ) -> None:
        self.engine = engine
        self.name = name
        self._feed = feed
        self._place = place
        self._note = note

    @property
    def is_filled(self) -> bool:
        """Whether all documents are in; the cursor of the engine stays 0 until then."""
        return self._note.is_filled or self.engine.cursor() > 0

    def serve(self) -> None:
        """Note that the follower has taken it up."""
        if not self._note.has_served or self._note.is_filled != self.is_filled:
            self._write(replace(self._note, has_served=True, is_filled=self.is_filled))

    def fill(self, stop: threading.Event, progress: Progress | None = None) -> bool:
        """Index all documents that are not in yet, newest first, and what changes meanwhile.

        Returns:
            Whether it is filled; False where it was told to stop, to go on another time.

        Raises:
            Superseded: It is not wanted any more.
        """
        if self.is_filled:
            return True
        note, committed_at, committed = self._note, time.monotonic(), self._note.done
        while batch := self._feed.documents_before(UUID(note.last) if note.last else None):
            _tell(note, progress)
            if stop.is_set():
                self._keep(note)
                return False
            self._check_wanted()
            self._feed.index(self.engine, batch)
            position, changed = self._feed.changes(note.cursor)
            self._feed.index(self.engine, changed)
            done = note.done + len(batch)
            note = replace(
                note,
                last=str(batch[-1]),
                done=done,
                total=max(done, note.total),
                cursor=position,
            )
            if self._is_commit_due(note, committed, time.monotonic() - committed_at):
                self._keep(note)
                committed_at, committed = time.monotonic(), note.done
        _tell(note, progress)
        self._note = replace(note, is_filled=True)
        self._commit(note.cursor)
        return True

    def advance(self, *, lazily: bool = False) -> int | None:
        """Consume what is new; return how many documents changed, or None if nothing was done.

        Args:
            lazily: Leave entries that change no document for later.
        """
        cursor = self.engine.cursor()
        position, changed = self._feed.changes(cursor)
        if position == cursor or (lazily and not changed and position == self._feed.position()):
            return None
        self._feed.index(self.engine, changed)
        self._commit(position)
        return len(changed)

    def _commit(self, cursor: int) -> None:
        self.engine.commit(cursor)
        self._write(replace(self._note, cursor=cursor, leaf=self._feed.leaf(cursor)))

    def _keep(self, note: IndexNote) -> None:
        """Commit what a build has done so far, so that it goes on from here."""
        self.engine.commit(0)
        self._write(replace(note, leaf=self._feed.leaf(note.cursor)))

    def _write(self, note: IndexNote) -> None:
        self._note = note
        note.write(self._place, self.name)

    def _is_commit_due(self, note: IndexNote, committed: int, seconds: float) -> bool:
        if note.has_served:
            return seconds >= FILL_COMMIT_SECONDS
        share = note.total / BESIDE_COMMITS
        return seconds >= BESIDE_COMMIT_SECONDS or note.done - committed >= share

    def _check_wanted(self) -> None:
        """Stop filling what answers once another one does."""
        if self._note.has_served and self._place.current() != self.name:
            raise Superseded(f"{self.name} answers no more")


def begin(feed: Feed, place: IndexPlace, *, has_served: bool = False) -> str:
    """Make an empty generation of the log as it is now, and return its name.

    Args:
        has_served: Whether it answers at once, so that no builder takes it for its own.
    """
    position = feed.position()
    note = IndexNote(
        total=feed.count(),
        cursor=position,
        leaf=feed.leaf(position),
        has_served=has_served,
        text_up_to=int(feed.text_up_to),
    )
    return place.begin(asdict(note))


@contextmanager
def writing(feed: Feed, place: IndexPlace, name: str) -> Iterator[Generation]:
    """Open a generation for writing, after looking whether it was made of these records.

    Raises:
        TextMustGo: It was made for another level of secrecy.
        IndexDamaged: It was made of another log, or nothing is known about it.
    """
    engine = place.open(name, writer=True)
    try:
        yield Generation(feed, place, name, engine, _checked(feed, place, name, engine.cursor()))
    finally:
        with suppress(IndexFailure):
            engine.close()


def _checked(feed: Feed, place: IndexPlace, name: str, cursor: int) -> IndexNote:
    note = IndexNote.read(place, name)
    if note is None:
        raise IndexDamaged(f"nothing is noted about {name}")
    if note.text_up_to != feed.text_up_to:
        raise TextMustGo("the level up to which texts are indexed was changed")
    if max(cursor, note.cursor) > feed.position() or note.leaf != feed.leaf(note.cursor):
        raise IndexDamaged(f"{name} was made of another log")
    return note


def _tell(note: IndexNote, progress: Progress | None) -> None:
    if progress is not None:
        progress(note.done, max(note.done, note.total))
