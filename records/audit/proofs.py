"""Roots and proofs of the log, read from few rows.

The roots of complete subtrees of 256, 65,536, … entries are kept in `log_node`. Any root, path or
proof then needs at most two tiles of 256 hashes per level: in a log of a million entries some two
thousand small rows. What is kept follows from the entries; a node that is missing is worked out,
and kept where the unit of work may write.
"""

from collections.abc import Iterable

from sqlalchemy import func, select

from records.core.database import Database, UnitOfWork, insert_into
from records.core.errors import NotFound, Unavailable
from records.core.log import LogEntry, LogNode, log_size
from records.core.merkle import EMPTY_ROOT, Range, node_hash, path_ranges, proof_ranges, root, split

TILE_BITS = 8
TILE = 1 << TILE_BITS
# Entries that one unit of work takes in; their nodes fill one node above.
STEP = TILE * TILE


class LogTree:
    """The Merkle tree over the first entries, or all of now; for the length of one unit of work.

    Attributes:
        size: Number of entries.
        rows: How many rows were read.

    Raises:
        Unavailable: There are not so many entries, or one of them is gone.
    """

    def __init__(self, uow: UnitOfWork, size: int | None = None) -> None:
        self._uow = uow
        present = log_size(uow.session)
        self.size = present if size is None else size
        if self.size > present:
            raise Unavailable("The log has lost entries. Run chancery log verify.")
        self.rows = 0
        self._tiles: dict[tuple[int, int], list[bytes]] = {}
        self._made: dict[tuple[int, int], bytes] = {}

    def root(self, size: int | None = None) -> bytes:
        """Return the root over all entries, or over the first `size`."""
        wanted = self.size if size is None else size
        return self._range((0, wanted)) if wanted else EMPTY_ROOT

    def over(self, leaves: Range) -> bytes:
        """Return the root over a range that is a complete subtree."""
        return self._range(leaves)

    def path(self, sequence: int) -> list[bytes]:
        """Return the path of an entry, from its neighbour upwards.

        Raises:
            NotFound: There is no such entry.
        """
        if not 0 <= sequence < self.size:
            raise NotFound("The log has no such entry.")
        return [self._range(each) for each in path_ranges(sequence, self.size)]

    def proof(self, old_size: int) -> list[bytes]:
        """Return the proof that this tree continues that over the first `old_size` entries."""
        return [self._range(each) for each in proof_ranges(old_size, self.size)]

    def keep(self, uow: UnitOfWork) -> int:
        """Keep the nodes that had to be worked out, in a writing unit; return how many."""
        made = [
            {"level": level, "place": place, "root": found}
            for (level, place), found in self._made.items()
        ]
        if made:
            statement = insert_into(uow.session, LogNode).on_conflict_do_nothing()
            uow.session.execute(statement, made)
            self._made.clear()
        return len(made)

    def _range(self, leaves: Range) -> bytes:
        start, stop = leaves
        width = stop - start
        if width & (width - 1):
            middle = start + split(width)
            return node_hash(self._range((start, middle)), self._range((middle, stop)))
        # A complete subtree lies in one tile of the highest level whose hashes are not larger.
        level = (width.bit_length() - 1) // TILE_BITS
        first, count = start >> (level * TILE_BITS), width >> (level * TILE_BITS)
        number, at = divmod(first, TILE)
        return root(self._tile(level, number)[at : at + count])

    def _tile(self, level: int, number: int) -> list[bytes]:
        if (level, number) not in self._tiles:
            self._tiles[level, number] = self._read(level, number)
        return self._tiles[level, number]

    def _read(self, level: int, number: int) -> list[bytes]:
        start = number * TILE
        stop = min(start + TILE, self.size >> (level * TILE_BITS))
        if level == 0:
            return self._read_leaves(start, stop)
        query = select(LogNode.place, LogNode.root).where(
            LogNode.level == level, LogNode.place >= start, LogNode.place < stop
        )
        kept: dict[int, bytes] = {row.place: row.root for row in self._uow.session.execute(query)}
        self.rows += len(kept)
        for place in range(start, stop):
            if place not in kept:
                kept[place] = self._made[level, place] = root(self._read(level - 1, place))
        return [kept[place] for place in range(start, stop)]

    def _read_leaves(self, start: int, stop: int) -> list[bytes]:
        query = (
            select(LogEntry.leaf_hash)
            .where(LogEntry.sequence >= start, LogEntry.sequence < stop)
            .order_by(LogEntry.sequence)
        )
        found = list(self._uow.session.scalars(query))
        self.rows += len(found)
        if len(found) != stop - start:
            raise Unavailable("The log has lost entries. Run chancery log verify.")
        return found


def integrate(database: Database) -> int:
    """Keep all nodes that are missing, in steps that hold up no writer; return how many."""
    with database.reading() as uow:
        size = log_size(uow.session)
        known = uow.session.scalar(select(func.count()).where(LogNode.level == 1)) or 0
    made = 0
    for stop in _steps(known * TILE, size):
        with database.reading() as uow:
            tree = LogTree(uow, stop)
            tree.root()
        with database.writing() as uow:
            made += tree.keep(uow)
    return made


def _steps(start: int, size: int) -> Iterable[int]:
    yield from range((start // STEP + 1) * STEP, size, STEP)
    if size:
        yield size
