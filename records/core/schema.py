"""The schema: bringing it up to date under a lock, and refusing to read an old one."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config as AlembicConfig
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from records.core.database import Database
from records.core.errors import Unavailable

# Any number will do, as long as all versions of the program use the same one.
ADVISORY_LOCK = 0x43484159


def alembic_config(connection: Connection, **attributes: Any) -> AlembicConfig:
    """Return the settings with which Alembic runs on an open connection."""
    config = AlembicConfig()
    config.set_main_option("script_location", str(files("migrations")))
    config.set_main_option("path_separator", "os")
    config.attributes.update({"connection": connection, **attributes})
    return config


def head_revision() -> str:
    """Return the revision that this version of the program is written for."""
    head = _script().get_current_head()
    assert head is not None
    return head


def _script() -> ScriptDirectory:
    config = AlembicConfig()
    config.set_main_option("script_location", str(files("migrations")))
    config.set_main_option("path_separator", "os")
    return ScriptDirectory.from_config(config)


def current_revision(database: Database) -> str | None:
    """Return the revision of a database; None when it is empty."""
    with database.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def upgrade_schema(database: Database, *, lock_folder: Path, to: str | None = None) -> bool:
    """Bring the schema up to date, once, whoever else tries; return whether anything was done.

    Args:
        to: An earlier revision to stop at, for rows that were written under it.
    """
    wanted = to or head_revision()
    _refuse_newer(wanted)
    if current_revision(database) == wanted:
        return False
    _refuse_newer(current_revision(database))
    with _lock(database, lock_folder):
        if current_revision(database) == wanted:
            return False
        engine = database.engine.execution_options(chancery_writing=True)
        with engine.begin() as connection:
            command.upgrade(alembic_config(connection), wanted)
    return True


def _refuse_newer(current: str | None) -> None:
    """Refuse a revision that another version of the program made and this one cannot bring here."""
    known = {each.revision for each in _script().walk_revisions()}
    if current is not None and current not in known:
        raise Unavailable(
            "The database is of a version that this program does not know (%(current)s).",
            {"current": current},
        )


def check_schema(database: Database) -> None:
    """Refuse to work on an old or a newer schema.

    Raises:
        Unavailable: The database is of another version.
    """
    current = current_revision(database)
    if current != head_revision():
        raise Unavailable(
            "The database is of another version (%(current)s, not %(head)s). "
            "Start the service, or run chancery init, to bring it up to date.",
            {"current": current or "–", "head": head_revision()},
        )


@contextmanager
def _lock(database: Database, folder: Path) -> Iterator[None]:
    if database.is_sqlite:
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / "schema.lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield
        return
    # The lock ends with its transaction, and so with the process, however that ends.
    with database.engine.begin() as connection:
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({ADVISORY_LOCK})")
        yield
