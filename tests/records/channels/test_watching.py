"""A watched folder: what is taken, what is left, what is laid aside, and what dies in between."""

import json
import os
import signal
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import event

from records.channels.keeper import ChannelKeeper
from records.channels.models import ChannelLook
from records.channels.service import try_again
from records.channels.watching import FolderWatch
from records.documents.models import Document
from records.office import Office
from records.people.rules import SERVICE
from records.registration.models import Register
from records.registration.registers import register_by_code
from tests.integration.test_faults import nothing_longer_than
from tests.offices import reopened
from tests.records.channels.watched import arrivals, faults, files_below, intents, titles, watch
from tests.records.test_crash import Point, arm


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "scans"
    made.mkdir()
    return made


def fill(folder: Path, count: int, prefix: str = "letter") -> None:
    for number in range(count):
        place = folder / f"tray {number % 3}"
        place.mkdir(exist_ok=True)
        (place / f"{prefix} {number:03}.txt").write_text(f"{prefix} {number}")


def test_files_become_documents_and_lie_in_done_afterwards(office: Office, folder: Path) -> None:
    fill(folder, 4)
    assert watch(office, folder).look() == 4
    assert titles(office) == [f"letter {number:03}" for number in range(4)]
    assert files_below(folder) == [
        "done/tray 0/letter 000.txt",
        "done/tray 0/letter 003.txt",
        "done/tray 1/letter 001.txt",
        "done/tray 2/letter 002.txt",
    ]
    assert watch(office, folder).look() == 0


def test_what_is_registered_can_be_deleted(office: Office, folder: Path) -> None:
    fill(folder, 2)
    assert watch(office, folder, delete=True).look() == 2
    assert files_below(folder) == []


