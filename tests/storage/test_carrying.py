"""An object carried from one store to another arrives whole, or not at all."""

import hashlib
from pathlib import Path

import pytest

from storage import ObjectDamaged, ObjectMissing, ObjectStore, carry, open_store

DATA = b"sealed bytes" * 9_000
NAME = hashlib.sha256(DATA).hexdigest()


@pytest.fixture
def source(tmp_path: Path) -> ObjectStore:
    store = open_store((tmp_path / "source").as_uri())
    (tmp_path / "given").write_bytes(DATA)
    store.put(NAME, tmp_path / "given")
    return store


def _spoil(tmp_path: Path, folder: str) -> None:
    (path,) = (each for each in (tmp_path / folder).rglob(NAME) if each.is_file())
    path.chmod(0o600)
    path.write_bytes(DATA[:-1] + b"?")


def test_it_arrives_as_it_was(source: ObjectStore, store: ObjectStore, tmp_path: Path) -> None:
    carry(NAME, source, store, tmp_path / "carrying")
    assert b"".join(store.read(NAME)) == DATA
    assert list((tmp_path / "carrying").iterdir()) == []


def test_what_does_not_match_its_name_never_arrives(
    source: ObjectStore, store: ObjectStore, tmp_path: Path
) -> None:
    _spoil(tmp_path, "source")
    with pytest.raises(ObjectDamaged):
        carry(NAME, source, store, tmp_path / "carrying")
    assert not store.exists(NAME)
    assert list((tmp_path / "carrying").iterdir()) == []


def test_what_is_not_there_cannot_be_carried(
    source: ObjectStore, store: ObjectStore, tmp_path: Path
) -> None:
    with pytest.raises(ObjectMissing):
        carry("0" * 64, source, store, tmp_path / "carrying")


def test_a_damaged_object_is_replaced_by_a_whole_one_and_not_the_other_way(
    source: ObjectStore, tmp_path: Path
) -> None:
    target = open_store((tmp_path / "target").as_uri())
    carry(NAME, source, target, tmp_path / "carrying")
    _spoil(tmp_path, "target")
    carry(NAME, source, target, tmp_path / "carrying", replacing=True)
    assert b"".join(target.read(NAME)) == DATA
    _spoil(tmp_path, "source")
    with pytest.raises(ObjectDamaged):
        carry(NAME, source, target, tmp_path / "carrying", replacing=True)
    assert b"".join(target.read(NAME)) == DATA
