import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from storage import (
    KeyMissing,
    KeyRing,
    ObjectDamaged,
    ObjectMissing,
    ObjectStore,
    Received,
    SealDamaged,
    StorageError,
    TooLarge,
    Vault,
)

LIMIT = 1 << 30


def receive(vault: Vault, data: bytes, file_name: str | None = None) -> Received:
    pieces = [data[at : at + 70_000] for at in range(0, len(data), 70_000)]
    return vault.receive(pieces, limit_bytes=LIMIT, file_name=file_name)


def kept(vault: Vault, data: bytes) -> Received:
    received = receive(vault, data)
    vault.keep(received)
    return received


def spooled(vault: Vault) -> list[Path]:
    return list(vault.spool_dir.iterdir()) if vault.spool_dir.exists() else []


@pytest.mark.parametrize("size", [0, 1, 65_536, 65_537, 1_000_000])
def test_bytes_pass_through_any_store_and_come_back(
    store: ObjectStore, keyring: KeyRing, tmp_path: Path, size: int
) -> None:
    vault = Vault(store, keyring, tmp_path / "spool")
    data = os.urandom(size)
    received = kept(vault, data)
    assert b"".join(vault.read(received.name, received.wrapped_key)) == data
    assert received.sha256 == hashlib.sha256(data).hexdigest()
    assert received.size_bytes == size == vault.size(received.name)
    assert received.stored_bytes == store.size(received.name)
    assert hashlib.sha256(b"".join(store.read(received.name))).hexdigest() == received.name
    vault.check(received.name, received.wrapped_key, received.sha256)
    assert spooled(vault) == []


def test_the_same_bytes_twice_are_two_objects_under_two_keys(vault: Vault) -> None:
    one, other = kept(vault, b"letter"), kept(vault, b"letter")
    assert one.sha256 == other.sha256
    assert one.name != other.name
    with pytest.raises(ObjectDamaged):
        vault.read_bytes(one.name, other.wrapped_key, 100)


def test_what_was_received_is_described(vault: Vault) -> None:
    received = receive(vault, b"%PDF-1.7\n%\xe2\xe3\n1 0 obj", "letter.pdf")
    assert received.media_type == "application/pdf"
    assert not received.mismatch
    assert receive(vault, b"<!DOCTYPE html><html><body>", "letter.pdf").mismatch
    assert received.wrapped_key.hex() not in repr(received)
    assert repr(received.wrapped_key) not in repr(received)


def test_no_clear_byte_is_ever_on_the_disk(vault: Vault, tmp_path: Path) -> None:
    marker = b"the secret of the office "
    with vault.begin(limit_bytes=LIMIT, file_name="a.txt") as receiving:
        for _ in range(10_000):
            receiving.write(marker)
        assert all(marker not in path.read_bytes() for path in spooled(vault))
        vault.keep(receiving.finish())
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(files) == 2
    assert all(marker not in path.read_bytes() for path in files)


def test_one_byte_above_the_limit_is_refused_and_leaves_nothing(vault: Vault) -> None:
    assert vault.receive([b"x" * 10, b""], limit_bytes=10, file_name=None).size_bytes == 10
    before = spooled(vault)
    with pytest.raises(TooLarge) as caught:
        vault.receive([b"x" * 10, b"y"], limit_bytes=10, file_name=None)
    assert caught.value.limit_bytes == 10
    assert spooled(vault) == before


def test_the_limit_stops_an_endless_stream_at_once(vault: Vault) -> None:
    taken = 0

    def endless() -> Iterator[bytes]:
        nonlocal taken
        while True:
            taken += 1
            yield bytes(1000)

    with pytest.raises(TooLarge):
        vault.receive(endless(), limit_bytes=5_000, file_name=None)
    assert taken == 6


def test_a_stream_that_breaks_off_leaves_nothing(vault: Vault) -> None:
    def broken() -> Iterator[bytes]:
        yield bytes(200_000)
        raise ConnectionResetError("the browser went away")

    with pytest.raises(ConnectionResetError):
        vault.receive(broken(), limit_bytes=LIMIT, file_name=None)
    assert spooled(vault) == []


