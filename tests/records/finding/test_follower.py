import os
import shutil
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest

from records.audit.verification import verify
from records.documents.models import Document
from records.finding import follower as follower_module
from records.finding.follower import Follower, FollowerBusy, reindex
from records.finding.state import IndexPhase, read_state, state_path, write_state
from records.office import Office
from records.people.rules import Actor
from records.worker import Worker
from search.opening import open_engine
from tests.builders import register
from tests.offices import HeldClock, reopened
from tests.records.finding.desk import Desk, soon


@pytest.fixture
def folder(office: Office) -> Path:
    return office.config.index_folder


def registered(office: Office, clerk: Actor, count: int, word: str = "gazette") -> None:
    for number in range(count):
        register(office, clerk, f"{word} {number}", files=[(f"{number}.txt", word.encode())])


def test_an_index_deleted_while_registering_goes_on_is_built_anew(
    office: Office, clerk: Actor, running: threading.Event, desk: Desk, folder: Path
) -> None:
    registered(office, clerk, 5)
    soon(lambda: desk.ask(clerk, "gazette").total == 5)
    shutil.rmtree(folder)
    registered(office, clerk, 5)
    soon(lambda: desk.ask(clerk, "gazette").total == 10)
    soon(lambda: read_state(folder).is_complete)
    assert not running.is_set()


def test_an_index_cut_short_while_registering_goes_on_is_built_anew(
    office: Office, clerk: Actor, running: threading.Event, desk: Desk, folder: Path
) -> None:
    registered(office, clerk, 5)
    soon(lambda: desk.ask(clerk, "gazette").total == 5)
    for path in folder.glob("*.term"):
        path.write_bytes(path.read_bytes()[:10])
    registered(office, clerk, 5)
    soon(lambda: desk.ask(clerk, "gazette").total == 10)
    assert not running.is_set()


@pytest.mark.parametrize("wrong", [b'{"engine": "tantivy", "version": 0}', b"", b"nonsense"])
def test_an_index_of_another_version_is_built_anew(
    office: Office, clerk: Actor, worker: Worker, desk: Desk, folder: Path, wrong: bytes
) -> None:
    registered(office, clerk, 2)
    worker.run_until_idle()
    (folder / "chancery-index.json").write_bytes(wrong)
    assert desk.ask(clerk, "gazette").index.phase is IndexPhase.MISSING
    worker.run_until_idle()
    assert desk.settled(clerk, "gazette").total == 2


def test_an_index_made_of_another_log_is_built_anew(
    office: Office, clerk: Actor, worker: Worker, desk: Desk, folder: Path
) -> None:
    registered(office, clerk, 2)
    worker.run_until_idle()
    engine = open_engine(office.config.search_url, folder, writer=True)
    engine.delete(desk_id for desk_id, _ in list(engine.entries()))
    engine.commit(engine.cursor())
    engine.close()
    worker.run_until_idle()
    assert desk.settled(clerk, "gazette").total == 0  # nothing tells that the index is wrong
    told = read_state(folder)
    write_state(folder, type(told)(told.phase, cursor=told.cursor, leaf="00" * 32))
    worker.run_until_idle()
    assert desk.settled(clerk, "gazette").total == 2


def test_an_index_ahead_of_its_log_is_built_anew(
    office: Office, clerk: Actor, worker: Worker, desk: Desk, folder: Path
) -> None:
    registered(office, clerk, 1)
    worker.run_until_idle()
    engine = open_engine(office.config.search_url, folder, writer=True)
    engine.commit(10_000)
    engine.close()
    registered(office, clerk, 1)
    worker.run_until_idle()
    assert desk.settled(clerk, "gazette").total == 2


