import dataclasses
import shutil
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest

from records.documents.models import Document
from records.finding import feed, generation
from records.finding.follower import Follower, FollowerBusy
from records.finding.reader import IndexReader
from records.finding.rebuilding import reindex
from records.finding.state import IndexNote, IndexPhase, read_state
from records.office import Office
from records.people.rules import Actor
from records.worker import Worker
from search.opening import open_current, open_place
from tests.builders import register
from tests.offices import HeldClock, reopened
from tests.records.finding.desk import Desk, soon


@pytest.fixture
def folder(office: Office) -> Path:
    return office.config.index_folder


def answering(office: Office) -> Path:
    """The folder of the generation that answers."""
    name = open_place(office.config.search_url, office.config.index_folder).current()
    assert name is not None
    return office.config.index_folder / name


def registered(office: Office, clerk: Actor, count: int, word: str = "gazette") -> None:
    for number in range(count):
        register(office, clerk, f"{word} {number}", files=[(f"{number}.txt", word.encode())])


def in_small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed, "BATCH_DOCUMENTS", 2)
    monkeypatch.setattr(generation, "FILL_COMMIT_SECONDS", 0.0)


def test_an_index_deleted_while_registering_goes_on_is_built_anew(
    office: Office, clerk: Actor, running: threading.Event, desk: Desk, folder: Path
) -> None:
    registered(office, clerk, 5)
    soon(lambda: desk.ask(clerk, "gazette").total == 5)
    shutil.rmtree(folder)
    registered(office, clerk, 5)
    soon(lambda: desk.ask(clerk, "gazette").total == 10)
    soon(lambda: read_state(office.config).is_complete)
    assert not running.is_set()


def test_an_index_cut_short_while_registering_goes_on_is_built_anew(
    office: Office, clerk: Actor, running: threading.Event, desk: Desk
) -> None:
    registered(office, clerk, 5)
    soon(lambda: desk.ask(clerk, "gazette").total == 5)
    for path in answering(office).glob("*.term"):
        path.write_bytes(path.read_bytes()[:10])
    registered(office, clerk, 5)
    soon(lambda: desk.ask(clerk, "gazette").total == 10)
    assert not running.is_set()


@pytest.mark.parametrize("wrong", [b'{"engine": "tantivy", "version": 0}', b"", b"nonsense"])
def test_an_index_of_another_version_is_built_anew(
    office: Office, clerk: Actor, worker: Worker, desk: Desk, wrong: bytes
) -> None:
    registered(office, clerk, 2)
    worker.run_until_idle()
    (answering(office) / "chancery-index.json").write_bytes(wrong)
    assert desk.ask(clerk, "gazette").index.phase is IndexPhase.MISSING
    worker.run_until_idle()
    assert desk.settled(clerk, "gazette").total == 2


@pytest.mark.parametrize("lost", ["tantivy.current", "serving"])
def test_an_index_without_its_pointers_heals(
    office: Office, clerk: Actor, worker: Worker, desk: Desk, folder: Path, lost: str
) -> None:
    registered(office, clerk, 2)
    worker.run_until_idle()
    (folder / lost).unlink()
    worker.run_until_idle()
    assert desk.settled(clerk, "gazette").total == 2
    assert len(open_place("tantivy:", folder).generations()) == 1


def test_an_index_made_of_another_log_is_built_anew(
    office: Office, clerk: Actor, worker: Worker, desk: Desk, folder: Path
) -> None:
    registered(office, clerk, 2)
    worker.run_until_idle()
    engine = open_current(office.config.search_url, folder, writer=True)
    engine.delete(desk_id for desk_id, _ in list(engine.entries()))
    engine.commit(engine.cursor())
    engine.close()
    worker.run_until_idle()
    assert desk.settled(clerk, "gazette").total == 0  # nothing tells that the index is wrong
    place = open_place(office.config.search_url, folder)
    name = answering(office).name
    told = IndexNote.read(place, name)
    assert told is not None
    dataclasses.replace(told, leaf="00" * 32).write(place, name)
    worker.run_until_idle()
    assert desk.settled(clerk, "gazette").total == 2