def test_pieces_of_an_upload_add_up(vault: Vault) -> None:
    receiving = vault.begin(limit_bytes=LIMIT, file_name=None)
    receiving.write(b"one ")
    receiving.write(b"two")
    assert receiving.size_bytes == 7
    received = receiving.finish()
    vault.keep(received)
    assert vault.read_bytes(received.name, received.wrapped_key, 7) == b"one two"


def test_an_ended_stream_takes_no_more(vault: Vault) -> None:
    receiving = vault.begin(limit_bytes=LIMIT, file_name=None)
    received = receiving.finish()
    receiving.abort()
    assert received.spool_path.exists()
    with pytest.raises(ValueError, match="ended"):
        receiving.write(b"more")
    with pytest.raises(ValueError, match="ended"):
        receiving.finish()


def test_an_aborted_stream_is_gone(vault: Vault) -> None:
    receiving = vault.begin(limit_bytes=LIMIT, file_name=None)
    receiving.write(bytes(300_000))
    receiving.abort()
    receiving.abort()
    assert spooled(vault) == []


def test_discarding_removes_the_spool_file_and_nothing_that_was_kept(vault: Vault) -> None:
    received = receive(vault, b"unwanted")
    vault.discard(received)
    assert spooled(vault) == []
    with pytest.raises(ObjectMissing):
        vault.keep(received)
    safe = kept(vault, b"wanted")
    vault.discard(safe)
    assert vault.read_bytes(safe.name, safe.wrapped_key, 10) == b"wanted"


def test_keeping_twice_is_keeping_once(vault: Vault) -> None:
    received = kept(vault, b"letter")
    vault.keep(received)
    assert len(list(vault.store.names())) == 1


def test_a_range_is_read_across_chunks(vault: Vault) -> None:
    data = os.urandom(300_000)
    received = kept(vault, data)
    for start, stop in [(0, 10), (65_530, 65_540), (131_072, 200_000), (299_990, 400_000)]:
        read = b"".join(vault.read(received.name, received.wrapped_key, start, stop))
        assert read == data[start:stop]


def test_reading_whole_into_memory_has_a_limit(vault: Vault) -> None:
    received = kept(vault, b"12345")
    assert vault.read_bytes(received.name, received.wrapped_key, 5) == b"12345"
    with pytest.raises(TooLarge):
        vault.read_bytes(received.name, received.wrapped_key, 4)


def test_a_missing_object_is_told(vault: Vault) -> None:
    received = kept(vault, b"letter")
    vault.store.delete(received.name)
    with pytest.raises(ObjectMissing):
        vault.read_bytes(received.name, received.wrapped_key, 10)
    with pytest.raises(ObjectMissing):
        vault.check(received.name, received.wrapped_key, received.sha256)
    with pytest.raises(ObjectMissing):
        vault.check_stored(received.name)


def path_of(vault: Vault, name: str) -> Path:
    root = Path(str(vault.store.describe()["path"]))
    path = root / name[:2] / name
    path.chmod(0o600)
    return path


def test_a_check_names_what_is_wrong(vault: Vault) -> None:
    received, other = kept(vault, b"letter"), kept(vault, b"other")
    name, key = received.name, received.wrapped_key
    with pytest.raises(ObjectDamaged, match="another SHA-256 than was recorded"):
        vault.check(name, key, other.sha256)
    with pytest.raises(ObjectDamaged, match="does not authenticate"):
        vault.check(name, other.wrapped_key, received.sha256)
    stored = bytearray(path_of(vault, name).read_bytes())
    stored[-1] ^= 1
    path_of(vault, name).write_bytes(stored)
    with pytest.raises(ObjectDamaged, match="do not match its name") as caught:
        vault.check(name, key, received.sha256)
    assert not caught.value.retryable
    with pytest.raises(ObjectDamaged, match="do not match its name"):
        vault.check_stored(name)


