"""One installation, opened: its settings, database and vault, handed to whoever serves it."""

import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import column, inspect, literal, select, table

from records.core.base import WRAPPED_KEY
from records.core.clock import Clock
from records.core.config import Config
from records.core.database import Database
from records.core.schema import check_schema, upgrade_schema
from records.setup import Founding, found_office
from storage import KeyRing, Vault, open_store


@dataclass(frozen=True)
class Office:
    """What a process of the service works with.

    Attributes:
        founding: What was made because this was the first start; None later.
    """

    config: Config
    database: Database
    vault: Vault
    founding: Founding | None = None

    def close(self) -> None:
        """Close the database connections."""
        self.database.close()


def open_office(
    config: Config, *, writing: bool = True, clock: Clock | None = None, language: str = "en"
) -> Office:
    """Open an installation; with `writing`, set up an empty home and bring the schema up to date.

    Args:
        language: Of the names and of the file plan that an empty home gets, `en` or `zh_CN`.

    Raises:
        Unavailable: Only reading was asked for, and the database is of another version.
        StorageError: The object store or its keys cannot be opened.
    """
    database = Database(config.database_url, zone=config.time_zone, clock=clock)
    founding = None
    if writing:
        for folder in (config.home, config.keys_folder, config.spool):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        upgrade_schema(database, lock_folder=config.home)
        with database.writing() as uow:
            founding = found_office(uow, language=language)
    else:
        check_schema(database)
    path = config.master_key_file
    create = writing and not path.exists() and _nothing_is_encrypted(database)
    keyring = KeyRing.open(path, create=create)
    vault = Vault(open_store(config.storage_url), keyring, config.spool)
    return Office(config, database, vault, founding)


def _nothing_is_encrypted(database: Database) -> bool:
    """Tell whether no data key was wrapped yet: a lost key file must not be replaced by a new one.

    Asks the database itself, since no topic below knows all tables.
    """
    with database.engine.connect() as connection:
        inspector = inspect(connection)
        for name in inspector.get_table_names():
            if any(each["name"] == WRAPPED_KEY for each in inspector.get_columns(name)):
                wrapped = table(name, column(WRAPPED_KEY)).c[WRAPPED_KEY]
                query = select(literal(1)).where(wrapped.is_not(None)).limit(1)
                if connection.scalar(query) is not None:
                    return False
    return True


def session_key(config: Config) -> str:
    """Return the key that signs cookies: the configured one, or one made at first start."""
    if config.secret_key is not None:
        return config.secret_key
    path = config.keys_folder / "session.key"
    if not path.exists():
        _write_new(path, secrets.token_urlsafe(48))
    return path.read_text(encoding="ascii").strip()


def _write_new(path: Path, text: str) -> None:
    # Several processes may start at once: the first link wins, the others read what it wrote.
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    mine = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(mine, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    try:
        path.hardlink_to(mine)
    except FileExistsError:
        pass
    finally:
        mine.unlink()
