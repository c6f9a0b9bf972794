"""What every object store keeps to; the same tests for a folder and for a real S3 server."""

import hashlib
import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from storage import BadName, ObjectMissing, ObjectStore

Spooled = Callable[[bytes], tuple[str, Path]]
ABSENT = hashlib.sha256(b"never stored").hexdigest()


@pytest.fixture
def spooled(tmp_path: Path) -> Spooled:
    def write(data: bytes) -> tuple[str, Path]:
        name = hashlib.sha256(data).hexdigest()
        path = tmp_path / f"{name}.spool"
        path.write_bytes(data)
        return name, path

    return write


def test_what_was_put_is_read_back_whole(store: ObjectStore, spooled: Spooled) -> None:
    data = os.urandom(700_000)
    name, path = spooled(data)
    store.put(name, path)
    assert b"".join(store.read(name)) == data
    assert store.size(name) == len(data)
    assert store.exists(name)


@pytest.mark.parametrize(("start", "stop"), [(0, 1), (5, 5), (10, 300_000), (299_999, None)])
def test_a_range_gives_exactly_its_bytes(
    store: ObjectStore, spooled: Spooled, start: int, stop: int | None
) -> None:
    data = os.urandom(300_000)
    name, path = spooled(data)
    store.put(name, path)
    assert b"".join(store.read(name, start, stop)) == data[start:stop]


def test_a_range_behind_the_end_is_empty(store: ObjectStore, spooled: Spooled) -> None:
    name, path = spooled(b"short")
    store.put(name, path)
    assert b"".join(store.read(name, 5, 50)) == b""
    assert b"".join(store.read(name, 3, 50)) == b"rt"


def test_an_object_of_many_parts_arrives_whole(store: ObjectStore, tmp_path: Path) -> None:
    path = tmp_path / "large"
    digest = hashlib.sha256()
    with path.open("wb") as file:
        for _ in range(40):
            piece = os.urandom(1 << 20)
            file.write(piece)
            digest.update(piece)
    name = digest.hexdigest()
    store.put(name, path)
    again = hashlib.sha256()
    for piece in store.read(name):
        again.update(piece)
    assert again.hexdigest() == name


def test_putting_the_same_name_again_changes_nothing(store: ObjectStore, spooled: Spooled) -> None:
    name, path = spooled(b"the same bytes")
    store.put(name, path)
    path.unlink(missing_ok=True)
    store.put(name, path)
    _, path = spooled(b"the same bytes")
    store.put(name, path)
    assert b"".join(store.read(name)) == b"the same bytes"
    assert len(list(store.names())) == 1


def test_putting_a_file_that_is_gone_is_told_as_missing(store: ObjectStore, tmp_path: Path) -> None:
    with pytest.raises(ObjectMissing):
        store.put(ABSENT, tmp_path / "gone")
    assert not store.exists(ABSENT)


def test_an_absent_object_is_told_as_missing(store: ObjectStore) -> None:
    assert not store.exists(ABSENT)
    with pytest.raises(ObjectMissing) as caught:
        store.size(ABSENT)
    assert not caught.value.retryable
    with pytest.raises(ObjectMissing):
        b"".join(store.read(ABSENT))


def test_a_deleted_object_is_gone_and_deleting_again_is_no_error(
    store: ObjectStore, spooled: Spooled
) -> None:
    name, path = spooled(b"to be destroyed")
    store.put(name, path)
    store.delete(name)
    assert not store.exists(name)
    assert list(store.names()) == []
    store.delete(name)


def test_the_listing_is_complete_and_ascending(store: ObjectStore, spooled: Spooled) -> None:
    sizes = {}
    for number in range(20):
        data = b"x" * number
        name, path = spooled(data)
        store.put(name, path)
        sizes[name] = number
    listed = list(store.names())
    assert [info.name for info in listed] == sorted(sizes)
    assert {info.name: info.size_bytes for info in listed} == sizes
    now = datetime.now(UTC)
    assert all(abs(now - info.modified_at) < timedelta(minutes=2) for info in listed)


def test_a_listing_can_begin_behind_a_name(store: ObjectStore, spooled: Spooled) -> None:
    names = []
    for number in range(20):
        name, path = spooled(b"y" * number)
        store.put(name, path)
        names.append(name)
    for after in ("", "7", "7fffffff", sorted(names)[9], "f" * 64):
        listed = [info.name for info in store.names(after=after)]
        assert listed == [name for name in sorted(names) if name > after]


def test_an_empty_store_lists_nothing(store: ObjectStore) -> None:
    assert list(store.names()) == []


@pytest.mark.parametrize(
    "name",
    ["", "..", "../../etc/passwd", ABSENT.upper(), ABSENT[:-1], ABSENT + "0", f"{ABSENT}\n"],
)
def test_a_name_that_is_no_digest_is_refused_by_every_verb(
    store: ObjectStore, tmp_path: Path, name: str
) -> None:
    path = tmp_path / "spool"
    path.write_bytes(b"bytes")
    with pytest.raises(BadName):
        store.put(name, path)
    with pytest.raises(BadName):
        b"".join(store.read(name))
    for verb in (store.size, store.exists, store.delete):
        with pytest.raises(BadName):
            verb(name)


def test_checking_a_store_that_works_leaves_nothing_behind(store: ObjectStore) -> None:
    store.check()
    store.check()
    assert list(store.names()) == []
    assert store.clean(0) == 0


def test_the_description_names_kind_and_lock_and_no_secret(store: ObjectStore) -> None:
    store.check()
    told = store.describe()
    assert told["kind"] in {"local", "s3"}
    assert told["object_lock"] is False
    secret = os.environ.get("AWS_SECRET_ACCESS_KEY", "unset")
    assert secret not in str(told)
