"""Rows as bytes and back: typed JSON lines, cut into blocks where their own content says so.

A row ends a block when a digest of its key does, so that rows added, changed or removed alter the
block around them and no other. Values carry their type, so that a block can be read into any schema
on either database.
"""

import base64
import hashlib
import json
import zlib
from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime
from typing import Any
from uuid import UUID

# A block has 2,000 rows on average.
_ENDS_BELOW = (1 << 32) // 2_000
MOST_ROWS = 10_000
MOST_BYTES = 8 << 20
_MOST_UNPACKED = 256 << 20

Row = list[Any]

_WRITERS: tuple[tuple[type, str, Callable[[Any], str]], ...] = (
    (UUID, "uuid", lambda value: value.hex),
    (datetime, "instant", lambda value: value.isoformat()),
    (date, "day", lambda value: value.isoformat()),
    (bytes, "bytes", lambda value: base64.b64encode(value).decode()),
)
_READERS: dict[str, Callable[[Any], Any]] = {
    "uuid": UUID,
    "instant": datetime.fromisoformat,
    "day": date.fromisoformat,
    "bytes": base64.b64decode,
    "json": lambda value: value,
}


def cell(value: Any) -> Any:
    """Return a value as JSON: plain ones as they are, others as `{type: text}`."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, memoryview):
        value = bytes(value)
    for kind, name, write in _WRITERS:
        if isinstance(value, kind):
            return {name: write(value)}
    return {"json": value}


def value_of(written: Any) -> Any:
    """Return the value that `cell` wrote."""
    if not isinstance(written, dict):
        return written
    ((name, content),) = written.items()
    return _READERS[name](content)


def blocks(rows: Iterable[Row], key_columns: int) -> Iterator[tuple[bytes, int]]:
    """Yield the bytes of each block, and how many rows it has.

    Args:
        rows: In the order of their keys, which are their first `key_columns` values.
    """
    lines: list[bytes] = []
    size = 0
    for row in rows:
        cells = [cell(each) for each in row]
        line = json.dumps(cells, ensure_ascii=False, separators=(",", ":")).encode()
        lines.append(line)
        size += len(line)
        if _ends(cells[:key_columns]) or len(lines) >= MOST_ROWS or size >= MOST_BYTES:
            yield b"\n".join(lines), len(lines)
            lines, size = [], 0
    if lines:
        yield b"\n".join(lines), len(lines)


def packed(block: bytes) -> bytes:
    """Return a block compressed."""
    return zlib.compress(block, 6)


def rows_of(content: bytes) -> Iterator[Row]:
    """Yield the rows of a compressed block."""
    unpacker = zlib.decompressobj()
    block = unpacker.decompress(content, _MOST_UNPACKED)
    if not unpacker.eof:
        raise ValueError("a block of a back-up is larger than any that was written")
    for line in block.split(b"\n"):
        yield [value_of(each) for each in json.loads(line)]


def _ends(key: list[Any]) -> bool:
    digest = hashlib.sha256(json.dumps(key).encode()).digest()
    return int.from_bytes(digest[:4], "big") < _ENDS_BELOW
