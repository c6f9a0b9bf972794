"""How the index of this machine does, for other processes to read, and what is noted with it.

What the follower and the builder have to remember lies beside the generation that it is about, and
goes and comes with it.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from enum import StrEnum
from typing import Any, Self

from records.core.config import Config
from records.people.rules import Secrecy
from search.engine import IndexFailure
from search.opening import open_place
from search.place import IndexPlace


class IndexPhase(StrEnum):
    """What the index of this machine is doing."""

    MISSING = "missing"
    REBUILDING = "rebuilding"
    FOLLOWING = "following"


@dataclass(frozen=True)
class IndexNote:
    """What is noted about one generation of the index.

    Attributes:
        done: Documents indexed so far, newest first.
        total: Documents to be indexed.
        last: The last document indexed, where an interrupted build goes on; empty at the beginning.
        cursor: Log entries whose changes are taken in.
        leaf: Hash of the last of these entries, hexadecimal, which tells one log from another.
        is_filled: Whether all documents are in.
        has_served: Whether the follower took it up: another that answers has replaced it then.
        text_up_to: Highest secrecy whose full text is in the index; above it metadata alone is.
    """

    done: int = 0
    total: int = 0
    last: str = ""
    cursor: int = 0
    leaf: str = ""
    is_filled: bool = False
    has_served: bool = False
    text_up_to: int = int(Secrecy.TOP_SECRET)

    @classmethod
    def read(cls, place: IndexPlace, generation: str) -> Self | None:
        """Return the note of a generation, None if it cannot be read."""
        raw: Mapping[str, Any] | None = place.read_note(generation)
        if raw is None or any(type(raw.get(each.name)) is not each.type for each in fields(cls)):
            return None
        return cls(**raw)

    def write(self, place: IndexPlace, generation: str) -> None:
        """Keep the note with a generation."""
        place.write_note(generation, asdict(self))


@dataclass(frozen=True)
class IndexState:
    """The state of an index as its follower last told it.

    Attributes:
        done: Documents indexed so far while it is being filled.
        total: Documents to be indexed.
        cursor: Log entries that the index has consumed; 0 until it is filled.
        text_up_to: Highest secrecy whose full text is in the index; above it metadata alone is.
        beside: Documents done and in all of the next index, while it is built beside this one.
        problem: Why the index cannot be written, None if it can.
    """

    phase: IndexPhase = IndexPhase.MISSING
    done: int = 0
    total: int = 0
    cursor: int = 0
    text_up_to: int = int(Secrecy.TOP_SECRET)
    beside: tuple[int, int] | None = None
    problem: str | None = None

    @property
    def is_complete(self) -> bool:
        """Whether everything up to `cursor` can be found."""
        return self.phase is IndexPhase.FOLLOWING


def read_state(config: Config) -> IndexState:
    """Return the state of the index that the settings name."""
    place = open_place(config.search_url, config.index_folder)
    try:
        return _state(place)
    except IndexFailure as failure:
        return IndexState(problem=str(failure))


def unfinished(place: IndexPlace) -> str | None:
    """Return the generation that is being built beside, or was when its builder was stopped."""
    found = [(each, IndexNote.read(place, each)) for each in place.generations()]
    current = place.current()
    left = [
        (note.is_filled, note.done, name)
        for name, note in found
        if note is not None and not note.has_served and name != current
    ]
    return max(left)[2] if left else None


def _state(place: IndexPlace) -> IndexState:
    current, beside = place.current(), None
    if (name := unfinished(place)) is not None and (note := IndexNote.read(place, name)):
        beside = (note.done, note.total)
    note = IndexNote.read(place, current) if current is not None else None
    if note is None:
        return IndexState(beside=beside, problem=place.problem())
    return IndexState(
        IndexPhase.FOLLOWING if note.is_filled else IndexPhase.REBUILDING,
        done=note.done,
        total=note.total,
        cursor=note.cursor if note.is_filled else 0,
        text_up_to=note.text_up_to,
        beside=beside,
        problem=place.problem(),
    )
