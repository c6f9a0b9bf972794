"""Proofs of the log from kept subtrees, and the checkpoints that they lead to."""

import base64
import threading
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from sqlalchemy import delete, func, insert, select, text, update

from records.audit.checkpoints import (
    checkpoint_over,
    ensure_log_key,
    issue_checkpoint,
    log_key,
    log_origin,
)
from records.audit.notes import NoteKey, proof_text, signed_note
from records.audit.proofs import STEP, TILE, LogTree, integrate
from records.audit.verify_log import Untrue, open_checkpoint, verify
from records.core.errors import NotFound, Unavailable
from records.core.log import (
    Checkpoint,
    LogEntry,
    LogHead,
    LogKey,
    LogNode,
    leaf_of,
    log_size,
    timestamp,
)
from records.core.merkle import inclusion_path, is_consistent, leaf_hash, root, root_from_path
from records.office import Office
from tests.offices import reopened

ORIGIN = "office.example/log"
NOON = datetime(2026, 3, 2, 4, tzinfo=UTC)


def grow(office: Office, count: int) -> None:
    """Put entries into the log that tell nothing, faster than a unit of work would."""
    with office.database.writing() as uow:
        size = log_size(uow.session)
        rows: list[dict[str, Any]] = [
            {
                "sequence": sequence,
                "occurred_at": NOON,
                "actor_id": None,
                "kind": "test.happened",
                "objects": [],
                "commitment": bytes(32),
                "leaf_hash": leaf_hash(str(sequence).encode()),
            }
            for sequence in range(size, size + count)
        ]
        uow.session.execute(insert(LogEntry), rows)
        uow.session.execute(update(LogHead).values(size=size + count))


def hashes(office: Office) -> Sequence[bytes]:
    with office.database.reading() as uow:
        return uow.session.scalars(select(LogEntry.leaf_hash).order_by(LogEntry.sequence)).all()


def nodes(office: Office) -> int:
    with office.database.reading() as uow:
        return uow.session.scalar(select(func.count()).select_from(LogNode)) or 0


