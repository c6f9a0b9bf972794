import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select

from records.core.jobs import LEASE, Job, waiting
from records.documents.components import components_of
from records.documents.models import Component, ComponentText, Document, StoredObject
from records.documents.texts import open_text
from records.office import Office
from records.people.rules import Actor
from records.worker import Worker, worker_seen
from storage import StoreUnavailable
from tests.builders import register
from tests.letters import letter
from tests.offices import HeldClock
from tests.records.finding.desk import Desk, soon

TWO_PAGES = letter([["The marmalade arrived"], ["and the second page too"]])


def text_state(office: Office, document_id: UUID) -> tuple[str, str | None]:
    with office.database.reading() as uow:
        found = uow.session.get_one(Document, document_id)
    return found.text_state, found.text_reason


@pytest.mark.usefixtures("running")
def test_a_new_document_is_found_by_its_text_soon(office: Office, clerk: Actor, desk: Desk) -> None:
    soon(lambda: worker_seen(office.config) is not None)
    register(office, clerk, "Measured", files=[("letter.pdf", letter([["A rare quokka"]]))])
    soon(lambda: desk.titles(clerk, "quokka") == ["Measured"])


def test_reading_keeps_text_facts_and_the_true_type(
    office: Office, clerk: Actor, worker: Worker
) -> None:
    files = [("letter.pdf", TWO_PAGES), ("note.bin", "公文处理办法".encode())]
    document = register(office, clerk, files=files)
    worker.run_until_idle()
    with office.database.reading() as uow:
        pdf, note = components_of(uow, document.id)
        stored = uow.session.get_one(StoredObject, pdf.object_name)
        sealed = uow.session.get_one(ComponentText, pdf.id).sealed
        assert waiting(uow) == 0
    assert (pdf.text_state, pdf.page_count, pdf.signatures) == ("done", 2, 0)
    assert open_text(office.vault, stored.wrapped_key, sealed) == [
        "The marmalade arrived",
        "and the second page too",
    ]
    assert note.media_type == "text/plain"
    assert text_state(office, document.id) == ("done", None)


def test_a_file_that_cannot_be_read_says_why_and_holds_up_nobody(
    office: Office, clerk: Actor, worker: Worker, desk: Desk
) -> None:
    bomb = letter([["x"]]).replace(b"/Type /Catalog /Pages 2 0 R", b"/Type /Catalog /Pages 9 0 R")
    poisoned = register(office, clerk, "Poisoned", files=[("bad.pdf", bomb)])
    garbage = register(office, clerk, "Garbage", files=[("worse.pdf", b"%PDF-1.7\n" + b"\0" * 999)])
    register(office, clerk, "Healthy", files=[("good.pdf", TWO_PAGES)])
    worker.run_until_idle()
    assert text_state(office, poisoned.id) == ("failed", "damaged")
    assert text_state(office, garbage.id) == ("failed", "damaged")
    assert desk.titles(clerk, "marmalade") == ["Healthy"]
    assert desk.titles(clerk, "Poisoned") == ["Poisoned"]


def test_a_paper_document_without_files_is_found_by_its_metadata(
    office: Office, clerk: Actor, worker: Worker, desk: Desk
) -> None:
    register(office, clerk, "关于做好防汛工作的通知", document_number="国办发〔2024〕12号")
    worker.run_until_idle()
    assert desk.titles(clerk, "防汛") == ["关于做好防汛工作的通知"]
    assert desk.titles(clerk, "国办发[2024]12号") == ["关于做好防汛工作的通知"]


def test_a_store_that_fails_only_delays_reading(
    office: Office, clerk: Actor, worker: Worker, clock: HeldClock
) -> None:
    document = register(office, clerk, files=[("letter.pdf", TWO_PAGES)])
    objects = Path(office.config.storage_url.removeprefix("file://"))
    away = objects.with_name("away")
    broken = objects.with_name("objects")
    objects.rename(away)
    broken.write_bytes(b"")  # a file where the folder was: every look at it is an error
    worker.run_until_idle()
    assert text_state(office, document.id) == ("pending", None)
    with office.database.reading() as uow:
        job = uow.session.scalars(select(Job)).one()
    assert job.failed_at is None
    assert StoreUnavailable.__name__ in (job.last_error or "")
    broken.unlink()
    away.rename(objects)
    clock.advance(seconds=3)
    worker.run_until_idle()
    assert text_state(office, document.id) == ("done", None)


