"""Restoring on an empty machine: the originals, then every table in one transaction, then a check.

A restore that is killed has changed nothing but the schema of an empty database and some objects
that it finds there when it is run again.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Boolean,
    Column,
    Date,
    Float,
    LargeBinary,
    MetaData,
    Table,
    Text,
    and_,
    func,
    inspect,
    select,
    update,
)
from sqlalchemy.types import BigInteger, TypeEngine

from records.audit.given import Judged, Verdict, judge
from records.backup.blocks import Row, rows_of
from records.backup.snapshots import Snapshot, TableBlocks, read_snapshot
from records.backup.writing import originals_of
from records.core.base import Identifier, Instant, Json
from records.core.config import Config
from records.core.database import Database, UnitOfWork
from records.core.errors import Conflict
from records.core.schema import upgrade_schema
from records.office import open_office
from records.people.models import Unit
from storage import KeyRing, ObjectDamaged, ObjectMissing, ObjectStore, Vault, carry, open_store

Progress = Callable[[int], None]
_BATCH = 500
_TYPES: tuple[tuple[type, TypeEngine[Any]], ...] = (
    (bool, Boolean()),
    (int, BigInteger()),
    (float, Float()),
    (str, Text()),
    (UUID, Identifier()),
    (datetime, Instant()),
    (date, Date()),
    (bytes, LargeBinary()),
    (dict, Json()),
    (list, Json()),
)


@dataclass(frozen=True)
class Restored:
    """What a restore brought back.

    Attributes:
        missing: Originals that the back-up did not have.
        log: What the checkpoint of the snapshot says of the log; None where it has none.
    """

    snapshot: str
    rows: int
    originals: int
    missing: list[str]
    log: Judged | None

    @property
    def is_whole(self) -> bool:
        """Whether nothing is missing and the log is the one that was backed up."""
        continued = self.log is None or self.log.verdict is Verdict.CONTINUED
        return continued and not self.missing


def restore(
    config: Config,
    folder: Path,
    *,
    snapshot: str | None = None,
    keys: Path | None = None,
    progress: Progress = lambda _: None,
) -> Restored:
    """Bring an office back from a back-up folder into an empty home and an empty database.

    Args:
        snapshot: Name of the one to restore; the newest unless given.
        keys: The file with the master keys, copied to its place where there is none.

    Raises:
        Conflict: The database holds an office already.
        Invalid: The folder has no such snapshot.
        StorageError: The key file is missing or another one, or a store cannot be used.
    """
    chosen = read_snapshot(folder, snapshot)
    for place in (config.home, config.keys_folder, config.spool):
        place.mkdir(parents=True, exist_ok=True, mode=0o700)
    database = Database(config.database_url, zone=config.time_zone)
    try:
        source, originals = _source(config, folder, keys)
        _prepare(database, config, chosen)
        missing = _bring_originals(source, originals, chosen, config.spool, progress)
        with database.writing() as uow:
            rows = sum(_fill(uow, source, each) for each in chosen.tables)
            _check_counts(uow, chosen)
    finally:
        database.close()
    office = open_office(config)
    try:
        with office.database.writing() as uow:
            judged = judge(uow, chosen.checkpoint) if chosen.checkpoint else None
            uow.record(
                "office.restored",
                actor_id=None,
                objects=[],
                payload={"snapshot": chosen.name, "log_size": chosen.log_size, "missing": missing},
            )
    finally:
        office.close()
    return Restored(chosen.name, rows, chosen.originals - len(missing), missing, judged)


def _source(config: Config, folder: Path, keys: Path | None) -> tuple[Vault, ObjectStore]:
    path = config.master_key_file
    if keys is not None and not path.exists():
        _install(keys, path)
    store = open_store(f"file://{folder.absolute() / 'objects'}")
    return Vault(store, KeyRing.open(path), config.spool), open_store(config.storage_url)


def _install(keys: Path, path: Path) -> None:
    """Copy the key file to its place, for its owner alone; whole or not at all."""
    KeyRing.open(keys)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = path.with_name(f".{path.name}.restored")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with keys.open("rb") as given, os.fdopen(descriptor, "wb") as file:
        shutil.copyfileobj(given, file)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)


def _prepare(database: Database, config: Config, chosen: Snapshot) -> None:
    """Make the schema of the snapshot's version in an empty database."""
    with database.engine.connect() as connection:
        has_tables = inspect(connection).has_table(Unit.__tablename__)
    if has_tables:
        with database.reading() as uow:
            if uow.session.scalar(select(Unit.id).limit(1)) is not None:
                raise Conflict("There is an office here already. Restore into an empty home.")
    upgrade_schema(database, lock_folder=config.home, to=chosen.revision)


