"""Merkle trees of RFC 6962, section 2.1, as pure functions over leaf hashes.

Whatever a proof consists of is the root of a range of leaves: `path_ranges` and `proof_ranges`
name the ranges, so that the same proof can be put together from leaves in memory or from kept
subtrees in a database.
"""

import hashlib
from collections.abc import Sequence

LEAF_PREFIX = b"\x00"
NODE_PREFIX = b"\x01"
EMPTY_ROOT = hashlib.sha256().digest()

# Leaves from the first up to, without it, the second.
Range = tuple[int, int]


def leaf_hash(data: bytes) -> bytes:
    """Return the hash of a leaf: SHA-256(0x00 ‖ data)."""
    return hashlib.sha256(LEAF_PREFIX + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of an inner node: SHA-256(0x01 ‖ left ‖ right)."""
    return hashlib.sha256(NODE_PREFIX + left + right).digest()


def root(leaf_hashes: Sequence[bytes]) -> bytes:
    """Return the root over leaf hashes, or over roots of complete subtrees of one size."""
    row = list(leaf_hashes) or [EMPTY_ROOT]
    while len(row) > 1:
        # One that is left over at the end goes up as it is: this is the tree of the RFC, which
        # splits at the largest power of two below the size.
        paired = [node_hash(row[at], row[at + 1]) for at in range(0, len(row) - 1, 2)]
        row = paired + row[len(paired) * 2 :]
    return row[0]


class Frontier:
    """A tree that grows leaf by leaf and keeps only the roots of its complete subtrees."""

    def __init__(self) -> None:
        self.size = 0
        self._roots: list[bytes] = []

    def append(self, leaf: bytes) -> list[bytes]:
        """Add a leaf; return the roots of all complete subtrees that end with it, smallest first.

        The root at place *n* of the answer is that over the last 2**n leaves.
        """
        closed = [leaf]
        while self.size >> (len(closed) - 1) & 1:
            closed.append(node_hash(self._roots.pop(), closed[-1]))
        self._roots.append(closed[-1])
        self.size += 1
        return closed

    def root(self) -> bytes:
        """Return the root over all leaves so far."""
        found = self._roots[-1] if self._roots else EMPTY_ROOT
        for each in self._roots[-2::-1]:
            found = node_hash(each, found)
        return found


def split(size: int) -> int:
    """Return the largest power of two that is smaller than `size` (two at least)."""
    return 1 << ((size - 1).bit_length() - 1)


def path_ranges(index: int, size: int) -> list[Range]:
    """Return the ranges whose roots prove that a leaf stands in a tree, from the leaf upwards.

    Raises:
        ValueError: The tree has no such leaf.
    """
    if not 0 <= index < size:
        raise ValueError(f"a tree of {size} leaves has no leaf {index}")
    found: list[Range] = []
    start, stop = 0, size
    while stop - start > 1:
        middle = start + split(stop - start)
        if index < middle:
            found.append((middle, stop))
            stop = middle
        else:
            found.append((start, middle))
            start = middle
    return found[::-1]


def proof_ranges(old_size: int, size: int) -> list[Range]:
    """Return the ranges whose roots prove that a tree continues an older one (RFC, 2.1.2).

    Raises:
        ValueError: The older tree is empty, or larger.
    """
    if not 0 < old_size <= size:
        raise ValueError(f"a tree of {size} leaves does not continue one of {old_size}")
    found: list[Range] = []
    start, stop = 0, size
    while old_size != stop:
        middle = start + split(stop - start)
        if old_size <= middle:
            found.append((middle, stop))
            stop = middle
        else:
            found.append((start, middle))
            start = middle
    # The whole old tree is known to whoever checks; a part of it at the edge is not.
    if start > 0:
        found.append((start, stop))
    return found[::-1]


def inclusion_path(leaf_hashes: Sequence[bytes], index: int) -> list[bytes]:
    """Return the path of a leaf, from its sibling upwards."""
    ranges = path_ranges(index, len(leaf_hashes))
    return [root(leaf_hashes[start:stop]) for start, stop in ranges]


def root_from_path(leaf: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes:
    """Return the root to which a path leads from a leaf hash.

    Raises:
        ValueError: There is no such leaf, or the path has not the length that it must have.
    """
    ranges = path_ranges(index, size)
    if len(ranges) != len(path):
        raise ValueError(f"the path has {len(path)} steps instead of {len(ranges)}")
    found = leaf
    for (start, _), each in zip(ranges, path, strict=True):
        found = node_hash(each, found) if start < index else node_hash(found, each)
    return found


def consistency_proof(leaf_hashes: Sequence[bytes], old_size: int) -> list[bytes]:
    """Return the proof that a tree continues its own first `old_size` leaves."""
    ranges = proof_ranges(old_size, len(leaf_hashes))
    return [root(leaf_hashes[start:stop]) for start, stop in ranges]


def is_consistent(
    old_size: int, old_root: bytes, size: int, new_root: bytes, proof: Sequence[bytes]
) -> bool:
    """Tell whether a proof shows that a tree continues an older one (RFC 9162, 2.1.4.2)."""
    if not 0 < old_size <= size or len(proof) != len(proof_ranges(old_size, size)):
        return False
    if old_size == size:
        return old_root == new_root
    steps = list(proof)
    # An old tree that is complete is a node of the new one, and its root is known already.
    found_old = found_new = old_root if old_size & (old_size - 1) == 0 else steps.pop(0)
    at, last = old_size - 1, size - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    for each in steps:
        if at & 1 or at == last:
            found_old, found_new = node_hash(each, found_old), node_hash(each, found_new)
            while at and not at & 1:
                at, last = at >> 1, last >> 1
        else:
            found_new = node_hash(found_new, each)
        at, last = at >> 1, last >> 1
    return (found_old, found_new) == (old_root, new_root)
