"""The next index is built beside the one that answers, and takes its place in one step."""

import dataclasses
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from records.finding import feed, generation
from records.finding.builder import Builder, BuilderBusy
from records.finding.reader import IndexReader
from records.finding.rebuilding import reindex
from records.finding.state import IndexPhase, read_state
from records.office import Office
from records.people.rules import Actor
from records.worker import Worker
from search.generations import remove_folder, serving
from search.opening import open_place
from tests.builders import register
from tests.offices import reopened
from tests.records.finding.desk import Desk, soon


@pytest.fixture(autouse=True)
def small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed, "BATCH_DOCUMENTS", 2)
    monkeypatch.setattr(generation, "BESIDE_COMMIT_SECONDS", 0.0)


def registered(office: Office, clerk: Actor, count: int, word: str = "gazette") -> None:
    for number in range(count):
        register(office, clerk, f"{word} {number}", files=[(f"{number}.txt", word.encode())])


def generations(office: Office) -> list[str]:
    return list(open_place(office.config.search_url, office.config.index_folder).generations())


def current(office: Office) -> str | None:
    return open_place(office.config.search_url, office.config.index_folder).current()


def on(office: Office, engine: str) -> Office:
    config = dataclasses.replace(office.config, search_url=engine)
    return dataclasses.replace(office, config=config)


def interrupted(office: Office, after: int, to: str | None = None) -> None:
    def give_up(done: int, _total: int) -> None:
        if done == after:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        reindex(office, give_up, to=to)


@pytest.mark.parametrize("engine", ["tantivy:", "whoosh:"])
def test_the_index_answers_and_follows_while_the_next_is_built(
    office: Office, clerk: Actor, engine: str
) -> None:
    office = on(office, engine)
    registered(office, clerk, 3)
    with Worker(office) as worker:
        worker.run_until_idle()
    before = current(office)
    told: list[tuple[int, int, int, IndexPhase, tuple[int, int] | None]] = []
    stop = threading.Event()
    desk = Desk(office, IndexReader(office.config))
    with at_work(office, stop):
        soon(lambda: desk.reader.cursor() > 0)

        def look(done: int, total: int) -> None:
            registered(office, clerk, 1, f"new{len(told)}")
            soon(lambda: desk.ask(clerk, f"new{len(told)}").total == 1)
            found = desk.ask(clerk, "gazette")
            told.append((done, total, found.total, found.index.phase, found.index.beside))

        reindex(reopened(office), look)
        assert current(office) != before
        assert desk.ask(clerk, "gazette").total == 3
        assert desk.reader.state().beside is None
        registered(office, clerk, 1)
        soon(lambda: desk.ask(clerk, "gazette").total == 4)
        soon(lambda: len(generations(office)) == 1)
    desk.reader.close()
    assert {each[2:4] for each in told} == {(3, IndexPhase.FOLLOWING)}
    assert told[0][4] == (0, 3)
    assert told[-1][0] >= 3


@contextmanager
def at_work(office: Office, stop: threading.Event) -> Iterator[None]:
    with Worker(office) as worker:
        thread = threading.Thread(target=worker.run, args=(stop,))
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()


def test_without_a_worker_the_old_index_is_removed_by_the_command(
    office: Office, clerk: Actor, worker: Worker, desk: Desk
) -> None:
    registered(office, clerk, 3)
    worker.run_until_idle()
    before = current(office)
    assert reindex(office) == read_state(office.config).cursor > 0
    assert generations(office) == [current(office)] != [before]
    assert desk.settled(clerk, "gazette").total == 3


def test_a_rebuild_that_was_stopped_goes_on_where_it_was(
    office: Office, clerk: Actor, worker: Worker, desk: Desk
) -> None:
    registered(office, clerk, 7)
    worker.run_until_idle()
    interrupted(office, 4)
    assert desk.ask(clerk, "gazette").total == 7
    assert desk.reader.state().beside == (4, 7)
    registered(office, clerk, 1)
    worker.run_until_idle()
    assert desk.settled(clerk, "gazette").total == 8
    assert len(generations(office)) == 2
    told: list[int] = []
    reindex(office, lambda done, _total: told.append(done))
    assert told == [4, 6, 7]
    assert len(generations(office)) == 1
    assert desk.settled(clerk, "gazette").total == 8


def test_a_worker_finishes_a_rebuild_that_was_left(
    office: Office, clerk: Actor, worker: Worker, desk: Desk
) -> None:
    registered(office, clerk, 5)
    worker.run_until_idle()
    before = current(office)
    interrupted(office, 2)
    with at_work(reopened(office), threading.Event()):
        soon(lambda: current(office) != before)
        soon(lambda: len(generations(office)) == 1)
        assert desk.settled(clerk, "gazette").total == 5


