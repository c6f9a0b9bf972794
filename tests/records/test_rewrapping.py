"""The master key turned over, on both databases, with every kind of key that an office keeps."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, insert, select, update

from records.audit.checkpoints import ensure_log_key
from records.core.base import WRAPPED_KEY
from records.core.database import UnitOfWork
from records.core.errors import Conflict
from records.core.log import LogEntry
from records.documents.models import Component, Document, StoredObject
from records.office import Office
from records.people.rules import Role
from records.rewrapping import (
    Rewrapped,
    _next_rows,
    _rewrap,
    forget_master_key,
    rewrap_all,
    rotate_master_key,
    wrapped_by,
    wrapping_tables,
)
from records.tables import metadata
from storage import KeyMissing, KeyRing, Vault, open_store
from tests.builders import add_person, register
from tests.offices import HeldClock


def _keep(office: Office, content: bytes) -> Document:
    clerk = add_person(office, f"clerk-{content.decode()}".replace(" ", "-"), Role.CLERK)
    return register(office, clerk, files=[("a.txt", content)])


def _rotate(office: Office) -> list[int]:
    return [each.rewrapped for each in rotate_master_key(office.database, office.vault.keyring)]


def _masters(office: Office) -> dict[str, int]:
    with office.database.reading() as uow:
        return wrapped_by(uow)


def test_every_table_that_keeps_a_wrapped_key_is_known() -> None:
    names = {table.name for table in wrapping_tables()}
    assert {"stored_object", "log_key", "receipt", "seal_certificate"} <= names
    for table in metadata.sorted_tables:
        others = [
            each.name for each in table.c if "wrapped" in each.name and each.name != WRAPPED_KEY
        ]
        assert not others, f"{table.name} keeps wrapped keys where rotation does not look"


def test_after_rotation_the_earlier_key_is_needed_no_more(any_office: Office) -> None:
    office = any_office
    keyring = office.vault.keyring
    earlier = keyring.current_id
    made = _keep(office, b"a letter")
    with office.database.writing() as uow:
        public = ensure_log_key(uow, office.vault, origin="office.example")
    assert list(_masters(office)) == [earlier]
    assert _rotate(office)[-1] >= 2
    assert list(_masters(office)) == [keyring.current_id] != [earlier]
    keyring.forget(earlier)
    fresh = KeyRing.open(keyring.path)
    vault = Vault(open_store(office.config.storage_url), fresh, office.config.spool)
    with office.database.reading() as uow:
        component, wrapped = uow.session.execute(
            select(Component, StoredObject.wrapped_key)
            .join(StoredObject, StoredObject.name == Component.object_name)
            .where(Component.document_id == made.id)
        ).one()
    assert b"".join(vault.read(component.object_name, wrapped)) == b"a letter"
    with office.database.writing() as uow:
        assert ensure_log_key(uow, vault, origin="office.example") == public


def test_a_pass_over_many_rows_takes_them_all_and_a_second_none(any_office: Office) -> None:
    office = any_office
    keyring = office.vault.keyring
    rows = [
        {
            "name": f"{number:064x}",
            "wrapped_key": keyring.new_data_key()[1],
            "stored_bytes": 32,
            "created_at": datetime(2026, 1, 1, tzinfo=UTC),
        }
        for number in range(1203)
    ]
    with office.database.writing() as uow:
        uow.session.execute(insert(StoredObject), rows)
    assert _rotate(office)[-1] == 1203
    assert [each.rewrapped for each in rewrap_all(office.database, keyring)][-1] == 0


def test_a_key_that_no_master_opens_is_named_and_the_others_go_on(office: Office) -> None:
    _keep(office, b"one")
    _keep(office, b"two")
    with office.database.writing() as uow:
        broken = uow.session.scalar(select(func.min(StoredObject.name)))
        uow.session.execute(
            update(StoredObject)
            .where(StoredObject.name == broken)
            .values(wrapped_key=b"\x01" + bytes(68))
        )
    *_, done = rotate_master_key(office.database, office.vault.keyring)
    assert len(done.unopened) == 1
    assert str(broken) in done.unopened[0]
    assert done.rewrapped == 1


def test_a_row_written_meanwhile_is_not_overwritten(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    _keep(office, b"one")
    keyring = office.vault.keyring
    earlier, newer = keyring.new_data_key()[1], keyring.new_data_key()[1]
    with office.database.writing() as uow:
        uow.session.execute(update(StoredObject).values(wrapped_key=earlier))
    real = KeyRing.rewrap

    def overtaken(self: KeyRing, wrapped: bytes) -> bytes:
        # SQLite lets nobody else write meanwhile; the same unit stands for the other process.
        units[0].session.execute(update(StoredObject).values(wrapped_key=newer))
        return real(self, wrapped)

    units: list[UnitOfWork] = []
    monkeypatch.setattr(KeyRing, "rewrap", overtaken)
    keyring.rotate()
    with office.database.writing() as uow:
        units.append(uow)
        done = Rewrapped(keyring.current_id, 0, [])
        (table,) = (each for each in wrapping_tables() if each.name == "stored_object")
        (row,) = _next_rows(uow, table, keyring.current_id, None)
        _rewrap(uow, table, row, keyring, done)
    with office.database.reading() as uow:
        assert uow.session.scalar(select(StoredObject.wrapped_key)) == newer
    assert done.rewrapped == 0


def test_a_service_that_runs_takes_up_the_new_key_with_the_next_file(office: Office) -> None:
    running = KeyRing.open(office.vault.keyring.path)
    fresh = office.vault.keyring.rotate()
    assert running.new_data_key()[1][1:9].hex() == fresh


def test_a_key_is_forgotten_only_when_nothing_needs_it(office: Office, clock: HeldClock) -> None:
    keyring = office.vault.keyring
    earlier = keyring.current_id
    _keep(office, b"a letter")
    with pytest.raises(Conflict, match="current master key"):
        forget_master_key(office.database, keyring, earlier)
    with pytest.raises(Conflict, match="no master key"):
        forget_master_key(office.database, keyring, "00" * 8)
    keyring.rotate()
    clock.instant = datetime.now(UTC)
    with pytest.raises(Conflict, match="still wraps 1 data keys"):
        forget_master_key(office.database, keyring, earlier)
    list(rewrap_all(office.database, keyring))
    with pytest.raises(Conflict, match="a day after"):
        forget_master_key(office.database, keyring, earlier)
    clock.instant += timedelta(hours=25)
    forget_master_key(office.database, keyring, earlier)
    assert list(keyring.ids()) == [keyring.current_id]
    with pytest.raises(KeyMissing):
        keyring.forget(earlier)
    with office.database.reading() as uow:
        kinds = uow.session.scalars(select(LogEntry.kind).where(LogEntry.kind.like("keys.%")))
        assert list(kinds) == ["keys.forgotten"]
