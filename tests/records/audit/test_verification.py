import hashlib
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import delete, insert, select, update

from migrations.log_guard import TABLES
from records.audit.report import Item, Report
from records.audit.verification import verify
from records.core.log import LogEntry, LogHead, LogObject, LogPayload
from records.documents.intake import keep_objects
from records.documents.models import Access, Component, Document
from records.office import Office
from records.people.rules import Actor, PrincipalKind, Role
from records.registration.models import NumberGap, RegisterCounter, Registration
from records.worker import Worker
from search.opening import open_current, open_place
from storage import StoreUnavailable
from storage.local import LocalStore
from tests.builders import add_person, keep, register
from tests.offices import HeldClock


@pytest.fixture
def whole(office: Office, document: Document, worker: Worker) -> Office:
    """An office with a document that was read and indexed."""
    worker.run_until_idle()
    assert document.number
    return office


def run(office: Office, *statements: str) -> None:
    """Do to the database what nobody may, with the guards of the log taken off."""
    with office.database.engine.connect() as connection:
        for table in TABLES:
            for act in ("update", "delete"):
                connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {table}_no_{act}")
        connection.exec_driver_sql("PRAGMA foreign_keys = OFF")
        for statement in statements:
            connection.exec_driver_sql(statement)
        connection.commit()
        connection.exec_driver_sql("PRAGMA foreign_keys = ON")


def object_path(office: Office, component: Component) -> Path:
    root = Path(office.config.storage_url.removeprefix("file://"))
    (path,) = root.rglob(component.object_name)
    return path


def kinds(items: Iterable[Item]) -> list[tuple[str, str]]:
    return [(each.kind, each.id) for each in items]


def only(report: Report, part: str) -> list[tuple[str, str]]:
    """Return what one part of a report names, and see that no other part names anything."""
    parts = {"missing", "extra", "changed", "index_stale"}
    for other in parts - {part}:
        assert getattr(report, other) == []
    assert (report.gaps, report.duplicates) == ([], [])
    assert not report.ok
    return kinds(getattr(report, part))


def test_a_whole_office_has_no_fault(whole: Office) -> None:
    told: list[str] = []
    report = verify(whole, lambda what, _count: told.append(what))
    assert report.as_json() == {
        "ok": True,
        "counts": report.counts,
        "missing": [],
        "extra": [],
        "changed": [],
        "numbers": {"gaps": [], "duplicates": []},
        "index": {"lag": 0, "stale": []},
    }
    assert report.counts["documents"] == report.counts["index_entries"] == 1
    assert report.counts["objects"] == report.counts["components"] == 2
    assert report.counts["intents"] == 0
    assert {"objects", "documents", "log_entries", "index_entries"} <= set(told)


def test_a_fresh_office_without_index_has_no_fault(office: Office) -> None:
    report = verify(office)
    assert report.ok
    assert report.index_lag == report.counts["log_entries"] > 0


def test_a_check_changes_nothing(whole: Office) -> None:
    def state() -> list[tuple[str, str]]:
        files = [path for path in whole.config.home.rglob("*") if path.is_file()]
        return sorted(
            (path.name, hashlib.sha256(path.read_bytes()).hexdigest())
            for path in files
            if "sqlite3" not in path.name
        )

    with whole.database.engine.connect() as connection:
        before = connection.exec_driver_sql("PRAGMA data_version").scalar(), state()
        verify(whole)
        assert (connection.exec_driver_sql("PRAGMA data_version").scalar(), state()) == before


def test_a_deleted_object_is_missing(whole: Office, component: Component) -> None:
    object_path(whole, component).unlink()
    assert only(verify(whole), "missing") == [("object", component.object_name)]


@pytest.mark.parametrize("place", [0, 40, -1])
def test_a_flipped_bit_is_a_change(whole: Office, component: Component, place: int) -> None:
    path = object_path(whole, component)
    stored = bytearray(path.read_bytes())
    stored[place] ^= 1
    path.chmod(0o600)
    path.write_bytes(stored)
    assert only(verify(whole), "changed") == [("object", component.object_name)]


def test_a_wrong_digest_in_the_database_is_a_change(whole: Office, component: Component) -> None:
    with whole.database.writing() as uow:
        uow.session.get_one(Component, component.id).sha256 = "0" * 64
    assert only(verify(whole), "changed") == [("object", component.object_name)]


def test_an_object_that_nobody_knows_is_extra(whole: Office, tmp_path: Path) -> None:
    names = [hashlib.sha256(bytes([number])).hexdigest() for number in range(20)]
    for name in names:
        path = tmp_path / name
        path.write_bytes(b"smuggled")
        whole.vault.store.put(name, path)
    assert sorted(only(verify(whole), "extra")) == [("object", name) for name in sorted(names)]


