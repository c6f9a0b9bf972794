"""A back-up of one database, restored into either."""

import os
import signal
from pathlib import Path

import pytest
from sqlalchemy import func, select

from records.backup import restoring
from records.backup.restoring import restore
from records.backup.snapshots import read_snapshot
from records.backup.writing import back_up
from records.core.errors import Conflict
from records.core.log import log_size
from records.documents.models import Document, StoredObject
from records.office import Office, open_office
from records.people.models import Unit
from records.people.rules import Role
from storage import open_store
from tests.builders import add_person, add_unit, register
from tests.offices import office_config
from tests.servers import PostgresServer


def _lively(office: Office) -> None:
    """Units whose parents came after them, documents, and a key of the log."""
    add_unit(office, "archive")
    add_unit(office, "finance")
    with office.database.writing() as uow:
        archive, finance = (
            uow.session.scalars(select(Unit).where(Unit.code == code)).one()
            for code in ("archive", "finance")
        )
        archive.parent_id = finance.id
    clerk = add_person(office, "anna", Role.CLERK)
    for number in range(5):
        register(office, clerk, f"第 {number} 号", files=[("a.txt", f"text {number}".encode())])


def _content(office: Office) -> list[tuple[str, str]]:
    with office.database.reading() as uow:
        query = select(Document.number, Document.title).order_by(Document.number)
        return [(row[0], row[1]) for row in uow.session.execute(query)]


@pytest.mark.postgresql
@pytest.mark.parametrize("into", ["sqlite", "postgresql"])
def test_what_one_database_held_the_other_holds(
    any_office: Office, postgres_server: PostgresServer, tmp_path: Path, into: str
) -> None:
    office, kept = any_office, tmp_path / "kept"
    _lively(office)
    made = back_up(office, kept)
    settings = {} if into == "sqlite" else {"database_url": postgres_server.new_database()}
    config = office_config(tmp_path / "there", **settings)
    done = restore(config, kept, keys=office.config.master_key_file)
    assert (done.missing, done.is_whole) == ([], True)
    there = open_office(config, writing=False)
    try:
        assert _content(there) == _content(office)
        with there.database.reading() as uow:
            archive = uow.session.scalars(select(Unit).where(Unit.code == "archive")).one()
            above = uow.session.get_one(Unit, archive.parent_id)
            assert above.code == "finance"
            assert log_size(uow.session) == made.log_size + 1
    finally:
        there.close()
        if settings:
            name = settings["database_url"].rpartition("/")[2]
            postgres_server.run(f"DROP DATABASE {name} WITH (FORCE)")


def test_a_snapshot_is_of_one_moment_whatever_is_registered_meanwhile(
    office: Office, tmp_path: Path
) -> None:
    _lively(office)
    clerk = add_person(office, "otto", Role.CLERK)
    before = len(_content(office))

    def register_one(_: int) -> None:
        if len(_content(office)) == before:
            register(office, clerk, "in between", files=[("b.txt", b"in between")])

    kept = tmp_path / "kept"
    back_up(office, kept, progress=register_one)
    assert len(_content(office)) == before + 1
    config = office_config(tmp_path / "there")
    done = restore(config, kept, keys=office.config.master_key_file)
    assert done.is_whole
    there = open_office(config, writing=False)
    assert len(_content(there)) == before
    there.close()


@pytest.mark.parametrize("place", ["_bring_originals", "_fill", "_check_counts"])
def test_a_restore_that_was_killed_is_simply_run_again(
    office: Office, tmp_path: Path, place: str
) -> None:
    _lively(office)
    kept = tmp_path / "kept"
    back_up(office, kept)
    config = office_config(tmp_path / "there")
    pid = os.fork()
    if pid == 0:
        setattr(restoring, place, lambda *_: os.kill(os.getpid(), signal.SIGKILL))
        restore(config, kept, keys=office.config.master_key_file)
        os._exit(0)
    assert os.WIFSIGNALED(os.waitpid(pid, 0)[1])
    assert restore(config, kept, keys=office.config.master_key_file).is_whole
    with pytest.raises(Conflict, match="an office here already"):
        restore(config, kept)


def test_a_back_up_that_was_killed_leaves_no_snapshot_and_its_work_is_used(
    office: Office, tmp_path: Path
) -> None:
    _lively(office)
    kept = tmp_path / "kept"
    pid = os.fork()
    if pid == 0:
        done = 0

        def die(more: int) -> None:
            nonlocal done
            done += more
            if done == 10:
                os.kill(os.getpid(), signal.SIGKILL)

        back_up(office, kept, progress=die)
        os._exit(0)
    assert os.WIFSIGNALED(os.waitpid(pid, 0)[1])
    assert not (kept / "snapshots").exists()
    back_up(office, kept, keep=1)
    snapshot = read_snapshot(kept)
    needed = {block.name for each in snapshot.tables for block in each.blocks}
    held = {each.name for each in (kept / "objects").rglob("*") if each.is_file()}
    assert needed <= held
    assert len(held) == len(needed) + snapshot.originals
    with office.database.reading() as uow:
        assert uow.session.scalar(select(func.count()).select_from(Document)) == 5


def test_an_original_that_the_back_up_lost_or_that_is_damaged_there_is_named(
    office: Office, tmp_path: Path
) -> None:
    _lively(office)
    kept = tmp_path / "kept"
    back_up(office, kept)
    with office.database.reading() as uow:
        lost, damaged = uow.session.scalars(select(StoredObject.name).limit(2)).all()
    next((kept / "objects").rglob(lost)).unlink()
    spoilt = next((kept / "objects").rglob(damaged))
    spoilt.chmod(0o600)
    spoilt.write_bytes(spoilt.read_bytes()[:-1] + b"?")
    config = office_config(tmp_path / "there")
    done = restore(config, kept, keys=office.config.master_key_file)
    assert (sorted(done.missing), done.is_whole) == (sorted([lost, damaged]), False)
    assert not open_store(config.storage_url).exists(damaged)
