"""What the follower of this machine says about its index, for other processes to read.

One small file beside the index, replaced in one step; losing it loses nothing.
"""

import json
import os
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path

from records.people.rules import Secrecy


class IndexPhase(StrEnum):
    """What the index of this machine is doing."""

    MISSING = "missing"
    REBUILDING = "rebuilding"
    FOLLOWING = "following"


@dataclass(frozen=True)
class IndexState:
    """The state of an index as its follower last told it.

    Attributes:
        done: Documents indexed so far in a rebuild.
        total: Documents to be indexed in a rebuild.
        cursor: Log entries that the index has consumed; 0 until a rebuild is complete.
        leaf: Hash of the last entry consumed, hexadecimal, which tells one log from another.
        text_up_to: Highest secrecy whose full text is in the index; above it metadata alone is.
    """

    phase: IndexPhase = IndexPhase.MISSING
    done: int = 0
    total: int = 0
    cursor: int = 0
    leaf: str = ""
    text_up_to: int = int(Secrecy.TOP_SECRET)

    @property
    def is_complete(self) -> bool:
        """Whether everything up to `cursor` can be found."""
        return self.phase is IndexPhase.FOLLOWING


def state_path(folder: Path) -> Path:
    """Return where the state of the index in a folder is told."""
    return folder.with_name(f"{folder.name}.state.json")


def read_state(folder: Path) -> IndexState:
    """Return the state of the index in a folder."""
    try:
        raw = json.loads(state_path(folder).read_bytes())
        return IndexState(**{**raw, "phase": IndexPhase(raw["phase"])})
    except (OSError, ValueError, TypeError, KeyError):
        return IndexState()


def write_state(folder: Path, state: IndexState) -> None:
    """Tell the state of the index in a folder."""
    path = state_path(folder)
    fresh = path.with_name(f"{path.name}.{os.getpid()}")
    fresh.write_text(json.dumps(asdict(state)), encoding="ascii")
    fresh.replace(path)
