"""Turning the master key over: a new one wraps every data key anew, while the service runs.

Every data key of the database stands in a column `wrapped_key`, whatever the table: a table that is
added later is covered without being named here. Objects and what is sealed stay as they are. A row
is taken only as it was read, so what the service writes meanwhile is never overwritten; and a pass
that is killed is simply run again.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Table, and_, func, select, tuple_, update

from records.core.base import WRAPPED_KEY
from records.core.database import Database, UnitOfWork
from records.core.errors import Conflict
from records.documents.intake import ORPHAN_AGE
from records.tables import metadata
from storage import KeyDamaged, KeyMissing, KeyRing

BATCH = 500


@dataclass
class Rewrapped:
    """What a pass over all data keys did.

    Attributes:
        key_id: The master key that wraps them now.
        rewrapped: Data keys that were wrapped anew.
        unopened: Table and row of those that no master key opens.
    """

    key_id: str
    rewrapped: int
    unopened: list[str]


def rotate_master_key(database: Database, keyring: KeyRing) -> Iterator[Rewrapped]:
    """Add a master key and wrap every data key under it; yield how far it has come.

    Processes that run take up the new key with the next file that they receive. What one of them
    had wrapped before and commits after the pass stays under the earlier key, which stays in the
    key file; `rewrap_all` takes it along at any time.
    """
    key_id = keyring.rotate()
    with database.writing() as uow:
        uow.record("keys.rotated", actor_id=None, objects=[], payload={"key": key_id})
    yield from rewrap_all(database, keyring)


def rewrap_all(database: Database, keyring: KeyRing) -> Iterator[Rewrapped]:
    """Wrap what earlier master keys wrap under the current one; yield how far it has come."""
    done = Rewrapped(keyring.current_id, 0, [])
    for table in wrapping_tables():
        after: tuple[Any, ...] | None = None
        while True:
            with database.writing() as uow:
                rows = _next_rows(uow, table, keyring.current_id, after)
                for row in rows:
                    _rewrap(uow, table, row, keyring, done)
            yield done
            if len(rows) < BATCH:
                break
            after = _identity(table, rows[-1])


def wrapping_tables() -> list[Table]:
    """Return the tables that hold wrapped data keys."""
    return [table for table in metadata.sorted_tables if WRAPPED_KEY in table.c]


def wrapped_by(uow: UnitOfWork) -> dict[str, int]:
    """Return how many data keys each master key wraps, by its id."""
    counts: dict[str, int] = {}
    for table in wrapping_tables():
        master = _master_of(table)
        query = (
            select(master, func.count()).where(table.c[WRAPPED_KEY].is_not(None)).group_by(master)
        )
        for key, count in uow.session.execute(query):
            name = bytes(key).hex()
            counts[name] = counts.get(name, 0) + count
    return counts


def forget_master_key(database: Database, keyring: KeyRing, key_id: str) -> None:
    """Remove a master key that wraps nothing any more from the key file.

    Raises:
        Conflict: It is the current one, it still wraps something, or something that it wraps may
            still be on its way into the database.
    """
    with database.writing() as uow:
        _check_forgettable(uow, keyring, key_id)
        keyring.forget(key_id)
        uow.record("keys.forgotten", actor_id=None, objects=[], payload={"key": key_id})


def _check_forgettable(uow: UnitOfWork, keyring: KeyRing, key_id: str) -> None:
    made = keyring.ids()
    if key_id not in made:
        raise Conflict("There is no master key %(key)s.", {"key": key_id})
    if key_id == keyring.current_id:
        raise Conflict("This is the current master key. Run chancery keys rotate first.")
    count = wrapped_by(uow).get(key_id, 0)
    if count:
        raise Conflict(
            "This master key still wraps %(count)d data keys. Run chancery keys rewrap first.",
            {"count": count},
        )
    # A file that was received before the rotation can be registered until its intent is collected.
    if uow.now - datetime.fromisoformat(made[keyring.current_id]) < ORPHAN_AGE:
        raise Conflict("A master key can be forgotten a day after the rotation, not before.")


def _master_of(table: Table) -> Any:
    # Version (1 byte), id of the master key (8), nonce, data key: see docs/formats/object.md.
    return func.substr(table.c[WRAPPED_KEY], 2, 8)


def _next_rows(
    uow: UnitOfWork, table: Table, current_id: str, after: tuple[Any, ...] | None
) -> list[Mapping[str, Any]]:
    primary = list(table.primary_key.columns)
    query = (
        select(*primary, table.c[WRAPPED_KEY])
        .where(table.c[WRAPPED_KEY].is_not(None), _master_of(table) != bytes.fromhex(current_id))
        .order_by(*primary)
        .limit(BATCH)
    )
    if after is not None:
        query = query.where(_beyond(table, after))
    return [dict(row) for row in uow.session.execute(query).mappings()]


def _beyond(table: Table, after: tuple[Any, ...]) -> Any:
    primary = list(table.primary_key.columns)
    if len(primary) == 1:
        return primary[0] > after[0]
    return tuple_(*primary) > tuple_(*after)


def _identity(table: Table, row: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(row[column.name] for column in table.primary_key.columns)


def _rewrap(
    uow: UnitOfWork, table: Table, row: Mapping[str, Any], keyring: KeyRing, done: Rewrapped
) -> None:
    wrapped = bytes(row[WRAPPED_KEY])
    try:
        fresh = keyring.rewrap(wrapped)
    except (KeyMissing, KeyDamaged) as error:
        name = " ".join(str(part) for part in _identity(table, row))
        done.unopened.append(f"{table.name} {name}: {error}")
        return
    same = and_(*(column == row[column.name] for column in table.primary_key.columns))
    changed = uow.session.execute(
        update(table).where(same, table.c[WRAPPED_KEY] == wrapped).values({WRAPPED_KEY: fresh})
    )
    done.rewrapped += changed.rowcount  # type: ignore[attr-defined]
