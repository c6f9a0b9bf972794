from pathlib import Path

import pytest
from sqlalchemy import func, select

from records.core.errors import Invalid, NotAllowed
from records.documents.models import Document, ObjectIntent
from records.exchange.bulk import BATCH, Outcome, Status, import_files
from records.exchange.export import export_documents
from records.exchange.sources import find_files, read_manifest
from records.office import Office
from records.people.rules import SERVICE, Actor, Role
from records.registration.book import number_faults
from tests.builders import actor, add_person


def bring(
    office: Office, folder: Path, manifest: str | None = None, who: Actor = SERVICE
) -> list[Outcome]:
    sources = find_files([folder])
    if manifest is not None:
        sources = read_manifest(manifest.encode(), sources)
    return list(
        import_files(
            office.database,
            office.vault,
            register_code="incoming",
            sources=sources,
            actor=lambda _: who,
            limit_bytes=1_000,
        )
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "papers"
    (made / "sub").mkdir(parents=True)
    for number in range(BATCH + 5):
        (made / "sub" / f"{number:03}.txt").write_text(f"paper {number}")
    return made


def state(office: Office) -> tuple[int, int, list[object]]:
    """Documents, intents of objects, and number faults."""
    with office.database.reading() as uow:
        gaps, doubles = number_faults(uow)
        return (
            uow.session.scalar(select(func.count()).select_from(Document)) or 0,
            uow.session.scalar(select(func.count()).select_from(ObjectIntent)) or 0,
            [*gaps, *doubles],
        )


def test_files_are_registered_in_stable_order_and_once(office: Office, folder: Path) -> None:
    first = bring(office, folder)
    assert [each.number for each in first] == [
        f"IN-2026-{number:04}" for number in range(1, BATCH + 6)
    ]
    again = bring(office, folder)
    assert {each.status for each in again} == {Status.EXISTING}
    assert [each.id for each in again] == [each.id for each in first]
    assert state(office) == (BATCH + 5, 0, [])
    assert not list(office.config.spool.iterdir())


def test_the_same_name_with_other_bytes_is_another_document(office: Office, folder: Path) -> None:
    bring(office, folder)
    (folder / "sub" / "003.txt").write_text("paper 3, second edition")
    statuses = [each.status for each in bring(office, folder)]
    assert statuses.count(Status.REGISTERED) == 1


def test_one_bad_file_fails_alone(office: Office, folder: Path) -> None:
    (folder / "sub" / "002.txt").write_bytes(b"x" * 1_001)
    (folder / "sub" / "004.txt").unlink()
    (folder / "sub" / "004.txt").symlink_to(folder / "nowhere")
    outcomes = bring(office, folder)
    failed = [each for each in outcomes if each.status is Status.FAILED]
    assert [Path(each.path).name for each in failed] == ["002.txt", "004.txt"]
    assert all(each.error for each in failed)
    assert state(office) == (BATCH + 3, 0, [])


def test_a_manifest_gives_metadata_and_a_wrong_row_fails_alone(
    office: Office, folder: Path
) -> None:
    outcomes = bring(
        office,
        folder,
        "path;title;unit;number;received_on;secrecy\n"
        "sub/001.txt;First;;;;\n"
        "sub\\002.txt;Second;nowhere;;;\n"
        "gone.txt;Gone;;;;\n"
        "sub/003.txt;Old;;7;2020-05-01;\n"
        "sub/004.txt;Old again;;7;2020-05-02;\n"
        "sub/005.txt;Wrong;;;;hush\n"
        "sub/006.txt;Last;office;;;\n",
    )
    assert [each.status.value for each in outcomes] == [
        "registered", "failed", "failed", "registered", "failed", "failed", "registered",
    ]  # fmt: skip
    assert outcomes[3].number == "IN-2020-0007"
    assert "no unit nowhere" in (outcomes[1].error or "")
    assert state(office) == (3, 0, [])


def test_closing_an_import_early_leaves_nothing_half_done(office: Office, folder: Path) -> None:
    running = import_files(
        office.database,
        office.vault,
        register_code="incoming",
        sources=find_files([folder]),
        actor=lambda _: SERVICE,
        limit_bytes=1_000,
    )
    next(running)
    running.close()
    documents, intents, numbers = state(office)
    assert (documents, intents, numbers) == (BATCH, 0, [])
    assert not list(office.config.spool.iterdir())
    assert state(office)[0] < len(bring(office, folder)) == state(office)[0]


def test_an_import_is_refused_before_it_begins(office: Office, folder: Path) -> None:
    with pytest.raises(NotAllowed):
        bring(office, folder, who=add_person(office, "reader", Role.STAFF))
    with pytest.raises(Invalid, match="no path"):
        bring(office, folder, "path,title\n,A\n")


def test_an_export_holds_what_a_person_may_see_and_proves_it(
    office: Office, folder: Path, tmp_path: Path
) -> None:
    import hashlib

    bring(office, folder, "path,secrecy,title\nsub/001.txt,public,=A\nsub/002.txt,secret,B\n")
    add_person(office, "reader", Role.STAFF)
    out = tmp_path / "out"
    done = export_documents(
        office.database, office.vault, out, actor=lambda _: actor(office, "reader")
    )
    assert (done.documents, done.files, done.damaged) == (1, 1, [])
    lines = (out / "SHA256SUMS").read_text().splitlines()
    sums = {line[66:]: line[:64] for line in lines}
    assert set(sums) == {
        "files/incoming/IN-2026-0001/01 001.txt", "documents.jsonl", "documents.csv",
    }  # fmt: skip
    for name, digest in sums.items():
        assert hashlib.sha256((out / name).read_bytes()).hexdigest() == digest
    assert "'=A" in (out / "documents.csv").read_text()
