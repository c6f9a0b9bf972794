"""The tree of the log against what was kept of it and what was signed: nodes, checkpoints, key."""

from collections.abc import Sequence

from sqlalchemy import select

from records.audit.checkpoints import log_key, open_log_key, told_of_log_key
from records.audit.given import Given, forked, rolled_back
from records.audit.notes import NoteKey, open_dated
from records.audit.proofs import TILE_BITS
from records.audit.report import Item, Report
from records.audit.rows import UNREADABLE, readable
from records.audit.verify_log import Untrue, demand, open_checkpoint
from records.core.database import UnitOfWork
from records.core.log import Checkpoint, LogKey, LogNode, timestamp
from records.core.merkle import Frontier
from storage import StorageError, Vault

TOP_LEVEL = 6  # a subtree of 256**6 entries, which no log outgrows


class TreeCheck:
    """Compares as the leaves come by, from the first to the last.

    Args:
        size: Entries of the log at the moment of `uow`; nothing may have been kept beyond.
        given: Checkpoints that were kept elsewhere.
    """

    def __init__(
        self, uow: UnitOfWork, vault: Vault, size: int, report: Report, given: Sequence[Given] = ()
    ) -> None:
        self._report = report
        self._frontier = Frontier()
        self._size = size
        self._is_whole = True
        self._is_dated = False
        self._key = _readable_key(uow, report)
        self._given: dict[int, list[Given]] = {}
        for each in given:
            if each.size > size:
                report.missing.append(rolled_back(each, size))
            else:
                self._given.setdefault(each.size, []).append(each)
        if self._key is not None:
            _check_key(uow, vault, self._key, report)
        # Later ones are signed while the check goes on, and cover what is not looked at.
        beyond = select(Checkpoint).where((Checkpoint.size < 1) | (Checkpoint.size > size))
        self._beyond = readable(uow, beyond, report, "checkpoint")
        nowhere = (LogNode.level < 1) | (LogNode.level > TOP_LEVEL) | (LogNode.place < 0)
        for level, place in uow.session.execute(
            select(LogNode.level, LogNode.place).where(nowhere)
        ):
            report.extra.append(_node(level, place, "the tree has no such place"))
        for level in range(1, TOP_LEVEL + 1):
            nodes = select(LogNode.place).where(
                LogNode.level == level, LogNode.place >= size >> (level * TILE_BITS)
            )
            for place in uow.session.scalars(nodes):
                report.extra.append(_node(level, place, "the log has not so many entries"))

    def add(self, uow: UnitOfWork, leaves: Sequence[bytes], *, is_whole: bool) -> None:
        """Take the next leaves, as they were computed again; a hole ends the comparison."""
        self._is_whole = self._is_whole and is_whole
        if not self._is_whole:
            return
        signed = self._read_checkpoints(uow, self._frontier.size, self._frontier.size + len(leaves))
        made: dict[int, dict[int, bytes]] = {}
        for leaf in leaves:
            closed = self._frontier.append(leaf)
            size = self._frontier.size
            for level in range(1, (len(closed) - 1) // TILE_BITS + 1):
                place = (size >> (level * TILE_BITS)) - 1
                made.setdefault(level, {})[place] = closed[level * TILE_BITS]
            if size in signed and signed[size] != self._frontier.root():
                self._report.changed.append(
                    _checkpoint(size, "the log has not the root any more that it signed")
                )
            for each in self._given.pop(size, ()):
                if each.root != self._frontier.root():
                    self._report.changed.append(forked(each))
        for level, nodes in made.items():
            self._check_nodes(uow, level, nodes)

    def finish(self, uow: UnitOfWork) -> None:
        """Tell of the checkpoints for which there are not entries enough."""
        for kept in self._beyond:
            self._check_note(kept)
        unmet = {each.size for each in self._beyond}
        unmet.update(self._read_checkpoints(uow, self._frontier.size, self._size))
        for size in sorted(unmet):
            self._report.changed.append(
                _checkpoint(size, "the log has not the entries any more that it signed")
            )
        for size in sorted(self._given):
            self._report.changed.append(
                _checkpoint(size, "the log has a hole before it and cannot be compared")
            )

    def _read_checkpoints(self, uow: UnitOfWork, low: int, high: int) -> dict[int, bytes]:
        """Return the roots signed over more than `low` entries, up to `high`, each looked at."""
        query = (
            select(Checkpoint)
            .where(Checkpoint.size > low, Checkpoint.size <= high)
            .order_by(Checkpoint.size)
        )
        found = {}
        for kept in readable(uow, query, self._report, "checkpoint"):
            found[kept.size] = kept.root
            self._check_note(kept)
        return found

    def _check_note(self, kept: Checkpoint) -> None:
        self._report.count("checkpoints")
        try:
            told = open_checkpoint(kept.note, self._key.text() if self._key else "")
            demand(told == (kept.size, kept.root), "its row and its note tell different things")
            self._check_time(kept)
        except (Untrue, ValueError) as error:
            self._report.changed.append(_checkpoint(kept.size, str(error)))

    def _check_time(self, kept: Checkpoint) -> None:
        # Those of former versions have none; from the first one on that has, all have.
        demand(kept.dated is not None or not self._is_dated, "its signed time is gone")
        if kept.dated is not None and self._key is not None:
            self._is_dated = True
            at = open_dated(kept.note, kept.dated, self._key)
            demand(at == kept.signed_at, "it was signed at another time than its row tells")

    def _check_nodes(self, uow: UnitOfWork, level: int, nodes: dict[int, bytes]) -> None:
        query = select(LogNode.place, LogNode.root).where(
            LogNode.level == level, LogNode.place >= min(nodes), LogNode.place <= max(nodes)
        )
        for place, kept in uow.session.execute(query):
            self._report.count("log_nodes")
            if kept != nodes[place]:
                self._report.changed.append(
                    _node(level, place, "it does not follow from the entries")
                )


def _readable_key(uow: UnitOfWork, report: Report) -> NoteKey | None:
    try:
        return log_key(uow)
    except UNREADABLE:
        report.changed.append(Item("log_key", "1", "it cannot be read"))
        return None


def _check_key(uow: UnitOfWork, vault: Vault, key: NoteKey, report: Report) -> None:
    try:
        private, told = open_log_key(uow, vault), told_of_log_key(uow, vault)
    except (StorageError, ValueError) as error:
        report.changed.append(Item("log_key", key.name, str(error)))
        return
    if private.public_key().public_bytes_raw() != key.key:
        report.changed.append(Item("log_key", key.name, "its halves do not belong together"))
    elif told and told != f"{key.name} {_made_at(uow)}":
        report.changed.append(Item("log_key", key.name, f"it was made as {told}"))


def _made_at(uow: UnitOfWork) -> str:
    at = uow.session.scalars(select(LogKey.created_at).where(LogKey.id == 1)).one()
    return timestamp(at)


def _node(level: int, place: int, reason: str) -> Item:
    return Item("log_node", f"{level} {place}", reason)


def _checkpoint(size: int, reason: str) -> Item:
    return Item("checkpoint", str(size), reason)
