import hashlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from records.seals.caged import Refused
from records.seals.pages.pressing import Prepared, fill, read_prepared

ORIGINAL = b"%PDF-1.7 the original\n"
ROOM = 16
REVISION = b"new objects /Contents <" + b"0" * 2 * ROOM + b"> trailer"
AT = len(ORIGINAL) + REVISION.index(b"<")


def _read(answer: dict[str, Any], pdf: bytes = ORIGINAL + REVISION, room: int = ROOM) -> Prepared:
    return read_prepared(
        answer,
        pdf,
        original_sha256=hashlib.sha256(ORIGINAL).hexdigest(),
        original_bytes=len(ORIGINAL),
        room=room,
    )


def test_the_digest_is_computed_here_over_all_but_the_room() -> None:
    prepared = _read({"signature_at": AT, "field": "Seal-1", "digest": "of somebody else"})
    rest = (ORIGINAL + REVISION).replace(b"<" + b"0" * 2 * ROOM + b">", b"")
    assert prepared.facts == {
        "digest": hashlib.sha256(rest).hexdigest(),
        "algorithm": "sha256",
        "signature_at": AT,
        "signature_bytes": ROOM,
    }


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"signature_at": AT},
        {"signature_at": "5", "field": "x"},
        {"signature_at": AT + 1, "field": "x"},
        {"signature_at": AT - 1, "field": "x"},
        {"signature_at": 3, "field": "x"},
        {"signature_at": -5, "field": "x"},
        {"signature_at": 10_000, "field": "x"},
    ],
)
def test_a_child_that_says_something_else_than_it_gives_is_not_believed(
    answer: dict[str, Any],
) -> None:
    with pytest.raises(Refused) as refused:
        _read(answer)
    assert refused.value.code == "crashed"


@pytest.mark.parametrize(
    "pdf",
    [
        b"%PDF-1.7 another file" + REVISION,
        ORIGINAL,
        b"",
        REVISION,
        (ORIGINAL + REVISION).replace(b"0>", b"1>"),
        ORIGINAL + REVISION + bytes(65 << 20),
    ],
)
def test_a_file_that_is_not_the_original_with_one_revision_is_not_signed(pdf: bytes) -> None:
    with pytest.raises(Refused):
        _read({"signature_at": AT, "field": "Seal-1"}, pdf)


@given(st.binary(max_size=ROOM))
def test_a_signature_changes_nothing_but_its_room(cms: bytes) -> None:
    prepared = _read({"signature_at": AT, "field": "Seal-1"})
    signed = fill(prepared, cms)
    assert len(signed) == len(prepared.pdf)
    assert signed[: AT + 1] == prepared.pdf[: AT + 1]
    assert signed[AT + 1 + 2 * ROOM :] == prepared.pdf[AT + 1 + 2 * ROOM :]
    assert bytes.fromhex(signed[AT + 1 : AT + 1 + 2 * ROOM].decode()) == cms.ljust(ROOM, b"\0")


def test_a_signature_that_is_too_large_is_refused() -> None:
    prepared = _read({"signature_at": AT, "field": "Seal-1"})
    with pytest.raises(Refused) as refused:
        fill(prepared, bytes(ROOM + 1))
    assert refused.value.code == "too_large"
