"""The byte format of a stored object: 64 KiB chunks of AES-256-GCM in the STREAM construction.

Invariants: a data key encrypts exactly one object; no byte is given out before its chunk has been
authenticated; a shortened, lengthened or reordered object never decrypts to the end; a range
costs only the chunks that it touches. Documented with a test vector in `docs/formats/object.md`.

Source: Hoang, Reyhanitabar, Rogaway, Vizár, "Online Authenticated-Encryption and its
Nonce-Reuse Misuse-Resistance" (CRYPTO 2015), section 7; AES-GCM as in NIST SP 800-38D.
"""

import os
from collections.abc import Callable, Iterator

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from storage.derivation import derive_key
from storage.errors import ObjectDamaged

MAGIC = b"CHANCERY"
VERSION = 1
PREFIX_BYTES = 7
HEADER_BYTES = len(MAGIC) + 1 + PREFIX_BYTES
CHUNK_BYTES = 64 * 1024
TAG_BYTES = 16
STORED_CHUNK_BYTES = CHUNK_BYTES + TAG_BYTES
PURPOSE = "object content 1"

Fetch = Callable[[int, int], Iterator[bytes]]
"""Gives the stored bytes from `start` up to `stop`, in pieces of any size."""


def stored_size(clear_bytes: int) -> int:
    """Return the bytes that an object of `clear_bytes` takes in the store."""
    chunks = max(1, -(-clear_bytes // CHUNK_BYTES))
    return HEADER_BYTES + clear_bytes + chunks * TAG_BYTES


def clear_size(name: str, stored_bytes: int) -> int:
    """Return the clear bytes of an object of `stored_bytes`.

    Raises:
        ObjectDamaged: no object has this size.
    """
    body = stored_bytes - HEADER_BYTES
    size = body + -(-body // STORED_CHUNK_BYTES) * -TAG_BYTES
    if size < 0 or stored_size(size) != stored_bytes:
        raise ObjectDamaged(name, f"no object is {stored_bytes} bytes long")
    return size


class _Chunks:
    """The cipher of one object: seals and opens chunk by chunk."""

    def __init__(self, data_key: bytes, header: bytes) -> None:
        self._header = header
        self._prefix = header[-PREFIX_BYTES:]
        self._aead = AESGCM(derive_key(data_key, PURPOSE))

    def _nonce(self, index: int, *, last: bool) -> bytes:
        return self._prefix + index.to_bytes(4, "big") + (b"\x01" if last else b"\x00")

    def seal(self, index: int, clear: bytes | memoryview, *, last: bool) -> bytes:
        return self._aead.encrypt(self._nonce(index, last=last), clear, self._header)

    def open(self, index: int, sealed: bytes, *, last: bool) -> bytes:
        return self._aead.decrypt(self._nonce(index, last=last), sealed, self._header)


class Encryptor:
    """Encrypts one stream: `header`, then whatever `update` gives, then `finish`, is the object.

    The last chunk is marked, so one chunk is always held back until more bytes or the end come.
    """

    def __init__(self, data_key: bytes, prefix: bytes | None = None) -> None:
        """Begin an object under its own `data_key` (32 bytes); `prefix` is given by tests only."""
        prefix = os.urandom(PREFIX_BYTES) if prefix is None else prefix
        self.header = MAGIC + bytes([VERSION]) + prefix
        self._chunks = _Chunks(data_key, self.header)
        self._pending = bytearray()
        self._index = 0

    def update(self, data: bytes) -> Iterator[bytes]:
        """Take clear bytes and yield the stored chunks that became complete."""
        view = memoryview(data)
        while len(self._pending) + len(view) > CHUNK_BYTES:
            room = CHUNK_BYTES - len(self._pending)
            if self._pending:
                self._pending += view[:room]
                yield self._next(bytes(self._pending), last=False)
                self._pending.clear()
            else:
                yield self._next(view[:room], last=False)
            view = view[room:]
        self._pending += view

    def finish(self) -> bytes:
        """Return the last stored chunk; it is empty but for its tag when nothing was given."""
        return self._next(bytes(self._pending), last=True)

    def _next(self, clear: bytes | memoryview, *, last: bool) -> bytes:
        sealed = self._chunks.seal(self._index, clear, last=last)
        self._index += 1
        return sealed


def decrypt_range(
    name: str,
    data_key: bytes,
    stored_bytes: int,
    fetch: Fetch,
    start: int = 0,
    stop: int | None = None,
) -> Iterator[bytes]:
    """Yield the clear bytes from `start` up to `stop` (to the end without), authenticated.

    A range that reaches or passes the end always opens the last chunk, so that a shortened object
    cannot pass for a short one. From the start it takes one fetch, from elsewhere two.

    Raises:
        ObjectDamaged: a byte was altered, is lacking, or the key is another object's.
        ValueError: the range is negative or backwards.
    """
    if start < 0 or (stop is not None and stop < start):
        raise ValueError(f"no range from {start} to {stop}")
    size = clear_size(name, stored_bytes)
    stop = size if stop is None else min(stop, size)
    final = max(size - 1, 0) // CHUNK_BYTES
    first = min(start // CHUNK_BYTES, final)
    end = max(first, min((stop - 1) // CHUNK_BYTES, final))
    chunks = _open_chunks(name, data_key, stored_bytes, fetch, range(first, end + 1), final)
    for index, clear in enumerate(chunks, first):
        offset = index * CHUNK_BYTES
        piece = clear[max(start - offset, 0) : max(stop - offset, 0)]
        if piece:
            yield piece


def _open_chunks(
    name: str, data_key: bytes, stored_bytes: int, fetch: Fetch, wanted: range, final: int
) -> Iterator[bytes]:
    begin = HEADER_BYTES + wanted.start * STORED_CHUNK_BYTES
    end = min(HEADER_BYTES + wanted.stop * STORED_CHUNK_BYTES, stored_bytes)
    if wanted.start == 0:
        stream = _Stream(name, fetch(0, end))
        header = stream.take(HEADER_BYTES)
    else:
        header = _Stream(name, fetch(0, HEADER_BYTES)).take(HEADER_BYTES)
        stream = _Stream(name, fetch(begin, end))
    if header[: len(MAGIC) + 1] != MAGIC + bytes([VERSION]):
        raise ObjectDamaged(name, "it does not begin like an object of version 1")
    chunks = _Chunks(data_key, header)
    for index in wanted:
        sealed = stream.take(min(STORED_CHUNK_BYTES, end - begin))
        begin += len(sealed)
        try:
            yield chunks.open(index, sealed, last=index == final)
        except InvalidTag as error:
            raise ObjectDamaged(name, f"chunk {index} does not authenticate") from error


class _Stream:
    """Cuts pieces of any size into pieces of the wanted size."""

    def __init__(self, name: str, pieces: Iterator[bytes]) -> None:
        self._name = name
        self._pieces = pieces
        self._buffer = bytearray()

    def take(self, count: int) -> bytes:
        while len(self._buffer) < count:
            piece = next(self._pieces, None)
            if piece is None:
                raise ObjectDamaged(self._name, "the store gave fewer bytes than it holds")
            self._buffer += piece
        taken = bytes(self._buffer[:count])
        del self._buffer[:count]
        return taken
