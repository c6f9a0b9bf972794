import base64
import json
import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from storage import KeyDamaged, KeyMissing, KeyRing, StoreUnavailable


def test_a_new_key_file_belongs_to_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "new" / "master.json"
    KeyRing.open(path, create=True)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [entry.name for entry in path.parent.iterdir()] == ["master.json"]


def test_opening_again_gives_the_same_keys(tmp_path: Path) -> None:
    path = tmp_path / "master.json"
    first, second = KeyRing.open(path, create=True), KeyRing.open(path, create=True)
    data_key, wrapped = first.new_data_key()
    assert second.unwrap(wrapped) == data_key
    assert second.derive("sessions") == first.derive("sessions")


def test_many_that_create_at_once_share_one_key(tmp_path: Path) -> None:
    path = tmp_path / "master.json"
    with ThreadPoolExecutor(8) as pool:
        rings = list(pool.map(lambda _: KeyRing.open(path, create=True), range(8)))
    assert len({ring.derive("x") for ring in rings}) == 1


def test_without_a_key_file_nothing_opens(tmp_path: Path) -> None:
    with pytest.raises(KeyMissing):
        KeyRing.open(tmp_path / "master.json")
    assert list(tmp_path.iterdir()) == []


def test_a_key_file_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(StoreUnavailable):
        KeyRing.open(tmp_path / "file" / "master.json", create=True)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": "chancery keys 1"}', '"key"'])
def test_a_file_that_is_no_key_file_is_refused_and_kept(tmp_path: Path, text: str) -> None:
    path = tmp_path / "master.json"
    path.write_text(text)
    with pytest.raises(KeyDamaged):
        KeyRing.open(path, create=True)
    assert path.read_text() == text


@pytest.mark.parametrize("field", ["format", "root", "current", "keys"])
def test_a_key_file_that_lacks_a_part_is_refused(tmp_path: Path, field: str) -> None:
    path = tmp_path / "master.json"
    KeyRing.open(path, create=True)
    content = json.loads(path.read_text())
    content[field] = [] if field == "keys" else "AAAA"
    path.write_text(json.dumps(content))
    with pytest.raises(KeyDamaged):
        KeyRing.open(path)


def test_data_keys_are_fresh_and_unwrap_to_themselves(keyring: KeyRing) -> None:
    made = [keyring.new_data_key() for _ in range(20)]
    assert len({data_key for data_key, _ in made}) == 20
    assert all(len(data_key) == 32 and len(wrapped) == 69 for data_key, wrapped in made)
    assert all(keyring.unwrap(wrapped) == data_key for data_key, wrapped in made)


def test_a_changed_wrapped_key_is_noticed_wherever_it_changed(keyring: KeyRing) -> None:
    _, wrapped = keyring.new_data_key()
    for place in range(len(wrapped)):
        changed = bytearray(wrapped)
        changed[place] ^= 1
        with pytest.raises((KeyDamaged, KeyMissing)):
            keyring.unwrap(bytes(changed))
    for short in (b"", wrapped[:10], wrapped[:-1]):
        with pytest.raises(KeyDamaged):
            keyring.unwrap(short)


def test_after_rotation_old_keys_open_and_are_rewrapped_under_the_new_one(
    keyring: KeyRing,
) -> None:
    data_key, old = keyring.new_data_key()
    purpose, before = keyring.derive("duplicates"), keyring.current_id
    keyring.rotate()
    assert keyring.current_id != before
    assert list(keyring.ids()) == [before, keyring.current_id]
    assert keyring.unwrap(old) == data_key
    assert not keyring.is_current(old)
    new = keyring.rewrap(old)
    assert keyring.is_current(new)
    assert keyring.unwrap(new) == data_key
    assert keyring.rewrap(new) == new
    assert keyring.derive("duplicates") == purpose
    assert stat.S_IMODE(keyring.path.stat().st_mode) == 0o600
    assert len(list(keyring.path.parent.iterdir())) == 1


def test_another_process_learns_of_a_rotation_when_it_meets_the_key(keyring: KeyRing) -> None:
    other = KeyRing.open(keyring.path)
    keyring.rotate()
    data_key, wrapped = keyring.new_data_key()
    assert other.unwrap(wrapped) == data_key
    assert other.current_id == keyring.current_id


def test_two_rotations_at_once_lose_no_key(keyring: KeyRing) -> None:
    rings = [KeyRing.open(keyring.path) for _ in range(6)]
    with ThreadPoolExecutor(6) as pool:
        added = list(pool.map(lambda ring: ring.rotate(), rings))
    assert set(added) < set(KeyRing.open(keyring.path).ids())


def test_a_key_of_another_installation_is_told_as_missing(keyring: KeyRing, tmp_path: Path) -> None:
    stranger = KeyRing.open(tmp_path / "other.json", create=True)
    _, wrapped = stranger.new_data_key()
    with pytest.raises(KeyMissing) as caught:
        keyring.unwrap(wrapped)
    assert stranger.current_id in str(caught.value)


def test_derived_keys_differ_by_purpose_and_from_the_secrets_in_the_file(keyring: KeyRing) -> None:
    one, other = keyring.derive("receipts"), keyring.derive("sessions")
    assert len(one) == len(other) == 32
    assert one != other
    assert one == keyring.derive("receipts")


def test_the_printed_form_shows_no_secret(keyring: KeyRing) -> None:
    content = json.loads(keyring.path.read_text())
    encoded = [content["root"], *(key["key"] for key in content["keys"])]
    secrets = [base64.b64decode(secret) for secret in encoded]
    shown = repr(keyring) + str(keyring) + repr(vars(keyring))
    for form in (*encoded, *(repr(secret)[2:-1] for secret in secrets), *map(bytes.hex, secrets)):
        assert form not in shown
    assert os.fspath(keyring.path) in shown