def test_an_index_ahead_of_its_log_is_built_anew(
    office: Office, clerk: Actor, worker: Worker, desk: Desk, folder: Path
) -> None:
    registered(office, clerk, 1)
    worker.run_until_idle()
    engine = open_current(office.config.search_url, folder, writer=True)
    engine.commit(10_000)
    engine.close()
    registered(office, clerk, 1)
    worker.run_until_idle()
    assert desk.settled(clerk, "gazette").total == 2


def test_an_index_restored_from_an_old_copy_catches_up(
    office: Office, clerk: Actor, worker: Worker, desk: Desk, folder: Path, tmp_path: Path
) -> None:
    registered(office, clerk, 2)
    worker.run_until_idle()
    shutil.copytree(folder, tmp_path / "copy")
    name = answering(office).name
    registered(office, clerk, 2)
    worker.run_until_idle()
    shutil.rmtree(folder)
    shutil.copytree(tmp_path / "copy", folder)
    worker.run_until_idle()
    assert desk.settled(clerk, "gazette").total == 4
    assert answering(office).name == name


def test_the_first_index_tells_how_far_it_is_and_what_is_there_can_be_found(
    office: Office, clerk: Actor, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    registered(office, clerk, 6)
    in_small_steps(monkeypatch)
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


def test_what_changes_while_an_index_is_built_is_found_after_it(
    office: Office,
    clerk: Actor,
    worker: Worker,
    desk: Desk,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    registered(office, clerk, 4)
    worker.run_until_idle()
    in_small_steps(monkeypatch)
    added: list[Document] = []

    def meanwhile(_done: int, _total: int) -> None:
        added.append(register(office, clerk, f"meanwhile {len(added)}"))

    reindex(office, meanwhile)
    assert desk.settled(clerk, "meanwhile").total == len(added) > 2
    assert desk.ask(clerk, "gazette").total == 4


def test_a_first_index_that_is_interrupted_goes_on_where_it_was(
    office: Office, clerk: Actor, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    registered(office, clerk, 6)
    in_small_steps(monkeypatch)

    def give_up(done: int, _total: int) -> None:
        if done == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        reindex(office, give_up)
    assert desk.ask(clerk, "").total == 4
    assert desk.reader.cursor() == 0
    name = answering(office).name
    told: list[tuple[int, int]] = []
    reindex(office, lambda done, total: told.append((done, total)))
    assert told == [(4, 6), (6, 6)]
    assert desk.settled(clerk, "").total == 6
    assert answering(office).name == name


def test_one_machine_has_one_follower(office: Office, running: threading.Event) -> None:
    soon(lambda: read_state(office.config).is_complete)
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
    soon(lambda: read_state(office.config).is_complete)
    stops[0].set()
    threads[0].join()
    register(office, clerk, "Handed over")
    soon(lambda: desk.ask(clerk, "handed").total == 1)
    stops[1].set()
    threads[1].join()


def test_whoosh_follows_the_log_too(office: Office, clerk: Actor) -> None:
    config = dataclasses.replace(office.config, search_url="whoosh:")
    plain = dataclasses.replace(office, config=config)
    register(plain, clerk, "Pure Python gazette", files=[("a.txt", b"walrus")])
    with Worker(plain) as worker:
        worker.run_until_idle()
    desk = Desk(plain, IndexReader(config))
    assert desk.titles(clerk, "walrus") == ["Pure Python gazette"]
    desk.reader.close()


def test_where_nothing_can_be_written_the_follower_waits_and_goes_on_afterwards(
    office: Office, clerk: Actor, running: threading.Event, desk: Desk, folder: Path, tmp_path: Path
) -> None:
    registered(office, clerk, 2)
    soon(lambda: desk.ask(clerk, "gazette").total == 2)
    soon(lambda: read_state(office.config).is_complete)
    name = answering(office).name
    folder.rename(tmp_path / "away")
    folder.write_bytes(b"")  # every look into it is an error
    assert read_state(office.config).problem == f"{folder} is no folder"
    registered(office, clerk, 2)
    folder.unlink()
    (tmp_path / "away").rename(folder)
    soon(lambda: desk.ask(clerk, "gazette").total == 4)
    assert answering(office).name == name
    assert read_state(office.config).problem is None
    assert not running.is_set()


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
