"""The database: engine and unit of work.

Invariants:
- A unit of work is opened and committed only at the boundary (a request, a command, a job); it is
  rolled back unless its block ends well.
- On SQLite a writing unit begins with BEGIN IMMEDIATE, a reading one is deferred, so that a writer
  never finds its snapshot stale half way.
- Log entries and jobs are collected during the unit and written as the last act before the commit,
  because the head of the log is the one row on which all writers wait.
"""

import logging
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import create_engine, event, text
from sqlalchemy.engine import Connection, Engine, make_url
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError
from sqlalchemy.pool import QueuePool

from records.core.clock import Clock, SystemClock, business_day
from records.core.errors import Conflict, Stale
from records.core.ids import new_id
from records.core.log import Event, append_events
from records.core.turnstile import Turnstile

BUSY_TIMEOUT_SECONDS = 30
_log = logging.getLogger(__name__)


@dataclass
class UnitOfWork:
    """One transaction and what it has collected.

    Attributes:
        session: The SQLAlchemy session; services add and query here and never commit.
        now: The instant of this unit, the same for everything in it.
        zone: The office's time zone.
        known: What was found out in a unit that only reads, and stays true in it: all of it is from
            one moment. None in a unit that writes.
    """

    session: Session
    now: datetime
    zone: ZoneInfo
    known: dict[Hashable, Any] | None = None
    events: list[Event] = field(default_factory=list)
    _after_commit: list[Callable[[], None]] = field(default_factory=list)

    @property
    def today(self) -> date:
        """The business day of this unit in the office's time zone."""
        return business_day(self.now, self.zone)

    def new_id(self) -> UUID:
        """Return a fresh identifier."""
        return new_id()

    def record(
        self,
        kind: str,
        *,
        actor_id: UUID | None,
        objects: Sequence[UUID],
        payload: Mapping[str, Any] | None = None,
    ) -> None:
        """Collect a fact for the log; it gets its place when the unit commits."""
        self.events.append(Event(kind, actor_id, tuple(objects), dict(payload or {})))

    def after_commit(self, act: Callable[[], None]) -> None:
        """Do something once the transaction is durable; never for what must not be lost."""
        self._after_commit.append(act)

    def committed(self) -> None:
        """Run what waited for the commit; whatever happens there, the unit has ended well."""
        for act in self._after_commit:
            try:
                act()
            except Exception:  # noqa: BLE001 - what fails here must not undo what is done
                _log.exception("an act after a commit failed")


class Database:
    """One database and its units of work.

    Args:
        url: SQLAlchemy address, SQLite or PostgreSQL.
        zone: The office's time zone.
        clock: Where the time comes from.
    """

    def __init__(self, url: str, *, zone: ZoneInfo, clock: Clock | None = None) -> None:
        self.url = url
        self.zone = zone
        self.clock = clock or SystemClock()
        self.engine = _open_engine(url)
        self._writing = self.engine.execution_options(chancery_writing=True)
        self._noting = self._writing.execution_options(chancery_synchronous="NORMAL")
        # SQLite reads from one snapshot anyway; PostgreSQL has to be asked to.
        self._snapshots = (
            self.engine
            if self.is_sqlite
            else self.engine.execution_options(isolation_level="REPEATABLE READ")
        )
        self._turnstile = _turnstile(url)

    @property
    def is_sqlite(self) -> bool:
        """Whether this is the embedded database."""
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def reading(self) -> Iterator[UnitOfWork]:
        """Open a unit that only reads, all of it from one moment; what it changes is thrown away.

        What was read stays usable afterwards: closing rolls back and, unlike a rollback, makes
        nothing expire.
        """
        with Session(self._snapshots, expire_on_commit=False, autoflush=False) as session:
            yield UnitOfWork(session, self.clock.now(), self.zone, known={})

    @contextmanager
    def writing(self, *, durable: bool = True) -> Iterator[UnitOfWork]:
        """Open a unit that commits when its block ends well.

        The events that it collected enter the log as its last statements.

        Args:
            durable: Whether the commit waits for the disk. Without it the unit outlives any death
                of the process, and is lost only when the machine loses power before the next
                durable commit.

        Raises:
            Stale: Another unit changed a row between our reading and our writing.
            Conflict: Another unit wrote what may be there only once.
        """
        with (
            self._turnstile.passing() if self._turnstile else nullcontext(),
            self._unit(durable=durable) as unit,
        ):
            yield unit
        unit.committed()

    @contextmanager
    def noting(self) -> Iterator[UnitOfWork | None]:
        """Open a unit for what may be lost: it waits for no other writer and not for the disk.

        Yields:
            None where another writer is at work in SQLite; elsewhere a row that another unit holds
            is waited for a tenth of a second.
        """
        with self._turnstile.passing_at_once() if self._turnstile else nullcontext(True) as mine:
            if not mine:
                yield None
                return
            with self._unit(durable=False) as unit:
                if not self.is_sqlite:
                    unit.session.execute(text("SET LOCAL lock_timeout = 100"))
                yield unit
        unit.committed()

    @contextmanager
    def _unit(self, *, durable: bool) -> Iterator[UnitOfWork]:
        engine = self._writing if durable else self._noting
        with _colliding(), Session(engine, expire_on_commit=False) as session:
            # The lock first, the time after it: the time of a unit lies inside its transaction.
            session.connection()
            if not durable and not self.is_sqlite:
                session.execute(text("SET LOCAL synchronous_commit = off"))
            unit = UnitOfWork(session, self.clock.now(), self.zone)
            yield unit
            session.flush()
            append_events(session, unit.events, unit.now)
            session.commit()

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()


