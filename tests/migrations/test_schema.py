import multiprocessing
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import CheckConstraint, inspect, select, text

from records import tables
from records.core.base import Identifier, Instant, Json
from records.core.database import Database
from records.core.errors import Unavailable
from records.core.ids import new_id
from records.core.log import LogEntry, log_size
from records.core.schema import (
    alembic_config,
    check_schema,
    current_revision,
    head_revision,
    upgrade_schema,
)
from records.office import Office, open_office
from records.people.models import Post
from records.people.rules import Role
from tests.builders import add_person, register
from tests.offices import TIME_ZONE, HeldClock, office_config
from tests.servers import PostgresServer

PROCESSES = 4


@pytest.fixture(
    params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)],
)
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database without any table."""
    settings = {}
    if request.param == "postgresql":
        server: PostgresServer = request.getfixturevalue("postgres_server")
        settings["database_url"] = server.new_database()
    config = office_config(tmp_path, **settings)
    database = Database(config.database_url, zone=config.time_zone)
    yield database
    database.close()


def move(database: Database, target: str) -> None:
    """Bring a database to a revision, up or down."""
    engine = database.engine.execution_options(chancery_writing=True)
    with engine.begin() as connection:
        config = alembic_config(connection)
        current = MigrationContext.configure(connection).get_current_revision()
        order = ["base", *reversed([each.revision for each in revisions()])]
        down = order.index(target) < order.index(current or "base")
        (command.downgrade if down else command.upgrade)(config, target)


def revisions() -> list[Any]:
    """All revisions, newest first."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", "migrations")
    config.set_main_option("path_separator", "os")
    return list(ScriptDirectory.from_config(config).walk_revisions())


def same_type(_context: Any, _column: Any, _meta: Any, found: Any, wanted: Any) -> bool | None:
    """Our own types are compared by what they are in the database."""
    if isinstance(wanted, Identifier | Instant | Json):
        dialect = _context.dialect
        implementation = wanted.load_dialect_impl(dialect)
        return bool(found._type_affinity is not implementation._type_affinity)
    return None


def test_the_schema_at_head_equals_the_models(empty: Database, tmp_path: Path) -> None:
    upgrade_schema(empty, lock_folder=tmp_path)
    with empty.engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": same_type, "compare_server_default": True}
        )
        assert compare_metadata(context, tables.metadata) == []


def test_the_checks_at_head_equal_those_of_the_models(empty: Database, tmp_path: Path) -> None:
    upgrade_schema(empty, lock_folder=tmp_path)
    inspector = inspect(empty.engine)
    for table in tables.metadata.sorted_tables:
        found = {each["name"] for each in inspector.get_check_constraints(table.name)}
        wanted = {each.name for each in table.constraints if isinstance(each, CheckConstraint)}
        assert found == wanted, table.name


def test_every_revision_goes_up_and_down_and_up_again(empty: Database) -> None:
    order = [each.revision for each in reversed(revisions())]
    for revision in order:
        move(empty, revision)
        assert current_revision(empty) == revision
    for revision in [*reversed(order[:-1]), "base"]:
        move(empty, revision)
    assert set(inspect(empty.engine).get_table_names()) <= {"alembic_version"}
    move(empty, order[-1])
    assert current_revision(empty) == head_revision()


def test_what_an_office_holds_survives_every_way_up(empty: Database) -> None:
    move(empty, "0001")
    unit, post = new_id(), new_id()
    rows: list[tuple[str, dict[str, Any]]] = [
        ("unit", {"id": unit, "code": "office", "name": "Office", "from_on": "2026-01-01"}),
        ("post", {"id": post, "unit_id": unit, "title": "Clerk"}),
    ]
    engine = empty.engine.execution_options(chancery_writing=True)
    with engine.begin() as connection:
        for name, values in rows:
            more = {"version": 1, **({"search_key": ""} if name == "unit" else {})}
            written = {
                column: uuid_as(empty, value) if isinstance(value, UUID) else value
                for column, value in {**values, **more}.items()
            }
            places = ", ".join(f":{column}" for column in written)
            connection.execute(
                text(f'INSERT INTO "{name}" ({", ".join(written)}) VALUES ({places})'), written
            )
    move(empty, head_revision())
    with empty.reading() as uow:
        kept = uow.session.get_one(Post, post)
        assert (kept.title, kept.unit_id, kept.rank) == ("Clerk", unit, 100)


def uuid_as(database: Database, value: UUID) -> Any:
    return value.bytes if database.is_sqlite else value


def test_opening_an_office_again_changes_nothing(any_office: Office) -> None:
    clerk = add_person(any_office, "clerk", Role.CLERK)
    register(any_office, clerk, "报告", files=[("a.txt", b"hello")])
    with any_office.database.reading() as uow:
        before = log_size(uow.session)
    opened = open_office(any_office.config, clock=HeldClock())
    assert opened.founding is None
    with opened.database.reading() as uow:
        assert log_size(uow.session) == before
        assert "document.registered" in set(uow.session.scalars(select(LogEntry.kind)))
    opened.close()


def test_an_old_or_newer_schema_is_refused_for_reading(empty: Database, tmp_path: Path) -> None:
    with pytest.raises(Unavailable):
        check_schema(empty)
    upgrade_schema(empty, lock_folder=tmp_path)
    check_schema(empty)
    with empty.writing() as uow:
        uow.session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(Unavailable) as caught:
        check_schema(empty)
    assert caught.value.details == {"current": "9999", "head": head_revision()}


def _open(home: str, url: str, answers: Any) -> None:
    try:
        office = open_office(office_config(Path(home), database_url=url), clock=HeldClock())
    except BaseException as error:
        answers.put(repr(error))
        raise
    answers.put("founded" if office.founding else "found")
    office.close()


def test_several_processes_that_start_at_once_found_one_office(
    empty: Database, tmp_path: Path
) -> None:
    context = multiprocessing.get_context("fork")
    answers: Any = context.Queue()
    started = [
        context.Process(target=_open, args=(str(tmp_path), empty.url, answers))
        for _ in range(PROCESSES)
    ]
    for process in started:
        process.start()
    told = sorted(answers.get(timeout=60) for _ in started)
    for process in started:
        process.join(60)
    assert told == ["found"] * (PROCESSES - 1) + ["founded"]
    with empty.reading() as uow:
        assert uow.session.scalar(text("SELECT count(*) FROM unit")) == 1
        assert str(uow.zone) == TIME_ZONE


def test_a_failed_upgrade_leaves_no_lock_behind(
    empty: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("no")

    with monkeypatch.context() as patch:
        patch.setattr("records.core.schema.command.upgrade", fail)
        with pytest.raises(RuntimeError):
            upgrade_schema(empty, lock_folder=tmp_path)
    # A connection of its own, as another process has it.
    other = Database(empty.url, zone=empty.zone)
    assert upgrade_schema(other, lock_folder=tmp_path)
    other.close()