def test_where_the_index_is_lost_the_next_one_that_was_begun_takes_its_place(
    office: Office, clerk: Actor, worker: Worker, desk: Desk
) -> None:
    registered(office, clerk, 5)
    worker.run_until_idle()
    interrupted(office, 4)
    lost = current(office)
    assert lost is not None
    (left,) = set(generations(office)) - {lost}
    remove_folder(office.config.index_folder / lost)
    worker.run_until_idle()
    assert (current(office), generations(office)) == (left, [left])
    assert desk.settled(clerk, "gazette").total == 5


def test_a_rebuild_begins_again_when_what_was_built_is_damaged(
    office: Office, clerk: Actor, worker: Worker, desk: Desk
) -> None:
    registered(office, clerk, 4)
    worker.run_until_idle()
    interrupted(office, 2)
    (left,) = set(generations(office)) - {current(office)}
    (office.config.index_folder / left / "meta.json").write_bytes(b"{")
    told: list[int] = []
    reindex(office, lambda done, _total: told.append(done))
    assert told == [0, 2, 4]
    assert generations(office) == [current(office)]
    assert desk.settled(clerk, "gazette").total == 4


def test_one_machine_has_one_builder(office: Office, clerk: Actor, worker: Worker) -> None:
    registered(office, clerk, 2)
    worker.run_until_idle()
    refused = []

    def try_as_well(_done: int, _total: int) -> None:
        with pytest.raises(BuilderBusy):
            Builder(office).build(threading.Event())
        refused.append(True)

    reindex(office, try_as_well)
    assert refused


@pytest.mark.parametrize(("here", "there"), [("tantivy:", "whoosh:"), ("whoosh:", "tantivy:")])
def test_moving_to_another_engine_needs_one_command_and_one_setting(
    office: Office, clerk: Actor, here: str, there: str
) -> None:
    before, after = on(office, here), on(office, there)
    registered(before, clerk, 5)
    stop = threading.Event()
    desk = Desk(before, IndexReader(before.config))
    with at_work(before, stop):
        soon(lambda: desk.ask(clerk, "gazette").total == 5)
        soon(lambda: read_state(before.config).is_complete)
        kept = current(before)
        told: list[int] = []
        reindex(reopened(before), lambda done, _total: told.append(done), to=there)
        assert told[0] == 0
        assert told[-1] == 5
        assert current(before) == kept
        assert desk.ask(clerk, "gazette").total == 5
        registered(before, clerk, 1)
        soon(lambda: desk.ask(clerk, "gazette").total == 6)
    desk.reader.close()
    prepared = current(after)
    assert prepared is not None
    assert read_state(after.config).is_complete
    with Worker(after) as worker:
        worker.run_until_idle()
    moved = Desk(after, IndexReader(after.config))
    assert moved.ask(clerk, "gazette").total == 6
    assert current(after) == prepared
    assert generations(before) == []
    assert serving(office.config.index_folder) == there.strip(":")
    moved.reader.close()


def test_a_move_that_was_stopped_goes_on_where_it_was(
    office: Office, clerk: Actor, worker: Worker
) -> None:
    registered(office, clerk, 5)
    worker.run_until_idle()
    interrupted(office, 2, to="whoosh:")
    worker.run_until_idle()
    told: list[int] = []
    reindex(office, lambda done, _total: told.append(done), to="whoosh:")
    assert told == [2, 4, 5]
    assert current(on(office, "whoosh:")) is not None


BUILD = """
import sys, time
from pathlib import Path
from records.core.config import load_config
from records.finding import feed, generation
from records.finding.rebuilding import reindex
from records.office import open_office
feed.BATCH_DOCUMENTS = 1
generation.BESIDE_COMMIT_SECONDS = 0.0
office = open_office(load_config({}, home=Path(sys.argv[1])), writing=False)
steps = []
def tell(done, total):
    print(done, flush=True)
    steps.append(done)
    if len(steps) == 3:
        time.sleep(600)  # it is killed before it is whole, however late
reindex(office, tell, to=sys.argv[2])
"""


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["tantivy:", "whoosh:"])
def test_a_builder_killed_at_any_moment_goes_on_at_its_last_commit(
    office: Office, clerk: Actor, worker: Worker, engine: str
) -> None:
    registered(office, clerk, 8)
    worker.run_until_idle()
    begun, killed = [], 0
    for wait in (0.0, 0.01, 0.03):
        with subprocess.Popen(
            [sys.executable, "-c", BUILD, str(office.config.home), engine],
            cwd=Path(__file__).parents[3],
            stdout=subprocess.PIPE,
            text=True,
        ) as process:
            assert process.stdout is not None
            begun.append(int(process.stdout.readline()))
            second = process.stdout.readline()
            assert second.strip().isdigit()
            time.sleep(wait)
            os.kill(process.pid, signal.SIGKILL)
            killed += 1
            process.stdout.read()
    assert begun[0] == 0
    # One document or more was added in each life, so that the next began later.
    assert begun == sorted(set(begun))
    assert len(begun) == killed
    reindex(office, to=engine)
    moved = on(office, engine)
    reader = IndexReader(moved.config)
    assert Desk(moved, reader).ask(clerk, "gazette").total == 8
    reader.close()
    assert len(generations(moved)) == 1