def test_a_file_is_taken_when_it_has_settled_and_nobody_writes_to_it(
    office: Office, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1_000.0
    monkeypatch.setattr("records.channels.watching.time.monotonic", lambda: now)
    watching = watch(office, folder, settle=3)
    path = folder / "growing.txt"
    with path.open("w") as writing:
        writing.write("half")
        writing.flush()
        assert watching.look() == 0
        now += 2
        writing.write(", whole")
        writing.flush()
        os.utime(path, ns=(1, 1))
        assert watching.look() == 0
        now += 2
        assert watching.look() == 0
        now += 2
        # Settled, and still open for writing.
        assert watching.look() == 0
    assert watching.look() == 1
    assert (folder / "done" / "growing.txt").read_text() == "half, whole"


def test_temporary_names_and_hidden_files_are_left_alone(office: Office, folder: Path) -> None:
    names = [".hidden", "~$letter.docx", "scan.pdf.part", "a.tmp", "b.crdownload", "Thumbs.db"]
    for each in names:
        (folder / each).write_text("not yet")
    assert watch(office, folder).look() == 0
    assert files_below(folder) == sorted(names)


def test_links_and_devices_are_not_read_through(office: Office, folder: Path) -> None:
    secret = folder.parent / "secret.txt"
    secret.write_text("the master key")
    (folder / "link.txt").symlink_to(secret)
    (folder / "out").symlink_to(folder.parent)
    os.mkfifo(folder / "pipe.txt")
    assert watch(office, folder).look() == 0
    assert titles(office) == []
    assert [each.name for each in arrivals(office)] == ["link.txt", "out", "pipe.txt"]
    assert secret.read_text() == "the master key"
    assert not (folder / "pipe.txt").exists()


def test_metadata_beside_a_file_goes_along(office: Office, folder: Path) -> None:
    (folder / "a.pdf").write_bytes(b"%PDF-1.4 a")
    (folder / "a.pdf.json").write_text(
        json.dumps({"title": "关于港口的函", "urgency": "加急", "keywords": ["港口", "航道"]})
    )
    (folder / "b.pdf").write_bytes(b"%PDF-1.4 b")
    (folder / "b.pdf.csv").write_text("标题,文号\n第二件,港发〔2026〕7号\n", encoding="gb18030")
    (folder / "c.pdf.json").write_text("{}")
    assert watch(office, folder).look() == 2
    with office.database.reading() as uow:
        first = uow.session.query(Document).filter_by(title="关于港口的函").one()
        assert (first.urgency, first.keywords) == ("urgent", ["港口", "航道"])
        second = uow.session.query(Document).filter_by(title="第二件").one()
        assert second.document_number == "港发〔2026〕7号"
    # What describes a file that is not there yet waits for it.
    assert files_below(folder) == [
        "c.pdf.json", "done/a.pdf", "done/a.pdf.json", "done/b.pdf", "done/b.pdf.csv",
    ]  # fmt: skip


def test_what_cannot_be_registered_lies_in_failed_with_the_reason(
    office: Office, folder: Path
) -> None:
    (folder / "bad.txt").write_text("bad")
    (folder / "bad.txt.json").write_text('{"secrecy": "hush"}')
    (folder / "worse.txt").write_text("worse")
    (folder / "worse.txt.json").write_text("no json")
    (folder / "good.txt").write_text("good")
    watching = watch(office, folder)
    assert watching.look() == 1
    assert files_below(folder) == [
        "done/good.txt",
        "failed/bad.txt", "failed/bad.txt.json", "failed/bad.txt.reason.txt",
        "failed/worse.txt", "failed/worse.txt.json", "failed/worse.txt.reason.txt",
    ]  # fmt: skip
    assert "no secrecy level hush" in (folder / "failed" / "bad.txt.reason.txt").read_text()
    worse, bad = arrivals(office)
    assert (bad.name, bad.state, bad.cells) == ("bad.txt", "waiting", {"secrecy": "hush"})
    # From the page, without the metadata: then it leaves the folder of failures, too.
    with office.database.writing() as uow:
        made = try_again(uow, SERVICE, office.vault, arrival_id=bad.id, plain=True)
    assert watching.look() == 0
    assert files_below(folder)[:3] == ["done/bad.txt", "done/bad.txt.json", "done/good.txt"]
    # By hand: the mended pair is moved back.
    (folder / "failed" / "worse.txt").rename(folder / "worse.txt")
    (folder / "failed" / "worse.txt.json").unlink()
    assert watching.look() == 1
    worse, bad = arrivals(office)
    assert bad.document_id == made.id
    assert (worse.state, worse.place) == ("registered", None)
    assert titles(office) == ["bad", "good", "worse"]
    assert intents(office) == 1  # the bytes that the second try has made needless


def test_a_closed_register_leaves_all_in_place_and_is_told(office: Office, folder: Path) -> None:
    fill(folder, 2)
    with office.database.writing() as uow:
        register_by_code(uow, "incoming").closed_on = uow.today
    look(office, folder)
    with office.database.reading() as uow:
        told = uow.session.get_one(ChannelLook, str(folder))
        assert (told.message, told.details) == (
            "The register %(code)s is closed.",
            {"code": "incoming"},
        )
    assert len(files_below(folder)) == 2
    with office.database.writing() as uow:
        uow.session.query(Register).filter_by(code="incoming").one().closed_on = None
    look(office, folder)
    assert len(titles(office)) == 2
    with office.database.reading() as uow:
        assert uow.session.get_one(ChannelLook, str(folder)).message is None


def look(office: Office, folder: Path) -> None:
    keeper, watching = ChannelKeeper(office), watch(office, folder)
    keeper.tell(watching, keeper.look_once(watching), 1.0)


def test_a_full_disk_loses_nothing_and_doubles_nothing(office: Office, folder: Path) -> None:
    fill(folder, 3)
    (folder / "big.bin").write_bytes(os.urandom(2_500_000))
    keeper, watching = ChannelKeeper(office), watch(office, folder)
    with nothing_longer_than(1_000_000):
        assert keeper.look_once(watching) is not None
    assert (folder / "big.bin").exists()
    assert arrivals(office) == []
    assert keeper.look_once(watching) is None
    assert titles(office) == ["big", "letter 000", "letter 001", "letter 002"]
    assert (faults(office), list(office.config.spool.iterdir())) == ([], [])


def test_a_locked_database_loses_nothing_and_doubles_nothing(office: Office, folder: Path) -> None:
    fill(folder, 3)
    office.database.engine.dispose()
    event.listen(
        office.database.engine,
        "connect",
        lambda made, _: made.execute("PRAGMA busy_timeout=100"),
    )
    keeper, watching = ChannelKeeper(office), watch(office, folder)
    path = office.config.home / "chancery.sqlite3"
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        error = keeper.look_once(watching)
        assert error is not None
        assert error.message == "The database does not answer."
        assert len(files_below(folder)) == 3
        other.execute("ROLLBACK")
    assert keeper.look_once(watching) is None
    assert len(titles(office)) == 3
    assert arrivals(office) == []


TAKE = "records.channels.watching:FolderWatch."
KILLS = {
    "found": Point("records.channels.watching:FolderWatch._sort", after=True),
    "first spool opened": Point("storage.receiving:Receiving.__init__", after=True),
    "tenth spool written": Point("storage.receiving:Receiving.write", after=True, call=10),
    "twentieth received": Point("storage.receiving:Receiving.finish", after=True, call=20),
    "before the intents": Point("sqlalchemy.orm:Session.commit"),
    "intents committed": Point("sqlalchemy.orm:Session.commit", after=True),
    "third object put": Point("storage.local:LocalStore.put", after=True, call=3),
    "fifth object put": Point("storage.local:LocalStore.put", call=5),
    "all objects kept": Point("storage.vault:Vault.keep", after=True, call=20),
    "first number taken": Point("records.registration.service:take_number", after=True),
    "tenth number taken": Point("records.registration.service:take_number", after=True, call=10),
    "components bound": Point("records.registration.service:bind_components", after=True, call=7),
    "before the log": Point("records.core.database:append_events", call=2),
    "log written": Point("records.core.database:append_events", after=True, call=2),
    "committed": Point("sqlalchemy.orm:Session.commit", after=True, call=2),
    "acts after it": Point("records.core.database:UnitOfWork.committed", after=True, call=2),
    "before the first move": Point(TAKE + "_put_aside"),
    "first moved": Point(TAKE + "_put_aside", after=True),
    "in the middle of the moves": Point(TAKE + "_move", call=9),
    "all but one moved": Point(TAKE + "_put_aside", after=True, call=19),
}


def test_killed_at_twenty_points_each_file_is_registered_once(office: Office, folder: Path) -> None:
    count = 130
    fill(folder, count)
    office.database.engine.dispose()
    deaths = [die(office, folder, point) for point in KILLS.values()]
    assert deaths == [signal.SIGKILL] * 20
    last = watch(office, folder)
    while files_below(folder)[-1].startswith("tray"):
        last.look()
    assert titles(office) == [f"letter {number:03}" for number in range(count)]
    assert len(files_below(folder / "done")) == count
    assert (faults(office), arrivals(office)) == ([], [])


def die(office: Office, folder: Path, point: Point) -> int:
    """Look into the folder in a child that kills itself at a point; return what ended it."""
    child = os.fork()
    if child == 0:
        try:
            arm(point)
            own: FolderWatch = watch(reopened(office), folder)
            own.look()
        finally:
            os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) * -1