# Proofs ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kept", [False, True], ids=["nothing kept", "all kept"])
def test_roots_and_paths_are_those_of_the_whole_tree(any_office: Office, kept: bool) -> None:
    grow(any_office, 3 * TILE + 77)
    if kept:
        assert integrate(any_office.database) >= 3
    leaves = hashes(any_office)
    sizes = {1, 2, TILE - 1, TILE, TILE + 1, 2 * TILE, 3 * TILE + 5, len(leaves)}
    with any_office.database.reading() as uow:
        for size in sizes:
            tree = LogTree(uow, size)
            assert tree.root() == root(leaves[:size])
            for sequence in {0, 1, TILE - 1, TILE, size // 2, size - 1}:
                if sequence < size:
                    path = tree.path(sequence)
                    assert path == inclusion_path(leaves[:size], sequence)
                    assert root_from_path(leaves[sequence], sequence, size, path) == tree.root()
            for old in {1, size // 2 or 1, size - 1 or 1, size}:
                proof = tree.proof(old)
                assert is_consistent(old, tree.root(old), size, tree.root(), proof)


def test_what_was_kept_is_made_once_and_only_where_it_is_complete(office: Office) -> None:
    grow(office, 2 * TILE)
    made = integrate(office.database)
    assert made == nodes(office) == 2
    assert integrate(office.database) == 0
    grow(office, TILE)
    assert integrate(office.database) == 1


def test_a_large_log_gives_a_proof_from_few_rows(office: Office) -> None:
    grow(office, STEP + 2 * TILE + 5)
    integrate(office.database)
    with office.database.reading() as uow:
        levels = uow.session.execute(select(LogNode.level, func.count()).group_by(LogNode.level))
        assert sorted(tuple(row) for row in levels) == [(1, TILE + 2), (2, 1)]
        tree = LogTree(uow)
        for sequence in (0, 70, STEP - 1, STEP, tree.size - 1):
            once = LogTree(uow)
            path, whole = once.path(sequence), once.root()
            leaf = uow.session.get_one(LogEntry, sequence).leaf_hash
            assert root_from_path(leaf, sequence, once.size, path) == whole == tree.root()
            assert once.rows <= 2 * 3 * TILE


def test_two_that_integrate_at_once_get_the_same(any_office: Office) -> None:
    grow(any_office, 4 * TILE)
    offices = [reopened(any_office) for _ in range(3)]
    threads = [threading.Thread(target=integrate, args=(each.database,)) for each in offices]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for each in offices:
        each.close()
    assert nodes(any_office) == 4


def test_an_entry_that_is_not_there_has_no_proof(office: Office) -> None:
    with office.database.reading() as uow:
        tree = LogTree(uow)
        for sequence in (-1, tree.size):
            with pytest.raises(NotFound):
                tree.path(sequence)
        with pytest.raises(Unavailable):
            LogTree(uow, tree.size + 1)


# Notes and keys ----------------------------------------------------------------------------------


def test_a_note_is_the_one_that_other_programs_write() -> None:
    # The example of golang.org/x/mod/sumdb/note.
    seed = base64.b64decode("AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz")[1:]
    private = Ed25519PrivateKey.from_private_bytes(seed)
    key = NoteKey("PeterNeumann", private.public_key().public_bytes_raw())
    assert key.text() == "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
    words = (
        "If you think cryptography is the answer to your problem,\n"
        "then you don't know what your problem is.\n"
    )
    assert signed_note(words, key, private) == (
        f"{words}\n— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSN"
        "XgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
    )


@pytest.mark.parametrize(
    ("address", "origin"),
    [
        ("https://office.example", "office.example/log"),
        ("http://localhost:8080", "localhost/log"),
        ("https://Bücher.example:8443/x", "xn--bcher-kva.example/log"),
    ],
)
def test_the_log_is_named_after_the_address_of_the_service(address: str, origin: str) -> None:
    assert log_origin(address) == origin


def test_the_key_of_the_log_is_made_once_and_sealed(any_office: Office) -> None:
    with any_office.database.reading() as uow:
        assert log_key(uow) is None
    with any_office.database.writing() as uow:
        made = ensure_log_key(uow, any_office.vault, origin=ORIGIN)
    with any_office.database.writing() as uow:
        assert ensure_log_key(uow, any_office.vault, origin="other/log") == made
        row = uow.session.get_one(LogKey, 1)
        sealed = any_office.vault.unseal(row.wrapped_key, "log key", row.sealed)
        private, told = sealed[:32], sealed[32:].decode()
        assert told == f"{ORIGIN} {timestamp(row.created_at)}"
        assert private not in row.sealed + row.wrapped_key
        public = Ed25519PrivateKey.from_private_bytes(private).public_key()
        assert public.public_bytes_raw() == row.public_key == made.key


# Checkpoints -------------------------------------------------------------------------------------


def test_a_checkpoint_tells_the_root_and_stays_the_same(any_office: Office) -> None:
    grow(any_office, TILE)
    with any_office.database.writing() as uow:
        first = issue_checkpoint(uow, any_office.vault, origin=ORIGIN)
    with any_office.database.writing() as uow:
        again = issue_checkpoint(uow, any_office.vault, origin=ORIGIN)
        assert again.note == first.note
        key = log_key(uow)
        assert key is not None
        assert open_checkpoint(first.note, key.text()) == (first.size, first.root)
        assert first.root == root(hashes(any_office))
        assert first.note.startswith(f"{ORIGIN}\n{first.size}\n")
    assert nodes(any_office) >= 1
    grow(any_office, 3)
    with any_office.database.writing() as uow:
        later = issue_checkpoint(uow, any_office.vault, origin="ignored/log")
        assert later.size == first.size + 3
        assert later.note.startswith(f"{ORIGIN}\n")
        assert uow.session.scalar(select(func.count()).select_from(Checkpoint)) == 2


def test_a_proof_takes_the_first_checkpoint_that_covers_its_entry(office: Office) -> None:
    with office.database.writing() as uow:
        first = issue_checkpoint(uow, office.vault, origin=ORIGIN)
    grow(office, 5)
    with office.database.writing() as uow:
        second = issue_checkpoint(uow, office.vault, origin=ORIGIN)
    with office.database.reading() as uow:
        for sequence, size in ((0, first.size), (first.size, second.size)):
            found = checkpoint_over(uow, office.vault, sequence=sequence, origin=ORIGIN)
            assert found.size == size
        with pytest.raises(NotFound):
            checkpoint_over(uow, office.vault, sequence=second.size, origin=ORIGIN)


def test_a_log_that_was_changed_gets_no_further_checkpoint(office: Office) -> None:
    with office.database.writing() as uow:
        first = issue_checkpoint(uow, office.vault, origin=ORIGIN)
    with office.database.engine.connect() as connection:
        connection.exec_driver_sql("DROP TRIGGER log_entry_no_update")
        connection.execute(text("UPDATE log_entry SET leaf_hash = zeroblob(32) WHERE sequence = 3"))
        connection.commit()
    grow(office, 2)
    with (
        pytest.raises(Unavailable, match="does not continue"),
        office.database.writing() as uow,
    ):
        issue_checkpoint(uow, office.vault, origin=ORIGIN)
    with office.database.reading() as uow:
        assert uow.session.scalars(select(Checkpoint.size)).all() == [first.size]


def test_a_log_that_was_cut_gets_no_further_checkpoint(office: Office) -> None:
    grow(office, 4)
    with office.database.writing() as uow:
        issue_checkpoint(uow, office.vault, origin=ORIGIN)
    with office.database.writing() as uow:
        uow.session.execute(update(LogHead).values(size=LogHead.size - 1))
    with (
        pytest.raises(Unavailable, match="does not continue"),
        office.database.writing() as uow,
    ):
        issue_checkpoint(uow, office.vault, origin=ORIGIN)


def test_a_kept_node_that_is_wrong_leads_to_no_second_truth(office: Office) -> None:
    grow(office, TILE)
    with office.database.writing() as uow:
        issue_checkpoint(uow, office.vault, origin=ORIGIN)
    grow(office, 1)
    with office.database.writing() as uow:
        uow.session.execute(update(LogNode).values(root=bytes(32)))
    with (
        pytest.raises(Unavailable, match="does not continue"),
        office.database.writing() as uow,
    ):
        issue_checkpoint(uow, office.vault, origin=ORIGIN)
    with office.database.writing() as uow:
        uow.session.execute(delete(LogNode))
    with office.database.writing() as uow:
        assert issue_checkpoint(uow, office.vault, origin=ORIGIN).root == root(hashes(office))


def test_a_proof_as_text_is_checked_by_a_stranger(office: Office) -> None:
    with office.database.writing() as uow:
        checkpoint = issue_checkpoint(uow, office.vault, origin=ORIGIN)
        key = log_key(uow)
        assert key is not None
        entry = uow.session.get_one(LogEntry, 9)
        path = LogTree(uow, checkpoint.size).path(9)
    leaf = leaf_of(entry).canonical()
    proof = proof_text(leaf, 9, path, checkpoint.note)
    assert verify(proof.encode(), key.text()) == f"Entry 9 of {checkpoint.size} is {leaf.decode()}"
    assert f"has {checkpoint.size} entries" in verify(checkpoint.note.encode(), key.text())
    for wrong in (
        proof.replace("index 9", "index 8"),
        proof_text(leaf, 9, [*path[:-1], bytes(32)], checkpoint.note),
        proof_text(leaf + b" ", 9, path, checkpoint.note),
        proof_text(leaf, 9, path, checkpoint.note.replace("\n\n", "\nmore\n\n")),
    ):
        with pytest.raises((Untrue, ValueError)):
            verify(wrong.encode(), key.text())
    other = NoteKey(ORIGIN, Ed25519PrivateKey.generate().public_key().public_bytes_raw())
    with pytest.raises(Untrue, match="another key"):
        verify(proof.encode(), other.text())


def test_the_signature_is_over_the_text_alone(office: Office) -> None:
    with office.database.writing() as uow:
        note = issue_checkpoint(uow, office.vault, origin=ORIGIN).note
        key = log_key(uow)
    assert key is not None
    words, _, line = note.partition("\n\n")
    signature = base64.b64decode(line.split(" ")[2])
    public = Ed25519PublicKey.from_public_bytes(key.key)
    public.verify(signature[4:], f"{words}\n".encode())
    with pytest.raises(InvalidSignature):
        public.verify(signature[4:], words.encode())
