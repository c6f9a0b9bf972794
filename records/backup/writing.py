"""Backing up: the tables of one moment and every original they name, while the service runs.

Order against loss: blocks and originals first, each read back, the snapshot last. A run that is
killed leaves objects that the next one uses or collects, and never a snapshot that lacks something.
"""

import hashlib
import hmac
from collections.abc import Callable, Iterator
from datetime import UTC
from pathlib import Path

from sqlalchemy import Table, select

from records.audit.checkpoints import issue_checkpoint, log_origin
from records.audit.proofs import integrate
from records.backup.blocks import Row, blocks, packed
from records.backup.snapshots import (
    Block,
    Snapshot,
    TableBlocks,
    drop_snapshots,
    read_snapshot,
    snapshot_names,
    write_snapshot,
)
from records.core.database import UnitOfWork
from records.core.log import log_size
from records.core.schema import current_revision
from records.documents.models import StoredObject
from records.office import Office
from records.tables import metadata
from storage import ObjectDamaged, ObjectMissing, Vault, carry, open_store

# Caches, what is on its way in and lies in the spool, sessions, which end with their machine, and
# how far a mirror has come that another machine may not have.
LEFT_OUT = frozenset(
    {"mirror_state", "object_intent", "preview", "upload", "upload_part", "user_session"}
)
_FETCH = 500

Progress = Callable[[int], None]


def back_up(
    office: Office, folder: Path, *, keep: int | None = None, progress: Progress = lambda _: None
) -> Snapshot:
    """Write a snapshot into a back-up folder and return it.

    Args:
        keep: Snapshots that stay, the newest ones; all unless given.
        progress: Told how many more objects are in the back-up.

    Raises:
        StorageError: The folder or the store cannot be used.
    """
    target = _target(office, folder)
    checkpoint = _checkpoint(office)
    with office.database.reading() as uow:
        size = log_size(uow.session)
        known = _known_blocks(folder)
        tables = [
            _write_table(office, uow, target, table, known, progress)
            for table in metadata.sorted_tables
            if table.name not in LEFT_OUT
        ]
        names = list(uow.session.scalars(select(StoredObject.name).order_by(StoredObject.name)))
        made_at = uow.now.astimezone(UTC)
    missing = [name for name in names if not _copy(office, target, name, progress)]
    snapshot = Snapshot(
        f"{made_at:%Y%m%dT%H%M%SZ}-{size}",
        made_at.isoformat(),
        current_revision(office.database) or "",
        size,
        checkpoint,
        tables,
        len(names),
        missing,
    )
    write_snapshot(folder, snapshot)
    if keep is not None:
        drop_snapshots(folder, snapshot_names(folder)[:-keep])
        collect(office, folder)
    with office.database.writing() as uow:
        uow.record(
            "office.backed_up",
            actor_id=None,
            objects=[],
            payload={"snapshot": snapshot.name, "originals": len(names), "missing": missing},
        )
    return snapshot


def collect(office: Office, folder: Path) -> int:
    """Remove objects that no snapshot of a back-up names; return how many."""
    target = _target(office, folder)
    needed: set[str] = set()
    for name in snapshot_names(folder):
        snapshot = read_snapshot(folder, name)
        needed.update(block.name for each in snapshot.tables for block in each.blocks)
        needed.update(originals_of(snapshot, target))
    left = [each.name for each in target.store.names() if each.name not in needed]
    for name in left:
        target.store.delete(name)
    return len(left)


def originals_of(snapshot: Snapshot, target: Vault) -> Iterator[str]:
    """Yield the names of the originals that a snapshot needs."""
    from records.backup.blocks import rows_of

    for each in snapshot.tables:
        if each.table == StoredObject.__tablename__:
            at = each.columns.index("name")
            for block in each.blocks:
                content = b"".join(target.read(block.name, block.wrapped_key))
                yield from (row[at] for row in rows_of(content))


def _target(office: Office, folder: Path) -> Vault:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    store = open_store(f"file://{folder.absolute() / 'objects'}")
    return Vault(store, office.vault.keyring, folder / "incoming")


def _checkpoint(office: Office) -> str | None:
    integrate(office.database)
    with office.database.writing() as uow:
        if log_size(uow.session) == 0:
            return None
        origin = log_origin(office.config.public_url)
        return issue_checkpoint(uow, office.vault, origin=origin).note


def _known_blocks(folder: Path) -> dict[str, Block]:
    names = snapshot_names(folder)
    if not names:
        return {}
    newest = read_snapshot(folder, names[-1])
    return {block.digest: block for each in newest.tables for block in each.blocks}


def _write_table(
    office: Office,
    uow: UnitOfWork,
    target: Vault,
    table: Table,
    known: dict[str, Block],
    progress: Progress,
) -> TableBlocks:
    key = list(table.primary_key.columns)
    columns = [*key, *(each for each in table.c if each not in set(key))]
    query = select(*columns).order_by(*key).execution_options(yield_per=_FETCH)
    rows: Iterator[Row] = (list(row) for row in uow.session.execute(query))
    written = [
        _write_block(office, target, table.name, block, count, known, progress)
        for block, count in blocks(rows, len(key))
    ]
    return TableBlocks(table.name, [each.name for each in columns], written)


def _write_block(
    office: Office,
    target: Vault,
    table: str,
    block: bytes,
    rows: int,
    known: dict[str, Block],
    progress: Progress,
) -> Block:
    keyring = office.vault.keyring
    # Keyed, so that nobody can tell from the folder whether a block says what they guess.
    secret = keyring.derive("back-up blocks")
    digest = hmac.new(secret, f"{table}\n".encode() + block, hashlib.sha256).hexdigest()
    same = known.get(digest)
    if same is not None and target.store.exists(same.name):
        # A rotation since must not leave the block to a key that may be forgotten.
        return Block(digest, same.name, keyring.rewrap(same.wrapped_key), rows)
    content = packed(block)
    received = target.receive([content], limit_bytes=len(content), file_name=None)
    target.keep(received)
    target.check(received.name, received.wrapped_key, received.sha256)
    progress(1)
    return Block(digest, received.name, received.wrapped_key, rows)


def _copy(office: Office, target: Vault, name: str, progress: Progress) -> bool:
    """Copy an original that the back-up lacks and read it back; False when it cannot be had."""
    if target.store.exists(name):
        return True
    try:
        carry(name, office.vault.store, target.store, target.spool_dir)
        target.check_stored(name)
    except ObjectMissing:
        return False
    except ObjectDamaged:
        # What does not match its name would never be looked at again.
        target.store.delete(name)
        return False
    progress(1)
    return True
