"""A database that is locked for long, or gone in the middle of a statement."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, event, make_url

from records.core.database import Database
from tests.failing.faults import Failures
from tests.servers import PostgresServer

PATIENCE_MILLISECONDS = 20


@dataclass(frozen=True)
class LockFault:
    """From the nth unit that writes, another process holds the database."""

    nth: int

    def __str__(self) -> str:
        return f"database locked at unit {self.nth}"


@dataclass(frozen=True)
class GoneFault:
    """At the nth statement the server throws everybody out and lets nobody in any more."""

    nth: int

    def __str__(self) -> str:
        return f"database gone at statement {self.nth}"


@contextmanager
def locked(database: Database, fault: LockFault) -> Iterator[Failures]:
    """Lock a database of one file from a moment on, and let nobody wait for long."""
    engine, failures, units = database.engine, Failures(), 0
    engine.dispose()
    path = make_url(database.url).database
    assert path is not None

    def impatient(made: Any, _record: Any) -> None:
        made.execute(f"PRAGMA busy_timeout={PATIENCE_MILLISECONDS}")

    def before(connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        nonlocal units
        if statement == "BEGIN IMMEDIATE" and connection.engine.url.database == path:
            units += 1
            if units == fault.nth:
                other.execute("BEGIN IMMEDIATE")
            failures.count += units >= fault.nth

    with closing(sqlite3.connect(path, isolation_level=None, check_same_thread=False)) as other:
        event.listen(engine, "connect", impatient)
        event.listen(Engine, "before_cursor_execute", before)
        try:
            yield failures
        finally:
            event.remove(engine, "connect", impatient)
            event.remove(Engine, "before_cursor_execute", before)
            if other.in_transaction:
                other.execute("ROLLBACK")
            engine.dispose()


@contextmanager
def gone(database: Database, server: PostgresServer, fault: GoneFault) -> Iterator[Failures]:
    """Have the database go away at a statement, until the block ends."""
    name, failures, statements = make_url(database.url).database, Failures(), 0

    def before(connection: Any, *_: Any) -> None:
        nonlocal statements
        statements += connection.engine.url.database == name
        if statements == fault.nth:
            server.run(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
            server.run(
                f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
            )
        failures.count += statements >= fault.nth

    event.listen(Engine, "before_cursor_execute", before)
    try:
        yield failures
    finally:
        event.remove(Engine, "before_cursor_execute", before)
        server.run(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