def test_a_file_in_the_store_that_is_no_object_is_extra(whole: Office) -> None:
    assert isinstance(whole.vault.store, LocalStore)
    root = whole.vault.store.root
    (root / "ab").mkdir(exist_ok=True)
    misplaced = f"ab/{'c' * 64}"
    for place in ("note.txt", misplaced):
        (root / place).write_text("Left here")
    report = verify(whole)
    assert sorted(only(report, "extra")) == [("file", misplaced), ("file", "note.txt")]


def test_an_object_on_its_way_in_is_extra_after_a_day_only(whole: Office, clock: HeldClock) -> None:
    ((received, _),) = keep(whole, [("late.txt", b"late")])
    report = verify(whole)
    assert report.ok
    assert report.counts["intents"] == 1
    clock.advance(hours=25)
    assert only(verify(whole), "extra") == [("object", received.name)]


def test_a_store_that_cannot_be_reached_is_no_verdict(whole: Office) -> None:
    root = Path(whole.config.storage_url.removeprefix("file://"))
    root.rename(root.with_name("away"))
    root.write_bytes(b"")
    with pytest.raises(StoreUnavailable):
        verify(whole)


def test_a_lost_component_is_missing(whole: Office, component: Component) -> None:
    run(
        whole,
        "DELETE FROM component_text",
        "DELETE FROM page_face",
        f"DELETE FROM component WHERE object_name = '{component.object_name}'",
    )
    found = only(verify(whole), "missing")
    assert found == [("component", f"{component.document_id} 0")]


def test_a_tampered_log_entry_is_a_change(whole: Office) -> None:
    run(whole, "UPDATE log_entry SET kind = 'document.checked' WHERE sequence = 30")
    assert only(verify(whole), "changed") == [("log_entry", "30")]


def test_a_tampered_payload_is_a_change(whole: Office) -> None:
    run(whole, "UPDATE log_payload SET payload = replace(payload, 'a', 'b') WHERE sequence = 30")
    assert only(verify(whole), "changed") == [("log_payload", "30")]


def test_a_payload_that_is_gone_is_missing(whole: Office) -> None:
    run(whole, "DELETE FROM log_payload WHERE sequence = 30")
    assert only(verify(whole), "missing") == [("log_payload", "30")]


def test_a_hole_in_the_log_is_missing(whole: Office) -> None:
    run(
        whole,
        "DELETE FROM log_object WHERE sequence = 30",
        "DELETE FROM log_payload WHERE sequence = 30",
        "DELETE FROM log_entry WHERE sequence = 30",
    )
    assert only(verify(whole), "missing") == [("log_entry", "30")]


def test_a_log_cut_at_its_end_is_missing(whole: Office) -> None:
    with whole.database.reading() as uow:
        last = uow.session.scalars(select(LogHead.size)).one() - 1
    run(
        whole,
        f"DELETE FROM log_object WHERE sequence = {last}",
        f"DELETE FROM log_payload WHERE sequence = {last}",
        f"DELETE FROM log_entry WHERE sequence = {last}",
    )
    assert only(verify(whole), "missing") == [("log_entry", str(last))]


def test_an_entry_beyond_the_head_is_extra(whole: Office) -> None:
    with whole.database.reading() as uow:
        size = uow.session.scalars(select(LogHead.size)).one()
    # The index is ahead of such a log: only the log's own faults matter here.
    run(whole, "UPDATE log_head SET size = size - 1")
    report = verify(whole)
    assert ("log_entry", str(size - 1)) in kinds(report.extra)


def test_a_timeline_that_hides_an_entry_is_missing_it(whole: Office, document: Document) -> None:
    with whole.database.reading() as uow:
        sequence = uow.session.scalars(
            select(LogObject.sequence).where(LogObject.object_id == document.id)
        ).first()
    run(
        whole,
        f"DELETE FROM log_object WHERE sequence = {sequence} AND object_id = X'{document.id.hex}'",
    )
    found = only(verify(whole), "missing")
    assert found == [("log_object", f"{sequence} {document.id}")]


def test_a_timeline_with_a_foreign_entry_has_it_extra(whole: Office, document: Document) -> None:
    with whole.database.writing() as uow:
        uow.session.execute(insert(LogObject), [{"object_id": document.id, "sequence": 3}])
    assert ("log_object", f"3 {document.id}") in only(verify(whole), "extra")


def test_a_missing_access_row_is_missing(whole: Office, document: Document) -> None:
    with whole.database.writing() as uow:
        uow.session.execute(delete(Access))
    assert only(verify(whole), "missing") == [("access", str(document.id))]


def test_an_access_row_that_no_rule_gives_is_extra(whole: Office, document: Document) -> None:
    with whole.database.writing() as uow:
        row = uow.session.scalars(select(Access)).one()
        uow.session.add(
            Access(
                principal=UUID(int=7),
                secrecy=row.secrecy,
                document_id=document.id,
                window=0,
                received_on=row.received_on,
                title_key=row.title_key,
            )
        )
    assert only(verify(whole), "extra") == [("access", str(document.id))]


