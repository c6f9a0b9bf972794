"""The tree of the log against what was kept of it and what was signed: nodes, checkpoints, key."""

from collections.abc import Sequence

from sqlalchemy import select

from records.audit.checkpoints import log_key, open_log_key
from records.audit.proofs import TILE_BITS, LogTree
from records.audit.report import Item, Report
from records.audit.verify_log import Untrue, open_checkpoint
from records.core.database import UnitOfWork
from records.core.errors import Unavailable
from records.core.log import Checkpoint, LogNode
from records.core.merkle import Frontier
from records.office import Office
from storage import StorageError, Vault

TOP_LEVEL = 6  # a subtree of 256**6 entries, which no log outgrows
PAGE = 1_000


class TreeCheck:
    """Compares as the leaves come by, from the first to the last.

    Args:
        size: Entries of the log at the moment of `uow`; nothing may have been kept beyond.
    """

    def __init__(self, uow: UnitOfWork, vault: Vault, size: int, report: Report) -> None:
        self._report = report
        self._frontier = Frontier()
        self._is_whole = True
        self._signed: dict[int, bytes] = {}
        _check_key(uow, vault, report)
        self._read_checkpoints(uow)
        for level in range(1, TOP_LEVEL + 1):
            beyond = select(LogNode.place).where(
                LogNode.level == level, LogNode.place >= size >> (level * TILE_BITS)
            )
            for place in uow.session.scalars(beyond):
                report.extra.append(_node(level, place, "the log has not so many entries"))

    def add(self, uow: UnitOfWork, leaves: Sequence[bytes], *, is_whole: bool) -> None:
        """Take the next leaves, as they were computed again; a hole ends the comparison."""
        self._is_whole = self._is_whole and is_whole
        if not self._is_whole:
            return
        made: dict[int, dict[int, bytes]] = {}
        for leaf in leaves:
            closed = self._frontier.append(leaf)
            size = self._frontier.size
            for level in range(1, (len(closed) - 1) // TILE_BITS + 1):
                place = (size >> (level * TILE_BITS)) - 1
                made.setdefault(level, {})[place] = closed[level * TILE_BITS]
            if size in self._signed:
                self._check_root(size)
        for level, nodes in made.items():
            self._check_nodes(uow, level, nodes)

    def finish(self) -> None:
        """Tell of the checkpoints for which there are not entries enough."""
        for size in sorted(self._signed):
            self._report.changed.append(
                _checkpoint(size, "the log has not the entries any more that it signed")
            )

    def _read_checkpoints(self, uow: UnitOfWork) -> None:
        key = log_key(uow)
        query = select(Checkpoint).order_by(Checkpoint.size).execution_options(yield_per=PAGE)
        for kept in uow.session.scalars(query):
            self._signed[kept.size] = kept.root
            self._report.count("checkpoints")
            try:
                told = open_checkpoint(kept.note, key.text() if key else "")
            except (Untrue, ValueError) as error:
                self._report.changed.append(_checkpoint(kept.size, str(error)))
            else:
                if told != (kept.size, kept.root):
                    self._report.changed.append(
                        _checkpoint(kept.size, "its row and its note tell different things")
                    )

    def _check_root(self, size: int) -> None:
        if self._signed.pop(size) != self._frontier.root():
            self._report.changed.append(
                _checkpoint(size, "the log has not the root any more that it signed")
            )

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


def check_against(office: Office, note: bytes, report: Report) -> None:
    """Compare the log with a checkpoint of its own that somebody kept elsewhere."""
    with office.database.reading() as uow:
        key = log_key(uow)
        if key is None:
            report.missing.append(Item("log_key", "1", "this log has signed nothing"))
            return
        try:
            size, root = open_checkpoint(note.decode(), key.text())
        except (Untrue, ValueError) as error:
            report.changed.append(Item("checkpoint", "given", str(error)))
            return
        try:
            if LogTree(uow, size).root() == root:
                return
        except Unavailable:
            report.missing.append(_checkpoint(size, "the log has lost entries that it signed"))
            return
    report.changed.append(_checkpoint(size, "the log has not the root any more that it signed"))


def _check_key(uow: UnitOfWork, vault: Vault, report: Report) -> None:
    key = log_key(uow)
    if key is None:
        return
    try:
        private = open_log_key(uow, vault)
    except (StorageError, ValueError) as error:
        report.changed.append(Item("log_key", key.name, str(error)))
        return
    if private.public_key().public_bytes_raw() != key.key:
        report.changed.append(Item("log_key", key.name, "its halves do not belong together"))


def _node(level: int, place: int, reason: str) -> Item:
    return Item("log_node", f"{level} {place}", reason)


def _checkpoint(size: int, reason: str) -> Item:
    return Item("checkpoint", str(size), reason)
