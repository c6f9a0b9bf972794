"""Checkpoints: roots of the log, signed with its own key and given out.

The key is made at first use; its name, the origin, stays what it was then. A checkpoint is signed
only when the log still has the root that the newest kept one told, so whatever was given out agrees
with whatever will be.
"""

import json
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import select

from records.audit.notes import (
    NoteKey,
    checkpoint_text,
    consistency_text,
    dated_line,
    encoded,
    proof_text,
    signed_note,
)
from records.audit.proofs import LogTree
from records.core.database import UnitOfWork, insert_into
from records.core.errors import NotFound, Unavailable
from records.core.log import Checkpoint, LogEntry, LogKey, leaf_of, log_size, timestamp
from records.core.merkle import leaf_hash, root_from_path
from records.people.passkeys import RelyingParty
from storage import Vault

SEAL = "log key"
KEY_BYTES = 32


def log_origin(public_url: str) -> str:
    """Return the name of the log of a service that people reach under this address."""
    return f"{RelyingParty.of(public_url).id}/log"


def log_key(uow: UnitOfWork) -> NoteKey | None:
    """Return the public key of the log; None when nothing was signed yet."""
    kept = uow.session.get(LogKey, 1)
    return NoteKey(kept.origin, kept.public_key) if kept else None


def ensure_log_key(uow: UnitOfWork, vault: Vault, *, origin: str) -> NoteKey:
    """Return the public key of the log, which is made when there is none."""
    known = log_key(uow)
    if known is not None:
        return known
    private = Ed25519PrivateKey.generate()
    _, wrapped = vault.keyring.new_data_key()
    # Beside the key lies sealed what its row tells, so that nobody can tell otherwise.
    told = f"{origin} {timestamp(uow.now)}".encode()
    # Another process may be making one at this moment; the first stays.
    uow.session.execute(
        insert_into(uow.session, LogKey)
        .values(
            id=1,
            origin=origin,
            public_key=private.public_key().public_bytes_raw(),
            wrapped_key=wrapped,
            sealed=vault.seal(wrapped, SEAL, private.private_bytes_raw() + told),
            created_at=uow.now,
        )
        .on_conflict_do_nothing()
    )
    made = log_key(uow)
    assert made is not None
    return made


def open_log_key(uow: UnitOfWork, vault: Vault) -> Ed25519PrivateKey:
    """Return the private key of the log, which there must be.

    Raises:
        StorageError: It is not what was sealed.
    """
    return Ed25519PrivateKey.from_private_bytes(_unsealed(uow, vault)[:KEY_BYTES])


def told_of_log_key(uow: UnitOfWork, vault: Vault) -> str:
    """Return origin and time as they were sealed with the key; empty for keys of former versions.

    Raises:
        StorageError: They are not what was sealed.
    """
    return _unsealed(uow, vault)[KEY_BYTES:].decode()


def _unsealed(uow: UnitOfWork, vault: Vault) -> bytes:
    kept = uow.session.get_one(LogKey, 1)
    return vault.unseal(kept.wrapped_key, SEAL, kept.sealed)


def issue_checkpoint(uow: UnitOfWork, vault: Vault, *, origin: str) -> Checkpoint:
    """Return a checkpoint of the log as it is now; the same size always gives the same note.

    Raises:
        Unavailable: The log does not continue what an earlier checkpoint told.
    """
    kept = uow.session.get(Checkpoint, log_size(uow.session))
    if kept is not None:
        return kept
    # The newest one first, the size of the log after it: another process may go on meanwhile.
    newest = newest_checkpoint(uow)
    tree = LogTree(uow)
    _demand_continuity(tree, newest)
    signed = _sign(uow, vault, tree, origin)
    tree.keep(uow)
    return signed


def checkpoint_of(uow: UnitOfWork, vault: Vault, *, size: int, origin: str) -> Checkpoint:
    """Return a checkpoint over the first entries, which may have been passed long ago.

    Raises:
        Unavailable: The log does not continue what it signed, or has not so many entries.
    """
    kept = uow.session.get(Checkpoint, size)
    if kept is not None:
        return kept
    _demand_continuity(LogTree(uow), newest_checkpoint(uow))
    return _sign(uow, vault, LogTree(uow, size), origin)