def test_an_access_row_for_longer_than_granted_is_a_change(
    whole: Office, document: Document, clerk: Actor, worker: Worker, clock: HeldClock
) -> None:
    from records.documents.sharing import share_document

    reader = add_person(whole, "wang", Role.STAFF)
    assert reader.user_id is not None
    with whole.database.writing() as uow:
        share_document(
            uow,
            clerk,
            document_id=document.id,
            principal_kind=PrincipalKind.USER,
            principal_object_id=reader.user_id,
            reason="to know",
            until_at=clock.now() + timedelta(days=1),
        )
    worker.run_until_idle()
    assert verify(whole).ok
    with whole.database.writing() as uow:
        uow.session.execute(
            update(Access)
            .where(Access.until_at.is_not(None))
            .values(until_at=clock.now() + timedelta(days=1000))
        )
    assert only(verify(whole), "changed") == [("access", str(document.id))]


def test_a_number_that_no_line_bears_is_a_gap_unless_declared(
    whole: Office, document: Document
) -> None:
    with whole.database.writing() as uow:
        uow.session.execute(update(RegisterCounter).values(last=3))
    report = verify(whole)
    assert not report.ok
    assert report.gaps == [
        {"register": "incoming", "year": 2026, "number": 2},
        {"register": "incoming", "year": 2026, "number": 3},
    ]
    with whole.database.writing() as uow:
        uow.session.add(
            NumberGap(
                id=uow.new_id(),
                register_id=document.register_id,
                year=2026,
                first=2,
                last=3,
                declared_at=uow.now,
            )
        )
    assert verify(whole).ok


def test_a_document_with_another_number_than_its_line_is_a_change(
    whole: Office, document: Document
) -> None:
    with whole.database.writing() as uow:
        uow.session.execute(update(Document).values(number="IN-2026-0099"))
    assert only(verify(whole), "changed") == [("document", str(document.id))]


def test_a_document_in_no_book_is_missing_there(whole: Office, document: Document) -> None:
    with whole.database.writing() as uow:
        uow.session.execute(delete(Registration))
        uow.session.execute(delete(RegisterCounter))
    assert only(verify(whole), "missing") == [("registration", str(document.id))]


def test_an_index_entry_that_is_old_lacking_or_superfluous_is_stale(
    whole: Office, document: Document, clerk: Actor, worker: Worker
) -> None:
    from search.document import IndexDocument

    lacking = register(whole, clerk, "Lacking")
    worker.run_until_idle()
    engine = open_current(whole.config.search_url, whole.config.index_folder, writer=True)
    cursor = engine.cursor()
    engine.delete([str(lacking.id)])
    engine.add([IndexDocument(str(document.id), {"title": "old"}, revision=3)])
    engine.add([IndexDocument(str(UUID(int=5)), {"title": "a ghost"}, revision=3)])
    engine.commit(cursor)
    engine.close()
    report = verify(whole)
    assert {each.id for each in report.index_stale} == {
        str(document.id),
        str(lacking.id),
        str(UUID(int=5)),
    }
    assert len(only(report, "index_stale")) == 3


def test_an_index_that_is_late_is_no_fault(whole: Office, clerk: Actor) -> None:
    register(whole, clerk, "Just now")
    report = verify(whole)
    assert report.ok
    assert report.index_lag == 1


def test_a_damaged_index_is_stale(whole: Office) -> None:
    name = open_place(whole.config.search_url, whole.config.index_folder).current()
    assert name is not None
    (whole.config.index_folder / name / "meta.json").write_bytes(b"")
    assert only(verify(whole), "index_stale") == [("index", "index")]


def test_many_documents_are_checked_page_by_page(
    whole: Office, clerk: Actor, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    from records.audit import document_check, index_check, log_check, object_check

    for module in (document_check, index_check, log_check, object_check):
        monkeypatch.setattr(module, "PAGE", 2)
    for number in range(6):
        register(whole, clerk, f"Number {number}", files=[("a.txt", b"same bytes")])
    worker.run_until_idle()
    report = verify(whole)
    assert report.ok
    assert report.counts["documents"] == report.counts["index_entries"] == 7
    assert report.counts["objects"] == 8
    with whole.database.reading() as uow:
        entries = len(uow.session.scalars(select(LogEntry.sequence)).all())
        payloads = len(uow.session.scalars(select(LogPayload.sequence)).all())
    assert report.counts["log_entries"] == entries == payloads


def test_keeping_the_same_objects_again_leaves_no_orphan(whole: Office) -> None:
    received = whole.vault.receive([b"twice"], limit_bytes=99, file_name="a.txt")
    keep_objects(whole.database, whole.vault, [received])
    assert verify(whole).ok
