"""The contract of the place where the indexes of one engine lie, generation by generation.

A generation is one whole index with a name of its own. One of them is current: readers ask it and
the follower writes it. A rebuild begins the next, fills it beside, and has it adopted in one step;
the one before is dropped then. Embedded engines keep generations in folders and name the current
one in a small file (`search.generations`); a cluster keeps indexes and an alias
(`search.opensearch_place`).

The note of a generation is what its builder and its follower have to remember of it. It is written
after the commit that it tells of, so it may be late by one commit, and never early.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from search.engine import Engine

Note = Mapping[str, Any]  # what JSON can say


class IndexPlace(Protocol):
    """The generations of one engine in one place; those of other engines there are not seen.

    Every failure is an `IndexFailure`. The rules of who may write are the caller's: one process
    builds and one follows at a time.
    """

    def current(self) -> str | None:
        """Name of the generation that answers, None if there is none. Asked before every search."""

    def generations(self) -> Sequence[str]:
        """All generations: the current one, those being built, and those not dropped yet."""

    def begin(self, note: Note) -> str:
        """Make an empty generation that answers nobody yet, and return its name."""

    def open(self, generation: str, *, writer: bool) -> Engine:
        """Open a generation.

        Raises:
            IndexMissing: there is none of this name any more.
            IndexDamaged: pieces are missing, unreadable, or of another version.
            IndexBusy: another writer has it.
        """

    def adopt(self, generation: str) -> None:
        """Let a generation answer from now on, in one step that survives a crash."""

    def drop(self, generation: str) -> None:
        """Remove a generation, or what is left; its readers get IndexDamaged or IndexMissing."""

    def read_note(self, generation: str) -> Note | None:
        """What was last noted about a generation, None if nothing can be read."""

    def write_note(self, generation: str, note: Note) -> None:
        """Note something about a generation, in place of what was noted before."""

    def problem(self) -> str | None:
        """Why nothing can be written here now, None if it can."""
