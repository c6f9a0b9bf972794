"""Killed writers and broken files: an index is readable with its position, or is damaged."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from search.engine import Engine, IndexDamaged, SearchRequest, VisibilityFilter
from search.opening import open_engine, wipe_index
from search.parser import parse
from tests.search.conftest import EMBEDDED, Open
from tests.search.samples import ask, documents

# Whoosh leaves the file open that it fails to read, until the collector comes by.
pytestmark = pytest.mark.filterwarnings(
    "ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning"
)


@pytest.fixture
def url(embedded: str) -> str:
    return embedded


_WRITER = """
import sys
from pathlib import Path
from search.document import IndexDocument
from search.opening import open_engine
engine = open_engine(sys.argv[1], Path(sys.argv[2]), writer=True)
while True:
    cursor = engine.cursor() + 1
    engine.add(
        IndexDocument(f"d{cursor}-{n}", {"body": "word " * 50}, ("everyone",)) for n in range(20)
    )
    engine.commit(cursor)
    print(cursor, flush=True)
"""


def test_a_killed_writer_leaves_a_readable_index_with_its_position(
    url: str, tmp_path: Path
) -> None:
    folder = tmp_path / "index"
    everyone = VisibilityFilter(frozenset({"everyone"}), 0)
    chance = random.Random(3)  # noqa: S311 - the same at every run
    for _ in range(5):
        process = subprocess.Popen(
            [sys.executable, "-c", _WRITER, url, str(folder)], stdout=subprocess.PIPE, text=True
        )
        assert process.stdout is not None
        told = int(process.stdout.readline())
        time.sleep(chance.uniform(0, 0.25))
        os.kill(process.pid, signal.SIGKILL)
        rest = process.stdout.read().split()
        process.wait()
        process.stdout.close()
        told = int(rest[-1]) if rest else told
        engine = open_engine(url, folder, writer=False)
        cursor = engine.cursor()
        assert cursor in (told, told + 1)
        assert engine.count() == cursor * 20
        found = engine.search(SearchRequest(parse("word"), everyone))
        assert found.total == cursor * 20
        engine.close()


def test_readers_never_fail_while_another_process_writes(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("search.folder._CHECK_SECONDS", 0.0)
    monkeypatch.setattr("search.whoosh_engine._LOOK_SECONDS", 0.0)
    folder = tmp_path / "index"
    everyone = VisibilityFilter(frozenset({"everyone"}), 0)
    process = subprocess.Popen(
        [sys.executable, "-c", _WRITER, url, str(folder)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    process.stdout.readline()
    engine = open_engine(url, folder, writer=False)
    until = time.monotonic() + 3
    seen = set()
    while time.monotonic() < until:
        engine.refresh()
        cursor = engine.cursor()
        found = engine.search(SearchRequest(parse("word"), everyone, facets=["secrecy"]))
        assert found.total == engine.count() == cursor * 20
        seen.add(cursor)
    process.kill()
    process.wait()
    process.stdout.close()
    engine.close()
    assert len(seen) > 3


def _filled(url: str, folder: Path) -> None:
    engine = open_engine(url, folder, writer=True)
    engine.add(documents(60))
    engine.commit(5)
    engine.close()


def _use(engine: Engine) -> None:
    engine.refresh()
    engine.cursor()
    engine.count()
    list(engine.entries())
    for question in ("", "report", "国家", "reg*", "received:2023", '"annual report"'):
        ask(engine, question, facets=["kind", "sender", "year"])


_FILES = ("meta.json", ".store", ".fast", ".idx", ".pos", ".term", ".fieldnorm", ".toc", ".seg")


@pytest.mark.parametrize("harm", ["deleted", "empty", "cut short", "overwritten"])
def test_a_broken_file_is_damage_and_nothing_else(harm: str, url: str, tmp_path: Path) -> None:
    _filled(url, tmp_path / "whole")
    names = sorted(path.name for path in (tmp_path / "whole").iterdir())
    for number, name in enumerate(names):
        if not name.endswith(_FILES):
            continue
        folder = tmp_path / f"harm{number}"
        _filled(url, folder)
        suffix = "meta.json" if name == "meta.json" else Path(name).suffix
        victim = max(folder.glob(f"*{suffix}"), key=lambda path: path.stat().st_size)
        _harm(victim, harm)
        noticed = _is_noticed(url, folder)
        assert noticed or harm == "overwritten", f"{victim.name} {harm} went unnoticed"


def _is_noticed(url: str, folder: Path) -> bool:
    """Whether IndexDamaged is raised; any other exception fails the test."""
    try:
        engine = open_engine(url, folder, writer=False)
    except IndexDamaged:
        return True
    try:
        _use(engine)
    except IndexDamaged:
        return True
    finally:
        engine.close()
    return False


def _harm(victim: Path, harm: str) -> None:
    if harm == "deleted":
        victim.unlink()
    elif harm == "empty":
        victim.write_bytes(b"")
    elif harm == "cut short":
        victim.write_bytes(victim.read_bytes()[: victim.stat().st_size // 2])
    else:
        victim.write_bytes(os.urandom(victim.stat().st_size))


@pytest.mark.parametrize("harm", ["deleted", "empty", "cut short", "overwritten"])
def test_harm_while_the_index_is_open_is_noticed_at_the_next_refresh(
    harm: str, opened: Open, tmp_path: Path
) -> None:
    engine = opened()
    engine.add(documents(60))
    engine.commit(1)
    _use(engine)
    suffix = "*.seg" if list((tmp_path / "index").rglob("*.seg")) else "*.idx"
    _harm(max((tmp_path / "index").rglob(suffix), key=lambda path: path.stat().st_size), harm)
    time.sleep(0.6)
    with pytest.raises(IndexDamaged):
        engine.refresh()


def test_a_damaged_index_is_wiped_and_built_anew(opened: Open, tmp_path: Path) -> None:
    engine = opened()
    engine.add(documents(30))
    engine.commit(3)
    for path in (tmp_path / "index").glob("*/*"):
        path.unlink()
    time.sleep(0.6)
    with pytest.raises(IndexDamaged):
        engine.refresh()
    engine.close()
    wipe_index(tmp_path / "index")
    again = opened()
    again.add(documents(30))
    again.commit(1)
    assert (again.count(), again.cursor()) == (30, 1)


def test_damage_never_reaches_a_new_index(tmp_path: Path) -> None:
    for url in EMBEDDED:
        folder = tmp_path / url.strip(":")
        _filled(url, folder)
        other = EMBEDDED[1 - EMBEDDED.index(url)]
        with pytest.raises(IndexDamaged):
            open_engine(other, folder, writer=True)