def test_a_store_that_never_comes_back_ends_as_a_reason(
    office: Office, clerk: Actor, worker: Worker, clock: HeldClock
) -> None:
    document = register(office, clerk, files=[("letter.pdf", TWO_PAGES)])
    objects = Path(office.config.storage_url.removeprefix("file://"))
    objects.rename(objects.with_name("away"))
    objects.write_bytes(b"")
    for _ in range(6):
        worker.run_until_idle()
        clock.advance(hours=3)
    assert text_state(office, document.id) == ("failed", "store_unavailable")


def test_a_missing_object_ends_as_a_reason_at_once(
    office: Office, clerk: Actor, worker: Worker
) -> None:
    document = register(office, clerk, files=[("letter.pdf", TWO_PAGES)])
    with office.database.reading() as uow:
        (component,) = components_of(uow, document.id)
    office.vault.store.delete(component.object_name)
    worker.run_until_idle()
    assert text_state(office, document.id) == ("failed", "object_missing")


def test_reading_twice_changes_nothing(office: Office, clerk: Actor, worker: Worker) -> None:
    from records.documents.texts import enqueue_reading

    document = register(office, clerk, files=[("letter.pdf", TWO_PAGES)])
    worker.run_until_idle()
    with office.database.writing() as uow:
        enqueue_reading(uow, components_of(uow, document.id))
    worker.run_until_idle()
    assert text_state(office, document.id) == ("done", None)
    with office.database.reading() as uow:
        assert len(uow.session.scalars(select(ComponentText)).all()) == 1


WORKER = """
import sys, threading
from pathlib import Path
from records.core.config import load_config
from records.office import open_office
from records.worker import Worker
office = open_office(load_config({}, home=Path(sys.argv[1])), writing=False)
with Worker(office) as worker:
    print("ready", flush=True)
    worker.run(threading.Event())
"""


def start_worker(home: Path) -> subprocess.Popen[bytes]:
    process = subprocess.Popen(
        [sys.executable, "-c", WORKER, str(home)],
        cwd=Path(__file__).parents[3],
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    return process


@pytest.mark.slow
def test_a_worker_that_is_killed_loses_nothing(
    office: Office, clerk: Actor, desk: Desk, clock: HeldClock
) -> None:
    # The worker in its own process has the real time: its jobs must be due by then.
    clock.instant = clock.instant.now(clock.instant.tzinfo)
    for number in range(40):
        pages = [[f"letter number {number}", "all about wombats"], ["end"]]
        register(office, clerk, f"Letter {number}", files=[(f"{number}.pdf", letter(pages))])
    first = start_worker(office.config.home)

    def is_in_the_middle() -> bool:
        with office.database.reading() as uow:
            return 0 < waiting(uow) < 40

    soon(is_in_the_middle)
    os.kill(first.pid, signal.SIGKILL)
    first.communicate()
    second = start_worker(office.config.home)
    try:
        soon(lambda: desk.ask(clerk, "wombats").total == 40, LEASE.total_seconds() + 20)
        with office.database.reading() as uow:
            states = uow.session.scalars(select(Component.text_state)).all()
        assert set(states) == {"done"}
    finally:
        second.kill()
        second.communicate()


def test_a_worker_says_that_it_is_alive(office: Office, worker: Worker) -> None:
    from datetime import UTC, datetime, timedelta

    assert worker_seen(office.config) is None
    stop = threading.Event()
    thread = threading.Thread(target=worker.run, args=(stop,))
    thread.start()
    soon(lambda: worker_seen(office.config) is not None)
    seen = worker_seen(office.config)
    assert seen is not None
    assert seen.pid == os.getpid()
    assert seen.is_alive(datetime.now(UTC))
    assert not seen.is_alive(datetime.now(UTC) + timedelta(minutes=1))
    stop.set()
    thread.join()
    assert worker_seen(office.config) is None
