"""Whole offices for tests: a real database, a real store, and a clock that stands still."""

import dataclasses
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from records.core.config import Config, load_config
from records.core.database import Database
from records.office import Office, open_office
from records.people import signing_in
from storage import Vault, open_store
from tests.servers import PostgresServer

# A Monday, nine in the morning in Shanghai.
START = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
TIME_ZONE = "Asia/Shanghai"


class HeldClock:
    """A clock that moves only when told to."""

    def __init__(self, instant: datetime = START) -> None:
        self.instant = instant

    def now(self) -> datetime:
        """Return the instant at which the clock is held."""
        return self.instant

    def advance(self, **length: float) -> None:
        """Move on, by the arguments of a timedelta."""
        self.instant += timedelta(**length)


@pytest.fixture
def clock() -> HeldClock:
    return HeldClock()


@pytest.fixture(scope="session", autouse=True)
def quick_passwords() -> Iterator[None]:
    """Hash passwords as in real life, with less work: tests make hundreds of people."""
    quick = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(signing_in, "_hasher", quick)
        patch.setattr(signing_in, "_NOBODY", quick.hash("nobody"))
        yield


def office_config(home: Path, **settings: str) -> Config:
    """Return the settings of an office in a folder, whatever the environment says."""
    given = {f"CHANCERY_{name.upper()}": value for name, value in settings.items()}
    return load_config({"CHANCERY_TIME_ZONE": TIME_ZONE, **given}, home=home)


@pytest.fixture(scope="session")
def founded_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home that has been set up once; tests work on copies of it."""
    home = tmp_path_factory.mktemp("founded") / "home"
    office = open_office(office_config(home), clock=HeldClock())
    with office.database.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    office.close()
    return home


@pytest.fixture(scope="session")
def postgres_template(postgres_server: PostgresServer) -> str:
    """Name of a PostgreSQL database in which an office has been founded."""
    return set_up_founded(postgres_server)


def set_up_founded(server: PostgresServer) -> str:
    """Found an office in a database of its own, which others are copied from; return its name."""
    from records.core.schema import upgrade_schema
    from records.setup import found_office

    name = "founded"
    server.run(f"CREATE DATABASE {name}")
    config = office_config(Path("/nonexistent"), database_url=server.url(name))
    database = Database(config.database_url, zone=config.time_zone, clock=HeldClock())
    upgrade_schema(database, lock_folder=Path("/nonexistent"))
    with database.writing() as uow:
        found_office(uow)
    database.close()
    return name


@pytest.fixture
def office(tmp_path: Path, founded_home: Path, clock: HeldClock) -> Iterator[Office]:
    """A founded office on SQLite and a local store, without people."""
    home = tmp_path / "home"
    shutil.copytree(founded_home, home)
    opened = _opened(office_config(home), clock)
    yield opened
    opened.close()


@pytest.fixture
def postgres_office(
    tmp_path: Path,
    founded_home: Path,
    postgres_server: PostgresServer,
    postgres_template: str,
    clock: HeldClock,
) -> Iterator[Office]:
    """A founded office on PostgreSQL and a local store, without people."""
    home = tmp_path / "home"
    shutil.copytree(founded_home, home, ignore=shutil.ignore_patterns("*.sqlite3*"))
    url = postgres_server.new_database(template=postgres_template)
    opened = _opened(office_config(home, database_url=url), clock)
    yield opened
    opened.close()
    postgres_server.run(f"DROP DATABASE {url.rpartition('/')[2]} WITH (FORCE)")


@pytest.fixture(
    params=["office", pytest.param("postgres_office", marks=pytest.mark.postgresql)],
    ids=["sqlite", "postgresql"],
)
def any_office(request: pytest.FixtureRequest) -> Office:
    """The same office on each database in turn."""
    found: Office = request.getfixturevalue(request.param)
    return found


def _opened(config: Config, clock: HeldClock) -> Office:
    # The copy is founded already: opening it for reading looks at the schema and changes nothing.
    return open_office(config, writing=False, clock=clock)


def reopened(office: Office) -> Office:
    """Return the same office through connections of its own, as another process has it."""
    config = office.config
    database = Database(config.database_url, zone=config.time_zone, clock=office.database.clock)
    vault = Vault(open_store(config.storage_url), office.vault.keyring, config.spool)
    return dataclasses.replace(office, database=database, vault=vault)