def test_another_object_of_the_same_key_under_a_name_is_noticed(
    vault: Vault, keyring: KeyRing
) -> None:
    received = kept(vault, b"letter")
    from storage.framing import Encryptor

    encryptor = Encryptor(keyring.unwrap(received.wrapped_key))
    chunks = [encryptor.header, *encryptor.update(b"letter"), encryptor.finish()]
    path_of(vault, received.name).write_bytes(b"".join(chunks))
    with pytest.raises(ObjectDamaged, match="do not match its name"):
        vault.check(received.name, received.wrapped_key, received.sha256)


@pytest.mark.parametrize("kept_bytes", [0, 10, 16, 40])
def test_an_object_cut_short_never_reads_as_a_whole_one(vault: Vault, kept_bytes: int) -> None:
    received = kept(vault, b"a letter of some length, long enough")
    path = path_of(vault, received.name)
    path.write_bytes(path.read_bytes()[:kept_bytes])
    with pytest.raises(ObjectDamaged):
        vault.read_bytes(received.name, received.wrapped_key, 100)
    with pytest.raises(ObjectDamaged):
        vault.keep(received)


def test_without_its_master_key_an_object_stays_shut_but_can_be_audited(
    vault: Vault, tmp_path: Path
) -> None:
    received = kept(vault, b"letter")
    stranger = KeyRing.open(tmp_path / "other.json", create=True)
    shut = Vault(vault.store, stranger, vault.spool_dir)
    with pytest.raises(KeyMissing):
        shut.read_bytes(received.name, received.wrapped_key, 10)
    with pytest.raises(KeyMissing):
        shut.check(received.name, received.wrapped_key, received.sha256)
    shut.check_stored(received.name)


def test_after_rotation_and_rewrapping_everything_still_opens(
    vault: Vault, keyring: KeyRing
) -> None:
    received = kept(vault, b"letter")
    sealed = vault.seal(received.wrapped_key, "text", b"words")
    keyring.rotate()
    rewrapped = keyring.rewrap(received.wrapped_key)
    vault.forget_keys()
    assert vault.read_bytes(received.name, rewrapped, 10) == b"letter"
    assert vault.unseal(rewrapped, "text", sealed) == b"words"


def test_sealed_content_opens_only_under_its_key_and_label(vault: Vault) -> None:
    one, other = receive(vault, b"one"), receive(vault, b"other")
    text = "正文".encode()
    sealed = vault.seal(one.wrapped_key, "text", text)
    assert text not in sealed
    assert len(sealed) == len(text) + 29
    assert sealed != vault.seal(one.wrapped_key, "text", text)
    assert vault.unseal(one.wrapped_key, "text", sealed) == text
    for key, label in [(one.wrapped_key, "page 1"), (other.wrapped_key, "text")]:
        with pytest.raises(SealDamaged):
            vault.unseal(key, label, sealed)
    for place in range(len(sealed)):
        changed = bytearray(sealed)
        changed[place] ^= 1
        with pytest.raises(SealDamaged):
            vault.unseal(one.wrapped_key, "text", bytes(changed))
    with pytest.raises(SealDamaged):
        vault.unseal(one.wrapped_key, "text", b"")


def test_only_old_files_of_the_spool_are_cleaned(vault: Vault) -> None:
    old, fresh = receive(vault, b"old"), receive(vault, b"fresh")
    os.utime(old.spool_path, (1_000_000, 1_000_000))
    assert vault.clean_spool(3600) == 1
    assert spooled(vault) == [fresh.spool_path]
    assert vault.clean_spool(0) == 1
    assert vault.clean_spool(0) == 0


def test_every_failure_says_whether_to_try_again() -> None:
    def all_below(root: type[StorageError]) -> set[type[StorageError]]:
        return {root}.union(*(all_below(child) for child in root.__subclasses__()))

    kinds = all_below(StorageError)
    assert len({kind.code for kind in kinds}) == len(kinds)
    assert {kind.__name__ for kind in kinds if kind.retryable} == {"StoreUnavailable"}
