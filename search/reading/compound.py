"""Compound files (MS-CFB), written: a message that lies inside another as a file of its own."""

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

Tree: TypeAlias = "Mapping[str, bytes | Tree]"

_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_END, _FREE, _FAT, _NONE = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD, 0xFFFFFFFF
_STORAGE, _STREAM, _ROOT, _BLACK = 1, 2, 5, 1
_ENTRY_BYTES, _MINI_BYTES, _CUTOFF_BYTES = 128, 64, 4096
_LISTED_FATS = 109  # that the header names itself
# Of small sectors, more than this would not be found from the header alone.
_SMALL_FILE_BYTES = 6 << 20


@dataclass
class _Entry:
    name: str
    kind: int
    data: bytes = b""
    start: int = _END
    before: int = _NONE
    after: int = _NONE
    child: int = _NONE

    def packed(self) -> bytes:
        name = self.name[:31].encode("utf-16-le")
        return struct.pack(
            "<64sHBBIII16sIQQIQ",
            name,
            len(name) + 2,
            self.kind,
            _BLACK,
            self.before,
            self.after,
            self.child,
            bytes(16),
            0,
            0,
            0,
            self.start,
            len(self.data),
        )


@dataclass
class _Sectors:
    """Chains of sectors of one size: what they hold, and which follows which."""

    size: int
    data: list[bytes] = field(default_factory=list)
    following: list[int] = field(default_factory=list)

    def chain(self, data: bytes) -> int:
        """Add data and return its first sector."""
        if not data:
            return _END
        first = len(self.following)
        count = -(-len(data) // self.size)
        self.data.append(data.ljust(count * self.size, b"\0"))
        self.following += [*range(first + 1, first + count), _END]
        return first


def compound_file(tree: Tree) -> bytes:
    """Return a compound file with these streams (bytes) and storages (trees); no times in it."""
    entries = [_Entry("Root Entry", _ROOT)]
    entries[0].child = _planted(entries, tree)
    total = sum(len(each.data) for each in entries)
    large = total + len(entries) * _ENTRY_BYTES > _SMALL_FILE_BYTES
    sectors, mini = _Sectors(4096 if large else 512), _Sectors(_MINI_BYTES)
    for each in entries[1:]:
        place = mini if len(each.data) < _CUTOFF_BYTES else sectors
        each.start = place.chain(each.data) if each.kind == _STREAM else 0
    entries[0].data = b"".join(mini.data)
    entries[0].start = sectors.chain(entries[0].data)
    mini_fat = sectors.chain(_table(mini.following, sectors.size))
    padding = [bytes(68) + b"\xff" * 12 + bytes(48)] * (-len(entries) % (sectors.size // 128))
    listed = b"".join([*(each.packed() for each in entries), *padding])
    directory = sectors.chain(listed)
    fats = _with_fat(sectors)
    head = struct.pack(
        "<8s16sHHHHH6sIIIIIIIII",
        *(_MAGIC, bytes(16), 0x3E, 4 if large else 3, 0xFFFE, 12 if large else 9, 6, bytes(6)),
        *(len(listed) // sectors.size if large else 0, len(fats), directory, 0, _CUTOFF_BYTES),
        *(mini_fat, -(-len(mini.following) * 4 // sectors.size), _END, 0),
    )
    named = struct.pack(f"<{_LISTED_FATS}I", *fats, *[_FREE] * (_LISTED_FATS - len(fats)))
    return b"".join([(head + named).ljust(sectors.size, b"\0"), *sectors.data])


def _planted(entries: list[_Entry], tree: Tree) -> int:
    """Add the entries of a storage and return the one from which its others are found."""
    ordered = sorted(tree, key=lambda name: (len(name), name.upper()))
    places: dict[str, int] = {}
    for name in ordered:
        value = tree[name]
        places[name] = len(entries)
        is_stream = isinstance(value, bytes)
        entries.append(_Entry(name, _STREAM if is_stream else _STORAGE))
        if isinstance(value, bytes):
            entries[-1].data = value
        else:
            storage = entries[-1]
            storage.child = _planted(entries, value)
    return _balanced(entries, [places[name] for name in ordered])


def _balanced(entries: list[_Entry], places: list[int]) -> int:
    if not places:
        return _NONE
    middle = len(places) // 2
    entries[places[middle]].before = _balanced(entries, places[:middle])
    entries[places[middle]].after = _balanced(entries, places[middle + 1 :])
    return places[middle]


def _table(following: list[int], sector_bytes: int) -> bytes:
    packed = struct.pack(f"<{len(following)}I", *following)
    return packed + b"\xff" * (-len(packed) % sector_bytes)


def _with_fat(sectors: _Sectors) -> list[int]:
    """Add the table of all sectors, which lists itself, and return where it lies."""
    each, used = sectors.size // 4, len(sectors.following)
    count = next(count for count in _counts() if count * each >= used + count)
    fats = list(range(used, used + count))
    sectors.data.append(_table([*sectors.following, *[_FAT] * count], sectors.size))
    return fats


def _counts() -> Iterator[int]:
    yield from range(1, _LISTED_FATS + 1)
