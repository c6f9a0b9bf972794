"""Checkpoints that somebody kept elsewhere, held against the log as it is now.

What the log itself holds can be made to agree with itself by whoever owns database and keys; what
lies outside cannot. A log that has fewer entries than a checkpoint of its own signed was rolled
back; one that has other entries was forked: its past was written anew.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from records.audit.checkpoints import log_key
from records.audit.proofs import LogTree
from records.audit.report import Item, Report
from records.audit.verify_log import Untrue, open_checkpoint
from records.core.database import UnitOfWork
from records.core.log import log_size

ENDING = ".checkpoint"


class Verdict(StrEnum):
    """What a checkpoint from outside says of the log."""

    CONTINUED = "continued"
    ROLLED_BACK = "rolled_back"
    FORKED = "forked"
    FOREIGN = "foreign"


@dataclass(frozen=True)
class Given:
    """A checkpoint of this log that somebody kept."""

    size: int
    root: bytes


@dataclass(frozen=True)
class Judged:
    """A verdict, with what the checkpoint covers; `reason` says why it is none of this log."""

    verdict: Verdict
    size: int = 0
    reason: str = ""

    @property
    def words(self) -> str:
        """The verdict for a shell."""
        return self.reason or {
            Verdict.CONTINUED: "it is continued",
            Verdict.ROLLED_BACK: "it was rolled back, entries are lost",
            Verdict.FORKED: "it was forked, its past was written anew",
        }.get(self.verdict, "")


def given_files(path: Path) -> list[Path]:
    """Return the checkpoint that a path names, or all that lie in a folder."""
    return sorted(path.glob(f"*{ENDING}")) if path.is_dir() else [path]


def read_given(uow: UnitOfWork, paths: Sequence[Path], report: Report) -> list[Given]:
    """Return the checkpoints of this log in some files; report those that are none."""
    key = log_key(uow)
    if key is None:
        report.missing.append(Item("log_key", "1", "this log has signed nothing"))
        return []
    if not paths:
        report.missing.append(Item("checkpoint", "given", "there is none in this folder"))
    found = []
    for path in paths:
        try:
            found.append(Given(*open_checkpoint(path.read_bytes().decode(), key.text())))
        except (Untrue, ValueError) as error:
            name = path.name if len(paths) > 1 else "given"
            report.changed.append(Item("checkpoint", name, str(error)))
    return found


def judge(uow: UnitOfWork, note: str) -> Judged:
    """Hold one checkpoint against the log, from what the log keeps; `verify` computes all anew."""
    key = log_key(uow)
    if key is None:
        return Judged(Verdict.FOREIGN, reason="this log has signed nothing")
    try:
        size, root = open_checkpoint(note, key.text())
    except (Untrue, ValueError) as error:
        return Judged(Verdict.FOREIGN, reason=str(error))
    if size > log_size(uow.session):
        return Judged(Verdict.ROLLED_BACK, size)
    same = LogTree(uow, size).root() == root
    return Judged(Verdict.CONTINUED if same else Verdict.FORKED, size)


def rolled_back(given: Given, size: int) -> Item:
    """Return what to report of a log that is shorter than it was."""
    reason = f"rolled back: the log has {size} entries and signed this over {given.size}"
    return Item("checkpoint", str(given.size), reason)


def forked(given: Given) -> Item:
    """Return what to report of a log that has other entries than it had."""
    reason = "forked: the log has not the root any more that it signed, its past was written anew"
    return Item("checkpoint", str(given.size), reason)
