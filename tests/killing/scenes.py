"""What the office is doing when it is killed: each scene is prepared, acted, and looked at.

An act can be done again after any death, as a program or the next worker does it again. Looking
says whether it was done, and fails where it was done in part or twice.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import pytest
from sqlalchemy import func, select

from records.backup.snapshots import read_snapshot, snapshot_names
from records.backup.writing import back_up
from records.circulation.models import ReadingItem, Receipt
from records.circulation.rules import Decision, ItemState
from records.circulation.signing import Opinion, sign_item
from records.core.jobs import Job
from records.core.log import LogEntry
from records.core.runner import Runner
from records.documents.intake import keep_objects
from records.documents.models import Component, ComponentText, Document
from records.documents.reading import ComponentReader
from records.documents.texts import READ_JOB
from records.exchange.bulk import import_files
from records.exchange.sources import find_files
from records.office import Office
from records.people.actors import actor_by_login
from records.people.rules import Role
from records.registration.registers import register_by_code
from records.registration.service import registered_before
from records.rewrapping import rewrap_all, rotate_master_key, wrapped_by
from records.scans.caged import stack_cage
from records.scans.models import SplitPart
from records.scans.plans import Part, TakenPage
from records.scans.splitter import Splitter
from records.scans.splitting import SPLIT_JOB, split_stack
from records.seals.caged import seal_cage
from records.seals.models import SealRequest, SealUsage
from records.worker import Worker
from search.reading import Cage
from tests.builders import actor, add_person, keep, register, register_in
from tests.letters import letter
from tests.records.channels.watched import files_below, watch
from tests.records.circulation.desks import Desks
from tests.records.scans.papers import as_pdf, paper
from tests.records.seals.electronic import ask, equip, press_all, to_stamp
from tests.records.seals.offices import seal_office

SOURCE = "letters/one.txt"


@dataclass(frozen=True)
class Stage:
    """An open office, and a folder beside it that belongs to nobody."""

    office: Office
    outside: Path


@dataclass(frozen=True)
class Scene:
    """An act with what comes before it and how it is looked at.

    Attributes:
        prepare: Makes the office ready, with sizes and counts by chance; returns the ids needed.
        act: Does it, from the beginning or from where it was left.
        is_done: Tells whether it was done; fails when it was done in part.
    """

    prepare: Callable[[Stage, Random], Any]
    act: Callable[[Stage, Any], None]
    is_done: Callable[[Stage, Any], bool]


def _clerk(stage: Stage, chance: Random) -> None:
    """Let a clerk have registered something before, or nothing."""
    clerk = add_person(stage.office, "clerk", Role.CLERK)
    for number in range(chance.randrange(3)):
        register(stage.office, clerk, f"Before {number}", files=[("old.txt", b"before")])


def count_rows(stage: Stage, model: Any, *which: Any) -> int:
    """Return how many rows of a model there are."""
    with stage.office.database.reading() as uow:
        return uow.session.scalar(select(func.count()).select_from(model).where(*which)) or 0


# Registration ------------------------------------------------------------------------------------


def _prepare_registration(stage: Stage, chance: Random) -> bytes:
    _clerk(stage, chance)
    return chance.randbytes(chance.choice((1, 5_000, 70_000, 400_000)))


def _register(stage: Stage, content: bytes) -> None:
    office = stage.office
    received = office.vault.receive([content], limit_bytes=10**7, file_name="one.txt")
    with office.database.reading() as uow:
        clerk = actor_by_login(uow, "clerk")
        book = register_by_code(uow, "incoming")
        found = registered_before(uow, register=book, source_id=SOURCE, sha256=received.sha256)
    if found is not None:
        office.vault.discard(received)
        return
    keep_objects(office.database, office.vault, [received])
    with office.database.writing() as uow:
        register_in(uow, clerk, "New", received=[(received, "one.txt")], source_id=SOURCE)


def _is_registered(stage: Stage, _content: bytes) -> bool:
    documents = count_rows(stage, Document, Document.title == "New")
    files = count_rows(stage, Component, Component.name == "one.txt")
    assert documents == files <= 1
    return documents == 1


# Signing -----------------------------------------------------------------------------------------


def _prepare_signing(stage: Stage, chance: Random) -> Any:
    desks = Desks(stage.office, add_person(stage.office, "clerk", Role.CLERK))
    names = [f"reader{each}" for each in range(chance.randint(1, 3))]
    round_id = desks.send(desks.document("Report " * chance.randint(1, 20)), names)
    return desks.item(round_id, names[0])


def _sign(stage: Stage, item_id: Any) -> None:
    reader = actor(stage.office, "reader0")
    if not _is_signed(stage, item_id):
        with stage.office.database.writing() as uow:
            opinion = Opinion(Decision.READ, "Seen")
            sign_item(uow, stage.office.vault, reader, item_id=item_id, opinion=opinion)


def _is_signed(stage: Stage, item_id: Any) -> bool:
    with stage.office.database.reading() as uow:
        is_signed = uow.session.get_one(ReadingItem, item_id).state == ItemState.SIGNED
    receipts = count_rows(stage, Receipt)
    assert (
        receipts == int(is_signed) == count_rows(stage, LogEntry, LogEntry.kind == "receipt.signed")
    )
    return is_signed


# Stamping ----------------------------------------------------------------------------------------


def _prepare_stamping(stage: Stage, chance: Random) -> Any:
    seals = seal_office(stage.office)
    for number in range(chance.randrange(3)):
        register(stage.office, seals.clerk, f"Before {number}")
    equip(seals)
    request_id = to_stamp(seals)
    ask(seals, request_id)
    return request_id


def _stamp(stage: Stage, _request_id: Any) -> None:
    with seal_cage() as cage:
        press_all(stage.office, cage)


def _is_stamped(stage: Stage, request_id: Any) -> bool:
    lines = count_rows(stage, SealUsage)
    copies = count_rows(stage, Component, Component.role == "stamped")
    with stage.office.database.reading() as uow:
        is_used = uow.session.get_one(SealRequest, request_id).state == "used"
    assert lines == copies == int(is_used)
    return is_used


# Import ------------------------------------------------------------------------------------------


def _prepare_import(stage: Stage, chance: Random) -> int:
    _clerk(stage, chance)
    return _lay_out(stage.outside, chance)


def _lay_out(folder: Path, chance: Random) -> int:
    files = chance.randint(2, 4)
    for number in range(files):
        content = chance.randbytes(chance.choice((1, 2_000, 70_000)))
        (folder / f"new {number}.bin").write_bytes(content)
    return files


def _import(stage: Stage, files: int) -> None:
    outcomes = import_files(
        stage.office.database,
        stage.office.vault,
        sources=find_files([stage.outside]),
        register_code="incoming",
        actor=lambda uow: actor_by_login(uow, "clerk"),
        limit_bytes=10**7,
    )
    assert len(list(outcomes)) == files


def _is_imported(stage: Stage, files: int) -> bool:
    documents = count_rows(stage, Document, Document.title.startswith("new "))
    assert documents in (0, files)
    return documents == files


# A watched folder --------------------------------------------------------------------------------


def _look(stage: Stage, _files: int) -> None:
    watch(stage.office, stage.outside).look()


def _is_taken(stage: Stage, files: int) -> bool:
    documents = count_rows(stage, Document, Document.title.startswith("new "))
    assert documents in (0, files)
    found = files_below(stage.outside)
    assert len(found) == files, "a file is gone, or there twice"
    done = [each for each in found if each.startswith("done/")]
    # A file leaves the folder only when it is registered.
    assert documents == files or not done
    return len(done) == files


# Jobs of the worker ------------------------------------------------------------------------------


def _prepare_reading(stage: Stage, chance: Random) -> int:
    clerk = add_person(stage.office, "clerk", Role.CLERK)
    files = chance.randint(1, 3)
    for number in range(files):
        pages = [[f"Letter {number}", f"page {page}"] for page in range(chance.randint(1, 3))]
        register(stage.office, clerk, f"Letter {number}", files=[("a.pdf", letter(pages))])
    return files


def _read(stage: Stage, _files: int) -> None:
    office = stage.office
    with Cage() as cage:
        handler = ComponentReader(office.database, office.vault, cage).handler
        _run(Runner(office.database, {READ_JOB: handler}, parallel=1))


def _is_read(stage: Stage, files: int) -> bool:
    texts = count_rows(stage, ComponentText)
    waiting = count_rows(stage, Job, Job.kind == READ_JOB)
    assert texts + waiting == files, "a job is gone without its text, or is still there with it"
    return not waiting


def _prepare_split(stage: Stage, _chance: Random) -> Any:
    office = stage.office
    clerk = add_person(office, "clerk", Role.CLERK)
    pages = [paper(each) for each in ("one", "two", "three")]
    stack = register(office, clerk, "Stack", files=[("scan.pdf", as_pdf(pages))])
    with pytest.MonkeyPatch.context() as without:
        for module in ("records.worker", "records.scans.following", "records.scans.service"):
            without.setattr(f"{module}.ocr_available", lambda: ())
        with Worker(office) as worker:
            worker.run_until_idle()
    parts = [Part((TakenPage(1),)), Part((TakenPage(2), TakenPage(3)))]
    with office.database.writing() as uow:
        split_stack(uow, clerk, document_id=stack.id, version=None, parts=parts, book_reason="-")
    return stack.id


def _split(stage: Stage, _stack_id: Any) -> None:
    office = stage.office
    with stack_cage() as cage:
        handler = Splitter(office.database, office.vault, cage).handler
        _run(Runner(office.database, {SPLIT_JOB: handler}, parallel=1))


def _is_split(stage: Stage, stack_id: Any) -> bool:
    parts = count_rows(stage, SplitPart)
    with stage.office.database.reading() as uow:
        is_voided = uow.session.get_one(Document, stack_id).state == "voided"
    assert parts == (2 if is_voided else 0)
    assert count_rows(stage, Document) == 1 + parts
    return is_voided


def _run(runner: Runner) -> None:
    try:
        while runner.turn(0.2):
            pass
    finally:
        runner.close()


# Keys and back-ups -------------------------------------------------------------------------------


def _prepare_papers(stage: Stage, chance: Random) -> str:
    clerk = add_person(stage.office, "clerk", Role.CLERK)
    for number in range(chance.randint(2, 5)):
        content = chance.randbytes(chance.choice((1, 3_000, 70_000)))
        register(stage.office, clerk, f"Paper {number}", files=[("a.bin", content)])
    keep(stage.office, [("waiting.bin", b"not registered yet")])
    return stage.office.vault.keyring.current_id


def _rotate(stage: Stage, first_id: str) -> None:
    database, keyring = stage.office.database, stage.office.vault.keyring
    again = keyring.current_id != first_id
    for _ in rewrap_all(database, keyring) if again else rotate_master_key(database, keyring):
        pass


def _is_rotated(stage: Stage, first_id: str) -> bool:
    # That every key opens, whichever master it is under, is what `verify` looks at.
    with stage.office.database.reading() as uow:
        return first_id not in wrapped_by(uow)


def _back_up(stage: Stage, _papers: str) -> None:
    back_up(stage.office, stage.outside / "kept")


def _is_backed_up(stage: Stage, _papers: str) -> bool:
    kept = stage.outside / "kept"
    for name in snapshot_names(kept):
        snapshot = read_snapshot(kept, name)
        needed = {block.name for each in snapshot.tables for block in each.blocks}
        assert needed <= {each.name for each in (kept / "objects").rglob("*") if each.is_file()}
        assert not snapshot.missing
    return bool(snapshot_names(kept))


SCENES: Mapping[str, Scene] = {
    "registration": Scene(_prepare_registration, _register, _is_registered),
    "signing": Scene(_prepare_signing, _sign, _is_signed),
    "stamping": Scene(_prepare_stamping, _stamp, _is_stamped),
    "import": Scene(_prepare_import, _import, _is_imported),
    "watched folder": Scene(_prepare_import, _look, _is_taken),
    "reading job": Scene(_prepare_reading, _read, _is_read),
    "split": Scene(_prepare_split, _split, _is_split),
    "key rotation": Scene(_prepare_papers, _rotate, _is_rotated),
    "back-up": Scene(_prepare_papers, _back_up, _is_backed_up),
}
