"""An intruder who owns the database, and who tidies up behind himself as well as he can."""

import hashlib
import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import NullPool, create_engine, delete, select, text, update

from migrations.log_guard import TABLES
from records.audit.checkpoints import issue_checkpoint
from records.core.base import table_of
from records.core.log import (
    Checkpoint,
    LogEntry,
    LogHead,
    LogNode,
    LogObject,
    LogPayload,
    leaf_of,
    log_size,
)
from records.office import Office

SHIFT = 1_000_000
LOG = (LogEntry, LogPayload, LogObject)


class Intruder:
    """Does to the log what the triggers forbid, which an owner of the file takes off."""

    def __init__(self, office: Office) -> None:
        self._office = office
        # Connections of its own, which check no foreign keys.
        self.engine = create_engine(office.config.database_url, poolclass=NullPool)
        with self.engine.connect() as connection:
            for table in TABLES:
                for act in ("update", "delete", "replace"):
                    connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {table}_no_{act}")
            connection.commit()

    def run(self, *statements: Any) -> None:
        """Run statements without any check of keys."""
        with self.engine.begin() as connection:
            for statement in statements:
                connection.execute(text(statement) if isinstance(statement, str) else statement)

    def delete(self, sequence: int) -> None:
        """Remove an entry and close the gap."""
        self.run(
            *(delete(each).where(each.sequence == sequence) for each in LOG),
            *self._move(sequence + 1, -1),
            update(LogHead).values(size=LogHead.size - 1),
        )

    def double(self, sequence: int) -> None:
        """Let an entry stand twice, side by side."""
        self.run(*self._move(sequence + 1, 1), update(LogHead).values(size=LogHead.size + 1))
        for each in LOG:
            names = [column.name for column in table_of(each).columns]
            chosen = ", ".join("sequence + 1" if name == "sequence" else name for name in names)
            self.run(
                f"INSERT INTO {table_of(each).name} ({', '.join(names)}) "
                f"SELECT {chosen} FROM {table_of(each).name} WHERE sequence = {sequence}"
            )

    def swap(self, first: int, second: int) -> None:
        """Let two entries change places."""
        for old, new in ((first, SHIFT), (second, first), (SHIFT, second)):
            self.run(
                *(update(each).where(each.sequence == old).values(sequence=new) for each in LOG)
            )

    def redate(self, sequence: int, by: timedelta) -> None:
        """Let an entry have happened at another time."""
        at: datetime = self._entry(sequence).occurred_at + by
        self.run(update(LogEntry).where(LogEntry.sequence == sequence).values(occurred_at=at))

    def reattribute(self, sequence: int, to: UUID, name: str) -> None:
        """Let somebody else have done it, also in what the entry tells."""
        with self._office.database.reading() as uow:
            payload = json.loads(uow.session.get_one(LogPayload, sequence).payload)
        payload["name"] = name
        told = json.dumps(payload, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        self.run(
            update(LogEntry).where(LogEntry.sequence == sequence).values(actor_id=to),
            update(LogPayload).where(LogPayload.sequence == sequence).values(payload=told),
        )

    def cut(self, count: int) -> None:
        """Remove the last entries."""
        with self._office.database.reading() as uow:
            stop = log_size(uow.session) - count
        self.run(
            *(delete(each).where(each.sequence >= stop) for each in LOG),
            update(LogHead).values(size=stop),
        )

    def tidy(self) -> None:
        """Make everything that follows from the entries follow from them again."""
        with self._office.database.reading() as uow:
            entries: Sequence[LogEntry] = uow.session.scalars(select(LogEntry)).all()
            payloads = {each.sequence: each for each in uow.session.scalars(select(LogPayload))}
        statements: list[Any] = [delete(LogNode)]
        for entry in entries:
            kept = payloads[entry.sequence]
            told = hashlib.sha256(kept.salt + kept.payload.encode()).digest()
            entry.commitment = told
            statements.append(
                update(LogEntry)
                .where(LogEntry.sequence == entry.sequence)
                .values(commitment=told, leaf_hash=leaf_of(entry).digest())
            )
        self.run(*statements)

    def sign_anew(self, *, origin: str) -> None:
        """With the office's own keys in hand, sign what the log says now."""
        with self._office.database.reading() as uow:
            sizes = set(uow.session.scalars(select(Checkpoint.size)))
        self.run(delete(Checkpoint))
        with self._office.database.writing() as uow:
            issue_checkpoint(uow, self._office.vault, origin=origin)
        assert sizes

    def _entry(self, sequence: int) -> LogEntry:
        with self._office.database.reading() as uow:
            return uow.session.get_one(LogEntry, sequence)

    def _move(self, start: int, by: int) -> list[Any]:
        # Twice, since no two may bear one number in between.
        return [
            *(
                update(each).where(each.sequence >= start).values(sequence=each.sequence + SHIFT)
                for each in LOG
            ),
            *(
                update(each)
                .where(each.sequence >= SHIFT)
                .values(sequence=each.sequence - SHIFT + by)
                for each in LOG
            ),
        ]