def test_a_rebuild_tells_how_far_it_is_and_what_is_there_can_be_found(
    office: Office, clerk: Actor, worker: Worker, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    registered(office, clerk, 6)
    worker.run_until_idle()
    monkeypatch.setattr(follower_module, "BATCH_DOCUMENTS", 2)
    monkeypatch.setattr(follower_module, "REBUILD_COMMIT_SECONDS", 0.0)
    told = []

    def look(done: int, total: int) -> None:
        found = desk.settled(clerk, "gazette")
        told.append((done, total, found.total, found.index.phase))

    reindex(office, look)
    rebuilding = IndexPhase.REBUILDING
    assert [each[:2] for each in told] == [(0, 6), (2, 6), (4, 6), (6, 6)]
    assert [each[2] for each in told[1:]] == [2, 4, 6]
    assert {each[3] for each in told[1:]} == {rebuilding}
    assert desk.settled(clerk, "gazette").index.phase is IndexPhase.FOLLOWING


def test_what_changes_during_a_rebuild_is_found_after_it(
    office: Office,
    clerk: Actor,
    worker: Worker,
    desk: Desk,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    registered(office, clerk, 4)
    worker.run_until_idle()
    monkeypatch.setattr(follower_module, "BATCH_DOCUMENTS", 2)
    added: list[Document] = []

    def meanwhile(_done: int, _total: int) -> None:
        added.append(register(office, clerk, f"meanwhile {len(added)}"))

    reindex(office, meanwhile)
    worker.run_until_idle()
    assert desk.settled(clerk, "meanwhile").total == len(added) > 2
    assert desk.ask(clerk, "gazette").total == 4


def test_a_rebuild_that_is_interrupted_begins_again(
    office: Office, clerk: Actor, worker: Worker, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    registered(office, clerk, 4)
    monkeypatch.setattr(follower_module, "BATCH_DOCUMENTS", 2)
    monkeypatch.setattr(follower_module, "REBUILD_COMMIT_SECONDS", 0.0)

    def give_up(done: int, _total: int) -> None:
        if done:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        reindex(office, give_up)
    assert desk.ask(clerk, "").total == 2
    assert desk.reader.cursor() == 0
    worker.run_until_idle()
    assert desk.settled(clerk, "").total == 4


def test_a_running_worker_rebuilds_when_asked_to(
    office: Office, clerk: Actor, running: threading.Event, desk: Desk, folder: Path
) -> None:
    registered(office, clerk, 3)
    soon(lambda: desk.ask(clerk, "gazette").total == 3)
    made = (folder / "chancery-index.json").stat().st_mtime_ns
    cursor = reindex(reopened(office))
    assert cursor == read_state(folder).cursor > 0
    assert (folder / "chancery-index.json").stat().st_mtime_ns > made
    soon(lambda: desk.ask(clerk, "gazette").total == 3)
    assert not running.is_set()


def test_one_machine_has_one_follower(office: Office, running: threading.Event) -> None:
    soon(lambda: read_state(office.config.index_folder).is_complete)
    with pytest.raises(FollowerBusy):
        Follower(reopened(office)).catch_up()
    assert not running.is_set()


def test_a_passive_follower_takes_over(office: Office, clerk: Actor, desk: Desk) -> None:
    stops = [threading.Event(), threading.Event()]
    threads = [
        threading.Thread(target=Follower(reopened(office)).run, args=(stop,)) for stop in stops
    ]
    for thread in threads:
        thread.start()
    soon(lambda: read_state(office.config.index_folder).is_complete)
    stops[0].set()
    threads[0].join()
    register(office, clerk, "Handed over")
    soon(lambda: desk.ask(clerk, "handed").total == 1)
    stops[1].set()
    threads[1].join()


def test_whoosh_follows_the_log_too(office: Office, clerk: Actor, folder: Path) -> None:
    import dataclasses

    from records.finding.reader import IndexReader

    config = dataclasses.replace(office.config, search_url="whoosh:")
    plain = dataclasses.replace(office, config=config)
    register(plain, clerk, "Pure Python gazette", files=[("a.txt", b"walrus")])
    with Worker(plain) as worker:
        worker.run_until_idle()
    desk = Desk(plain, IndexReader(config.search_url, folder))
    assert desk.titles(clerk, "walrus") == ["Pure Python gazette"]
    desk.reader.close()


def test_a_class_that_moves_in_the_plan_takes_its_documents_along(
    office: Office, clerk: Actor, worker: Worker, desk: Desk, clock: HeldClock
) -> None:
    from records.classification.plan import ClassFacts, add_class, change_class
    from records.people.rules import SERVICE

    with office.database.writing() as uow:
        for code in ("Z1", "Z2"):
            add_class(uow, SERVICE, ClassFacts(code, code))
        uow.session.flush()
        leaf = add_class(uow, SERVICE, ClassFacts("Z1-1", "Leaf", parent="Z1", retention="10"))
        leaf_id = leaf.id
    register(office, clerk, "In the leaf", class_="Z1-1")
    worker.run_until_idle()
    assert desk.titles(clerk, "class:Z1") == ["In the leaf"]
    with office.database.writing() as uow:
        facts = ClassFacts("Z1-1", "Leaf", parent="Z2", retention="10")
        change_class(uow, SERVICE, class_id=leaf_id, version=1, facts=facts, closed=False)
    worker.run_until_idle()
    assert desk.settled(clerk, "class:Z1").total == 0
    assert desk.titles(clerk, "class:Z2") == ["In the leaf"]
    assert clock.now() < datetime.now(UTC)


def test_a_disk_on_which_nothing_can_be_told_does_not_end_the_follower(
    office: Office, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    follower = Follower(office)
    follower.catch_up()
    # A folder where the file is to be written: the state of the index cannot be told.
    in_the_way = state_path(folder).with_name(f"{state_path(folder).name}.{os.getpid()}")
    in_the_way.mkdir()
    (folder / "meta.json").write_bytes(b"damaged")
    stop = threading.Event()
    thread = threading.Thread(target=follower.run, args=(stop,))
    thread.start()
    try:
        soon(lambda: "cannot be built anew for now" in caplog.text)
        assert thread.is_alive()
        in_the_way.rmdir()
        soon(lambda: verify(office).ok)
    finally:
        stop.set()
        thread.join()
