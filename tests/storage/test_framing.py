import hashlib
import json
import os
import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storage import ObjectDamaged
from storage.framing import (
    CHUNK_BYTES,
    HEADER_BYTES,
    STORED_CHUNK_BYTES,
    Encryptor,
    clear_size,
    decrypt_range,
    stored_size,
)

KEY = bytes(range(32))
NAME = "0" * 64
SIZES = st.one_of(
    st.integers(0, 40),
    st.integers(0, 3).flatmap(
        lambda chunks: st.integers(-2, 2).map(lambda off: max(0, chunks * CHUNK_BYTES + off))
    ),
    st.integers(0, 3 * CHUNK_BYTES),
)


def clear_of(size: int) -> bytes:
    return (bytes(range(251)) * (size // 251 + 1))[:size]


def encrypt(data: bytes, *cuts: int) -> bytes:
    """Encrypt `data`, handed over in pieces cut at the given places."""
    encryptor = Encryptor(KEY)
    stored = [encryptor.header]
    places = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    for begin, end in pairwise(places):
        stored += encryptor.update(data[begin:end])
    return b"".join([*stored, encryptor.finish()])


class Stored:
    """Stored bytes that count what is read of them."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.fetched = 0

    def fetch(self, start: int, stop: int) -> Iterator[bytes]:
        for at in range(start, min(stop, len(self.data)), 50_000):
            piece = self.data[at : min(at + 50_000, stop)]
            self.fetched += len(piece)
            yield piece

    def decrypt(self, start: int = 0, stop: int | None = None, key: bytes = KEY) -> bytes:
        pieces = decrypt_range(NAME, key, len(self.data), self.fetch, start, stop)
        return b"".join(pieces)


@given(size=SIZES, cuts=st.lists(st.integers(0, 3 * CHUNK_BYTES), max_size=4))
@settings(max_examples=60, deadline=None)
def test_any_stream_in_any_pieces_comes_back(size: int, cuts: list[int]) -> None:
    stored = encrypt(clear_of(size), *cuts)
    assert len(stored) == stored_size(size)
    assert clear_size(NAME, len(stored)) == size
    assert Stored(stored).decrypt() == clear_of(size)


@given(size=SIZES, start=st.integers(0, 4 * CHUNK_BYTES), length=st.integers(0, 2 * CHUNK_BYTES))
@settings(max_examples=100, deadline=None)
def test_any_range_is_the_slice_of_the_clear_bytes(size: int, start: int, length: int) -> None:
    stored = Stored(encrypt(clear_of(size)))
    assert stored.decrypt(start, start + length) == clear_of(size)[start : start + length]
    assert stored.decrypt(start) == clear_of(size)[start:]


@given(size=SIZES, data=st.data())
@settings(max_examples=100, deadline=None)
def test_one_changed_bit_anywhere_is_noticed(size: int, data: st.DataObject) -> None:
    stored = bytearray(encrypt(clear_of(size)))
    place = data.draw(st.integers(0, len(stored) * 8 - 1))
    stored[place // 8] ^= 1 << (place % 8)
    with pytest.raises(ObjectDamaged):
        Stored(bytes(stored)).decrypt()


@given(size=SIZES, data=st.data())
@settings(max_examples=100, deadline=None)
def test_no_shorter_object_is_taken_for_a_whole_one(size: int, data: st.DataObject) -> None:
    stored = encrypt(clear_of(size))
    whole_chunks = st.integers(0, (len(stored) - HEADER_BYTES - 1) // STORED_CHUNK_BYTES).map(
        lambda count: HEADER_BYTES + count * STORED_CHUNK_BYTES
    )
    kept = data.draw(st.one_of(st.integers(0, len(stored) - 1), whole_chunks))
    with pytest.raises(ObjectDamaged):
        Stored(stored[:kept]).decrypt()
    with pytest.raises(ObjectDamaged):
        Stored(stored[:kept]).decrypt(size + 1, size + 2)


@given(size=SIZES, more=st.integers(1, STORED_CHUNK_BYTES + 1))
@settings(max_examples=50, deadline=None)
def test_no_longer_object_is_accepted(size: int, more: int) -> None:
    stored = encrypt(clear_of(size))
    with pytest.raises(ObjectDamaged):
        Stored(stored + os.urandom(more)).decrypt()


def test_chunks_in_another_order_are_noticed() -> None:
    stored = encrypt(clear_of(3 * CHUNK_BYTES))
    header, body = stored[:HEADER_BYTES], stored[HEADER_BYTES:]
    first, second = body[:STORED_CHUNK_BYTES], body[STORED_CHUNK_BYTES : 2 * STORED_CHUNK_BYTES]
    swapped = header + second + first + body[2 * STORED_CHUNK_BYTES :]
    with pytest.raises(ObjectDamaged, match="chunk 0"):
        Stored(swapped).decrypt()


def test_chunks_of_two_objects_under_one_key_cannot_be_mixed() -> None:
    one, other = encrypt(clear_of(100)), encrypt(clear_of(100))
    with pytest.raises(ObjectDamaged, match="chunk 0"):
        Stored(one[:HEADER_BYTES] + other[HEADER_BYTES:]).decrypt()


def test_another_key_opens_nothing() -> None:
    with pytest.raises(ObjectDamaged):
        Stored(encrypt(b"text")).decrypt(key=bytes(32))


def test_a_range_reads_only_the_chunks_that_it_touches() -> None:
    stored = Stored(encrypt(clear_of(20 * CHUNK_BYTES)))
    assert stored.decrypt(10 * CHUNK_BYTES - 5, 10 * CHUNK_BYTES + 5)
    assert stored.fetched == HEADER_BYTES + 2 * STORED_CHUNK_BYTES


def test_a_store_that_gives_too_little_is_noticed() -> None:
    stored = encrypt(clear_of(1000))

    def fetch(start: int, stop: int) -> Iterator[bytes]:
        yield stored[start : stop - 1]

    with pytest.raises(ObjectDamaged, match="fewer bytes"):
        list(decrypt_range(NAME, KEY, len(stored), fetch))


@pytest.mark.parametrize(("start", "stop"), [(-1, None), (5, 4)])
def test_a_range_that_is_none_is_refused(start: int, stop: int) -> None:
    with pytest.raises(ValueError, match="no range"):
        Stored(encrypt(b"text")).decrypt(start, stop)


def documented(language: str) -> str:
    page = Path(__file__).parents[2] / "docs" / "formats" / "object.md"
    block = re.search(rf"```{language}\n(.*?)```", page.read_text("utf-8"), re.DOTALL)
    assert block is not None
    return block[1]


@pytest.mark.parametrize("vector", json.loads(documented("json")), ids=lambda v: v["clear_bytes"])
def test_a_documented_vector_is_what_this_program_writes_and_reads(vector: dict[str, Any]) -> None:
    key, clear = bytes.fromhex(vector["data_key"]), b"a" * vector["clear_bytes"]
    encryptor = Encryptor(key, bytes.fromhex(vector["prefix"]))
    stored = b"".join([encryptor.header, *encryptor.update(clear), encryptor.finish()])
    assert len(stored) == vector["stored_bytes"]
    assert stored[:35].hex() == vector["stored_begins"]
    assert hashlib.sha256(stored).hexdigest() == vector["name"]
    assert Stored(stored).decrypt(key=key) == clear


@pytest.mark.parametrize("size", [0, 3, CHUNK_BYTES, 2 * CHUNK_BYTES + 5])
def test_the_documented_reader_reads_what_this_program_writes(size: int) -> None:
    names: dict[str, Any] = {}
    exec(documented("python"), names)  # noqa: S102 - our own page must stay true
    assert names["read"](encrypt(clear_of(size)), KEY) == clear_of(size)
