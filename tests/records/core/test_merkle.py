"""Trees of RFC 6962 against its own definition, and against published vectors.

The vectors are those that implementations of the RFC share (`testonly/constants.go` of
transparency-dev/merkle).
"""

import hashlib
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from records.core.merkle import (
    EMPTY_ROOT,
    Frontier,
    consistency_proof,
    inclusion_path,
    is_consistent,
    leaf_hash,
    root,
    root_from_path,
)

LEAVES = [
    bytes.fromhex(each)
    for each in (
        *("", "00", "10", "2021", "3031", "40414243"),
        *("5051525354555657", "606162636465666768696a6b6c6d6e6f"),
    )
]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
PATHS = {
    (0, 8): [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    (5, 8): [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (2, 3): ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"],
    (1, 5): [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ],
}
CONSISTENCY = {
    (1, 1): [],
    (1, 8): PATHS[0, 8],
    (6, 8): [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (2, 5): PATHS[1, 5][1:],
}


# The definitions of the RFC, word for word and slow -----------------------------------------------


def largest_power_below(number: int) -> int:
    power = 1
    while power * 2 < number:
        power *= 2
    return power


def told_root(leaves: Sequence[bytes]) -> bytes:
    if not leaves:
        return hashlib.sha256().digest()
    if len(leaves) == 1:
        return hashlib.sha256(b"\x00" + leaves[0]).digest()
    k = largest_power_below(len(leaves))
    return hashlib.sha256(b"\x01" + told_root(leaves[:k]) + told_root(leaves[k:])).digest()


def told_path(m: int, leaves: Sequence[bytes]) -> list[bytes]:
    if len(leaves) == 1:
        return []
    k = largest_power_below(len(leaves))
    if m < k:
        return [*told_path(m, leaves[:k]), told_root(leaves[k:])]
    return [*told_path(m - k, leaves[k:]), told_root(leaves[:k])]


def told_proof(m: int, leaves: Sequence[bytes], whole: bool = True) -> list[bytes]:
    if m == len(leaves):
        return [] if whole else [told_root(leaves)]
    k = largest_power_below(len(leaves))
    if m <= k:
        return [*told_proof(m, leaves[:k], whole), told_root(leaves[k:])]
    return [*told_proof(m - k, leaves[k:], False), told_root(leaves[:k])]


_leaves = st.integers(1, 70).map(lambda size: [bytes([each]) * 3 for each in range(size)])


# Tests -------------------------------------------------------------------------------------------


def test_the_published_vectors_hold() -> None:
    hashes = [leaf_hash(each) for each in LEAVES]
    assert [root(hashes[:size]).hex() for size in range(9)] == ROOTS
    for (index, size), path in PATHS.items():
        assert [each.hex() for each in inclusion_path(hashes[:size], index)] == path
    for (old, size), proof in CONSISTENCY.items():
        assert [each.hex() for each in consistency_proof(hashes[:size], old)] == proof
        given_proof = [bytes.fromhex(each) for each in proof]
        before, after = bytes.fromhex(ROOTS[old]), bytes.fromhex(ROOTS[size])
        assert is_consistent(old, before, size, after, given_proof)
    assert root([]) == EMPTY_ROOT


@given(leaves=_leaves, data=st.data())
def test_a_tree_is_the_one_that_the_rfc_defines(leaves: list[bytes], data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(leaves) - 1))
    old = data.draw(st.integers(1, len(leaves)))
    hashes = [leaf_hash(each) for each in leaves]
    assert root(hashes) == told_root(leaves)
    assert inclusion_path(hashes, index) == told_path(index, leaves)
    assert consistency_proof(hashes, old) == told_proof(old, leaves)


@given(leaves=_leaves)
def test_a_tree_that_grows_leaf_by_leaf_is_the_same_tree(leaves: list[bytes]) -> None:
    frontier = Frontier()
    assert frontier.root() == EMPTY_ROOT
    for size, leaf in enumerate(leaves, start=1):
        closed = frontier.append(leaf_hash(leaf))
        assert frontier.root() == told_root(leaves[:size])
        for height, found in enumerate(closed):
            assert found == told_root(leaves[size - 2**height : size])
        assert size % 2 ** len(closed)


@given(leaves=_leaves, data=st.data())
def test_a_path_leads_to_the_root_from_its_own_leaf_and_place_only(
    leaves: list[bytes], data: st.DataObject
) -> None:
    hashes = [leaf_hash(each) for each in leaves]
    index = data.draw(st.integers(0, len(leaves) - 1))
    other = data.draw(st.integers(0, len(leaves) - 1))
    path = inclusion_path(hashes, index)
    whole = root(hashes)
    assert root_from_path(hashes[index], index, len(leaves), path) == whole
    if other != index:
        assert root_from_path(hashes[other], index, len(leaves), path) != whole
        with_other = path_or_none(hashes[index], other, len(leaves), path)
        assert with_other != whole
    for step in range(len(path)):
        changed = [*path[:step], bytes(32), *path[step + 1 :]]
        assert root_from_path(hashes[index], index, len(leaves), changed) != whole
    for wrong in ([*path, bytes(32)], path[:-1] if path else [bytes(32)]):
        with pytest.raises(ValueError, match="steps"):
            root_from_path(hashes[index], index, len(leaves), wrong)


def path_or_none(leaf: bytes, index: int, size: int, path: list[bytes]) -> bytes | None:
    try:
        return root_from_path(leaf, index, size, path)
    except ValueError:
        return None


@given(leaves=_leaves, data=st.data())
def test_a_tree_continues_its_own_beginning_and_nothing_else(
    leaves: list[bytes], data: st.DataObject
) -> None:
    hashes = [leaf_hash(each) for each in leaves]
    size, old = len(leaves), data.draw(st.integers(1, len(leaves)))
    before, after = root(hashes[:old]), root(hashes)
    proof = consistency_proof(hashes, old)
    assert is_consistent(old, before, size, after, proof)
    assert not is_consistent(old, bytes(32), size, after, proof)
    assert not is_consistent(old, before, size, bytes(32), proof)
    assert not is_consistent(old, before, size, after, [*proof, bytes(32)])
    assert not is_consistent(size + 1, before, size, after, proof)
    for step in range(len(proof)):
        changed = [*proof[:step], bytes(32), *proof[step + 1 :]]
        assert not is_consistent(old, before, size, after, changed)
    place = data.draw(st.integers(0, old - 1))
    bent = [*hashes[:place], bytes(32), *hashes[place + 1 :]]
    assert not is_consistent(old, before, size, root(bent), consistency_proof(bent, old))


@pytest.mark.parametrize(("index", "size"), [(-1, 3), (3, 3), (0, 0)])
def test_a_leaf_that_is_not_there_has_no_path(index: int, size: int) -> None:
    with pytest.raises(ValueError, match="no leaf"):
        inclusion_path([bytes(32)] * size, index)


@pytest.mark.parametrize("old", [-1, 0, 4])
def test_a_tree_continues_no_larger_and_no_empty_one(old: int) -> None:
    with pytest.raises(ValueError, match="does not continue"):
        consistency_proof([bytes(32)] * 3, old)