def _sign(uow: UnitOfWork, vault: Vault, tree: LogTree, origin: str) -> Checkpoint:
    key = ensure_log_key(uow, vault, origin=origin)
    private, signed_at = open_log_key(uow, vault), uow.now.replace(microsecond=0)
    note = signed_note(checkpoint_text(key.name, tree.size, tree.root()), key, private)
    values = {
        "size": tree.size,
        "root": tree.root(),
        "note": note,
        "signed_at": signed_at,
        "dated": dated_line(note, key, private, signed_at),
    }
    uow.session.execute(
        insert_into(uow.session, Checkpoint).values(**values).on_conflict_do_nothing()
    )
    return uow.session.get_one(Checkpoint, tree.size)


def newest_checkpoint(uow: UnitOfWork) -> Checkpoint | None:
    """Return the kept checkpoint over the most entries; None when nothing was signed yet."""
    return uow.session.scalar(select(Checkpoint).order_by(Checkpoint.size.desc()).limit(1))


def due_checkpoint(uow: UnitOfWork) -> bool:
    """Tell whether a minute has ended in which the log grew and nothing was signed since."""
    newest = newest_checkpoint(uow)
    if newest is None:
        return log_size(uow.session) > 0
    # A clock that was set back must not hold up what others wait for.
    this_minute = uow.now.replace(second=0, microsecond=0)
    has_ended = newest.signed_at < this_minute or newest.signed_at > uow.now
    return has_ended and log_size(uow.session) > newest.size


def checkpoint_over(uow: UnitOfWork, vault: Vault, *, sequence: int, origin: str) -> Checkpoint:
    """Return the first kept checkpoint over an entry, so that a proof of it stays the same.

    Where none is kept yet, one is issued: then the unit must be a writing one.

    Raises:
        NotFound: There is no such entry.
    """
    query = select(Checkpoint).where(Checkpoint.size > sequence).order_by(Checkpoint.size).limit(1)
    found = uow.session.scalar(query)
    if found is not None:
        return found
    if not 0 <= sequence < log_size(uow.session):
        raise NotFound("The log has no such entry.")
    return issue_checkpoint(uow, vault, origin=origin)


@dataclass(frozen=True)
class EntryProof:
    """The proof that an entry stands in the log, under a signed checkpoint."""

    leaf: bytes
    sequence: int
    path: tuple[bytes, ...]
    checkpoint: Checkpoint

    def text(self) -> str:
        """Return the proof as other programs read it (C2SP tlog-proof)."""
        return proof_text(self.leaf, self.sequence, self.path, self.checkpoint.note)

    def as_json(self) -> dict[str, Any]:
        """Return the proof as `chancery log prove --json` prints it."""
        return {
            "sequence": self.sequence,
            "leaf": json.loads(self.leaf),
            "leaf_hash": encoded(leaf_hash(self.leaf)),
            "size": self.checkpoint.size,
            "root": encoded(self.checkpoint.root),
            "path": [encoded(each) for each in self.path],
            "checkpoint": self.checkpoint.note,
            "proof": self.text(),
        }


def prove_entry(uow: UnitOfWork, vault: Vault, *, sequence: int, origin: str) -> EntryProof:
    """Return the proof of an entry; the unit must be a writing one, as in `checkpoint_over`.

    Raises:
        NotFound: There is no such entry.
        Unavailable: The entry is not what it was when the checkpoint was signed.
    """
    checkpoint = checkpoint_over(uow, vault, sequence=sequence, origin=origin)
    leaf = leaf_of(uow.session.get_one(LogEntry, sequence)).canonical()
    path = LogTree(uow, checkpoint.size).path(sequence)
    if root_from_path(leaf_hash(leaf), sequence, checkpoint.size, path) != checkpoint.root:
        raise Unavailable("The log does not continue what it signed. Run chancery log verify.")
    return EntryProof(leaf, sequence, tuple(path), checkpoint)


def prove_growth(uow: UnitOfWork, *, old_size: int, checkpoint: Checkpoint) -> str:
    """Return the proof that a checkpoint continues the log of `old_size` entries; 0 needs none.

    Raises:
        NotFound: The log was never so small, or the checkpoint is older.
    """
    if not 0 <= old_size <= checkpoint.size:
        raise NotFound("The log of this checkpoint is smaller.")
    proof = LogTree(uow, checkpoint.size).proof(old_size) if old_size else []
    return consistency_text(old_size, proof, checkpoint.note)


def _demand_continuity(tree: LogTree, newest: Checkpoint | None) -> None:
    if newest and (newest.size > tree.size or tree.root(newest.size) != newest.root):
        raise Unavailable("The log does not continue what it signed. Run chancery log verify.")
