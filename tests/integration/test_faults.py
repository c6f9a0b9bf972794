"""What the machine may lack or lose while the office works: each is told, none leaves a trace."""

import hashlib
import os
import resource
import signal
import sqlite3
import subprocess
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from records.office import Office
from tests.api.conftest import Place, furnish, served
from tests.integration.conftest import Parts, at_work, checked, searchable, soon
from tests.integration.service import Service, serving
from tests.letters import letter
from tests.reading import samples

PDF = letter([["A letter about the harbour"]])


@pytest.fixture
def office(parts: Parts) -> Iterator[Office]:
    opened = parts.open("home")
    yield opened
    opened.close()


@pytest.fixture
def place(office: Office) -> Iterator[Place]:
    with served(office) as found:
        yield found


def number_of(answer: Any) -> int:
    assert answer.status_code == 201, answer.text
    return int(answer.json["number"].rpartition("-")[2])


@contextmanager
def nothing_longer_than(size_bytes: int) -> Iterator[None]:
    """Let no file of this process grow beyond a size, as if the disk were full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, ignored)


def assert_refused_for_now(answer: Any) -> None:
    assert answer.status_code == 503, answer.text
    assert answer.mimetype == "application/problem+json"
    assert answer.json["detail"]


def test_a_store_that_cannot_be_written_is_told_and_forgotten_when_it_can(place: Place) -> None:
    assert number_of(place.clerk.register(("one.pdf", PDF))) == 1
    folder = place.office.config.home / "objects"
    aside = folder.with_name("aside")
    folder.rename(aside)
    # A file where the folder was: not even root can write below it.
    folder.write_bytes(b"")
    assert_refused_for_now(place.clerk.register(("two.pdf", PDF), key="two"))
    folder.unlink()
    aside.rename(folder)
    assert number_of(place.clerk.register(("two.pdf", PDF), key="two")) == 2
    assert number_of(place.clerk.register(("two.pdf", PDF), key="two")) == 2
    assert len(place.clerk("GET", "/documents").json["items"]) == 2
    assert list(place.office.config.spool.iterdir()) == []


def test_a_full_disk_is_told_and_forgotten_when_there_is_room(place: Place) -> None:
    assert number_of(place.clerk.register(("one.pdf", PDF))) == 1
    content = b"%PDF-1.4\n" + os.urandom(2_500_000)
    with nothing_longer_than(1_000_000):
        assert_refused_for_now(place.clerk.register(("big.pdf", content), key="big"))
    assert list(place.office.config.spool.iterdir()) == []
    assert number_of(place.clerk.register(("big.pdf", content), key="big")) == 2
    with at_work(place.office):
        report = checked(place.office)
        assert report.ok, report.as_json()


@pytest.mark.skipif(os.geteuid() != 0, reason="mounting a small disk needs root")
def test_a_small_disk_fills_up_and_gets_room_again(parts: Parts, tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    with small_disk(disk), (disk / "ballast").open("wb") as ballast:
        office = Parts(disk, parts.founded_home, parts.request).open("home")
        with served(office) as place:
            ballast.write(bytes(4_000_000))
            ballast.flush()
            statuses = [register_numbered(place, each).status_code for each in range(10)]
            full = statuses.index(503)
            assert statuses[:full] == [201] * full
            assert set(statuses[full:]) <= {201, 503}
            (disk / "ballast").unlink()
            ballast.close()
            again = [number_of(register_numbered(place, each)) for each in range(10)]
            assert sorted(again) == list(range(1, 11))
            assert len(place.clerk("GET", "/documents").json["items"]) == 10
        office.close()


def register_numbered(place: Place, number: int) -> Any:
    content = hashlib.shake_256(bytes([number])).digest(1_000_000)
    return place.clerk.register((f"{number}.bin", content), key=f"key {number}")


@contextmanager
def small_disk(folder: Path) -> Iterator[None]:
    mounting = ["mount", "-t", "tmpfs", "-o", "size=14m", "tmpfs", str(folder)]
    if subprocess.run(mounting, capture_output=True, check=False).returncode:
        pytest.skip("this machine lets nobody mount; run the tests where root may")
    try:
        yield
    finally:
        unmounting = ["umount", "-l", str(folder)]
        subprocess.run(unmounting, check=True)


def test_a_database_that_is_locked_for_long_is_told_and_forgotten(
    place: Place,
) -> None:
    assert number_of(place.clerk.register(("one.pdf", PDF))) == 1
    engine = place.office.database.engine
    engine.dispose()
    event.listen(engine, "connect", lambda made, _: made.execute("PRAGMA busy_timeout=300"))
    path = place.office.config.home / "chancery.sqlite3"
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        answer = place.clerk.register(("two.pdf", PDF), key="two")
        assert_refused_for_now(answer)
        assert answer.json["code"] == "kept"
        # Whoever only reads does not wait.
        assert place.clerk("GET", "/documents").status_code == 200
        other.execute("ROLLBACK")
    assert number_of(place.clerk.register(("two.pdf", PDF), key="two")) == 2


def test_an_index_that_vanishes_comes_back_while_registering_goes_on(
    place: Place, tmp_path: Path
) -> None:
    with at_work(place.office):
        first = place.clerk.register(("first.pdf", PDF)).json["id"]
        searchable(place, first)
        made = []
        for each in range(12):
            if each == 4:
                # At once: the worker may begin to build anew while a folder is being emptied.
                place.office.config.index_folder.rename(tmp_path / "gone")
            answer = place.clerk.register((f"{each}.pdf", PDF))
            assert number_of(answer) == each + 2
            made.append(answer.json["id"])
            assert place.clerk("GET", "/search?q=harbour").status_code == 200
        soon(lambda: place.clerk("GET", "/search?q=harbour").json["total"] == 13)
        for each in made:
            searchable(place, each)
        report = checked(place.office)
        assert report.ok, report.as_json()


def test_hostile_files_in_a_row_do_not_stop_the_service(office: Office) -> None:
    service = Service(office.config.home, furnish(office)["clerk"])
    files = hostile_files()
    with serving(service):
        before = set(service.family())
        threads, odd = [], []

        def post(each: int) -> None:
            name, content = files[each % len(files)]
            answer = service.register(name, content)
            if answer.status != 201:
                odd.append((name, answer))

        for each in range(30):
            threads.append(threading.Thread(target=post, args=(each,)))
            threads[-1].start()
        for thread in threads:
            thread.join()
        assert odd == []
        kind = service.register("kind.pdf", PDF).json["id"]
        shown = soon(lambda: _read(service, kind), 90)
        assert shown["text"] == "done"
        items = service.ask("GET", "/api/v1/documents?limit=100").json["items"]
        soon(lambda: all(_read(service, each["id"]) for each in items), 90)
        assert before <= set(service.family()), service.log()


def hostile_files() -> list[tuple[str, bytes]]:
    """Files made to harm their reader: each is taken, and kept from doing so."""
    loop = "1 0 obj << /Type /Catalog /Pages 2 0 R >>", "<< /Type /Pages /Kids [2 0 R] /Count 9 >>"
    return [
        ("cut.pdf", PDF[: len(PDF) // 2]),
        ("loop.pdf", samples.pdf_file(loop)),
        ("bomb.docx", samples.package({"word/document.xml": samples.zeros(200_000_000)})),
        ("page.pdf", b"<html><script>alert(1)</script></html>"),
        ("../../../etc/passwd.txt", b"a name with folders"),
        ("program.docx", b"\x7fELF" + bytes(5_000)),
        ("noise.pdf", b"%PDF-1.7\n" + hashlib.shake_256(b"noise").digest(100_000)),
        ("x" * 300 + ".eml", b"From: a\r\nSubject: =?utf-8?B?////?=\r\n\r\n" + b"\xff" * 5_000),
    ]


def _read(service: Service, document_id: str) -> Any:
    shown = service.ask("GET", f"/api/v1/documents/{document_id}").json
    return shown if shown["status"] == "searchable" else None