def _turnstile(url: str) -> Turnstile | None:
    address = make_url(url)
    if address.get_backend_name() != "sqlite" or address.database in (None, "", ":memory:"):
        return None
    return Turnstile(Path(f"{address.database}.turn"), patience_seconds=BUSY_TIMEOUT_SECONDS)


@contextmanager
def _colliding() -> Iterator[None]:
    """Say in our own words what the database refuses because two units wanted the same."""
    try:
        yield
    except StaleDataError as error:
        raise Stale from error
    except IntegrityError as error:
        if not _is_double(error):
            raise
        raise Conflict("Somebody else has just written the same. Look at it again.") from error


def _is_double(error: IntegrityError) -> bool:
    # SQLite names its kinds of refusal, PostgreSQL numbers them (23505: unique_violation).
    kind = getattr(error.orig, "sqlite_errorname", None) or getattr(error.orig, "sqlstate", None)
    return kind in ("SQLITE_CONSTRAINT_UNIQUE", "SQLITE_CONSTRAINT_PRIMARYKEY", "23505")


def insert_into(session: Session, table: Any) -> Any:
    """Return an INSERT of this database's own kind, which knows ON CONFLICT."""
    from sqlalchemy.dialects import postgresql, sqlite

    is_sqlite = session.get_bind().dialect.name == "sqlite"
    return sqlite.insert(table) if is_sqlite else postgresql.insert(table)


def _open_engine(url: str) -> Engine:
    if make_url(url).get_backend_name() == "postgresql":
        return create_engine(
            make_url(url).set(drivername="postgresql+psycopg"),
            pool_size=8,
            max_overflow=24,
            pool_pre_ping=True,
        )
    engine = create_engine(
        url,
        poolclass=QueuePool,
        pool_size=8,
        max_overflow=120,
        connect_args={"timeout": BUSY_TIMEOUT_SECONDS, "check_same_thread": False},
    )
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: object) -> None:
    # The driver must not begin transactions by itself: we say how each one begins.
    connection.isolation_level = None
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "secure_delete=ON",
        "temp_store=MEMORY",
        "cache_size=-8000",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    options = connection.get_execution_options()
    if not options.get("chancery_writing"):
        connection.exec_driver_sql("BEGIN")
        return
    wanted = options.get("chancery_synchronous", "FULL")
    if connection.info.setdefault("synchronous", "FULL") != wanted:
        connection.exec_driver_sql(f"PRAGMA synchronous={wanted}")
        connection.info["synchronous"] = wanted
    connection.exec_driver_sql("BEGIN IMMEDIATE")