def _bring_originals(
    source: Vault, originals: ObjectStore, chosen: Snapshot, spool: Path, progress: Progress
) -> list[str]:
    missing = []
    for name in originals_of(chosen, source):
        if originals.exists(name):
            continue
        try:
            carry(name, source.store, originals, spool)
            progress(1)
        except (ObjectMissing, ObjectDamaged):
            missing.append(name)
    return missing


def _fill(uow: UnitOfWork, source: Vault, written: TableBlocks) -> int:
    """Put the rows of a table in place; return how many."""
    connection = uow.session.connection()
    inspector = inspect(connection)
    own = {
        column
        for key in inspector.get_foreign_keys(written.table)
        if key["referred_table"] == written.table
        for column in key["constrained_columns"]
    }
    keys = inspector.get_pk_constraint(written.table)["constrained_columns"]
    _empty(uow, written.table)
    count = 0
    for block in written.blocks:
        content = b"".join(source.read(block.name, block.wrapped_key))
        rows = rows_of(content)
        while batch := list(islice(rows, _BATCH)):
            _insert(uow, written, batch, own)
            count += len(batch)
    # A row may refer to one that comes later: who stands above whom is written last.
    for block in written.blocks if own else ():
        content = b"".join(source.read(block.name, block.wrapped_key))
        _refer(uow, written, rows_of(content), own, keys)
    return count


def _empty(uow: UnitOfWork, table: str) -> None:
    """Remove what the migrations put into an empty database, which the guarded log never has."""
    target = Table(table, MetaData())
    if uow.session.scalar(select(func.count()).select_from(target)):
        uow.session.execute(target.delete())


def _insert(uow: UnitOfWork, written: TableBlocks, batch: list[Row], own: set[str]) -> None:
    # A column without any value has no type to be written with, and needs none.
    kept = [
        at
        for at, name in enumerate(written.columns)
        if name not in own and any(row[at] is not None for row in batch)
    ]
    names = [written.columns[at] for at in kept]
    target = _typed(written.table, names, [[row[at] for at in kept] for row in batch])
    uow.session.execute(
        target.insert(),
        [{name: row[at] for name, at in zip(names, kept, strict=True)} for row in batch],
    )


def _refer(
    uow: UnitOfWork, written: TableBlocks, rows: Iterator[Row], own: set[str], keys: list[str]
) -> None:
    for row in rows:
        values = dict(zip(written.columns, row, strict=True))
        given = {name: values[name] for name in own if values[name] is not None}
        if not given:
            continue
        names = [*keys, *given]
        target = _typed(written.table, names, [[values[name] for name in names]])
        same = and_(*(target.c[name] == values[name] for name in keys))
        uow.session.execute(update(target).where(same).values(given))


def _typed(table: str, names: list[str], rows: list[Row]) -> Table:
    """Return a table whose columns have the types of the values that go into them."""
    columns = []
    for at, name in enumerate(names):
        value = next((row[at] for row in rows if row[at] is not None), None)
        kind = next((column for each, column in _TYPES if isinstance(value, each)), Text())
        columns.append(Column(name, kind))
    return Table(table, MetaData(), *columns)


def _check_counts(uow: UnitOfWork, chosen: Snapshot) -> None:
    for each in chosen.tables:
        target = Table(each.table, MetaData())
        count = uow.session.scalar(select(func.count()).select_from(target))
        if count != each.rows:
            raise Conflict(
                "The table %(table)s has %(count)d rows, not %(wanted)d. Nothing was restored.",
                {"table": each.table, "count": count, "wanted": each.rows},
            )
