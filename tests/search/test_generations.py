"""Generations of an index: built beside, swapped in one step, and removed."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from search import generations
from search.engine import IndexDamaged, IndexMissing, IndexUnwritable
from search.generations import serve, serving
from search.opening import engine_name, open_current, open_place
from search.place import IndexPlace
from tests.search.samples import ask, documents


@pytest.fixture
def place(url: str, tmp_path: Path) -> IndexPlace:
    return open_place(url, tmp_path / "index")


@pytest.fixture
def folder_place(embedded: str, tmp_path: Path) -> IndexPlace:
    return open_place(embedded, tmp_path / "index")


def filled(place: IndexPlace, count: int, cursor: int) -> str:
    name = place.begin({"done": 0})
    engine = place.open(name, writer=True)
    engine.add(documents(count))
    engine.commit(cursor)
    engine.close()
    return name


def test_nothing_answers_until_a_generation_is_adopted(
    place: IndexPlace, url: str, tmp_path: Path
) -> None:
    assert place.current() is None
    name = filled(place, 5, 1)
    assert (place.current(), place.generations()) == (None, [name])
    with pytest.raises(IndexMissing):
        open_current(url, tmp_path / "index", writer=False)
    place.adopt(name)
    assert place.current() == name
    engine = open_current(url, tmp_path / "index", writer=False)
    assert (engine.count(), engine.cursor()) == (5, 1)
    engine.close()


def test_the_old_generation_answers_while_the_next_is_written_and_after_the_swap(
    place: IndexPlace,
) -> None:
    old = filled(place, 5, 1)
    place.adopt(old)
    reader = place.open(old, writer=False)
    following = place.open(old, writer=True)
    new = filled(place, 30, 2)
    assert place.current() == old
    following.add(documents(7))
    following.commit(3)
    time.sleep(0.55)
    reader.refresh()
    assert ask(reader, "").total == 7
    place.adopt(new)
    assert place.current() == new
    assert ask(reader, "").total == 7
    for engine in (reader, following):
        engine.close()


def test_who_has_a_dropped_generation_open_gets_damage_and_nothing_worse(
    folder_place: IndexPlace,
) -> None:
    old = filled(folder_place, 20, 1)
    folder_place.adopt(old)
    reader = folder_place.open(old, writer=False)
    folder_place.adopt(filled(folder_place, 20, 2))
    folder_place.drop(old)
    assert old not in folder_place.generations()
    assert ask(reader, "report").total > 0  # its files are gone, and what is open is not
    time.sleep(0.55)
    with pytest.raises(IndexDamaged):
        reader.refresh()
    reader.close()
    with pytest.raises(IndexMissing):
        folder_place.open(old, writer=False)


def test_dropping_the_current_generation_leaves_none(place: IndexPlace) -> None:
    name = filled(place, 1, 1)
    place.adopt(name)
    place.drop(name)
    assert (place.current(), place.generations()) == (None, [])


def test_notes_are_replaced_and_lost_ones_are_none(
    folder_place: IndexPlace, tmp_path: Path
) -> None:
    name = folder_place.begin({"done": 0})
    assert folder_place.read_note(name) == {"done": 0}
    folder_place.write_note(name, {"done": 2, "last": "x"})
    assert folder_place.read_note(name) == {"done": 2, "last": "x"}
    for wrong in (b"", b"{", b"[1]"):
        (tmp_path / "index" / name / "chancery-note.json").write_bytes(wrong)
        assert folder_place.read_note(name) is None
    folder_place.drop(name)
    assert folder_place.read_note(name) is None
    with pytest.raises(IndexMissing):
        folder_place.write_note(name, {})


@pytest.mark.parametrize("wrong", [b"", b"nonsense", b"../index", b"whoosh-000000000000", b"\xff"])
def test_a_pointer_to_nothing_is_no_index(
    folder_place: IndexPlace, embedded: str, tmp_path: Path, wrong: bytes
) -> None:
    folder_place.adopt(filled(folder_place, 1, 1))
    (tmp_path / "index" / f"{engine_name(embedded)}.current").write_bytes(wrong)
    assert folder_place.current() is None


def test_engines_lie_side_by_side(tmp_path: Path) -> None:
    folder = tmp_path / "index"
    places = [open_place(url, folder) for url in ("tantivy:", "whoosh:")]
    names = [filled(place, 3, number) for number, place in enumerate(places)]
    for place, name in zip(places, names, strict=True):
        place.adopt(name)
    assert [place.current() for place in places] == names
    assert [place.generations() for place in places] == [[name] for name in names]


def test_what_is_prepared_for_another_engine_stays_until_the_move_and_the_old_goes_after_it(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "index"
    tantivy, whoosh = (open_place(url, folder) for url in ("tantivy:", "whoosh:"))
    tantivy.adopt(filled(tantivy, 3, 1))
    serve(folder, "tantivy")
    whoosh.adopt(filled(whoosh, 3, 1))
    serve(folder, "tantivy")
    assert whoosh.current() is not None
    serve(folder, "whoosh")
    assert serving(folder) == "whoosh"
    assert tantivy.generations() == []
    assert whoosh.current() is not None


def test_what_nobody_moved_to_for_a_week_is_removed(tmp_path: Path) -> None:
    folder = tmp_path / "index"
    whoosh = open_place("whoosh:", folder)
    name = filled(whoosh, 1, 1)
    whoosh.adopt(name)
    serve(folder, "tantivy")
    assert whoosh.current() == name
    long_ago = time.time() - generations.PREPARED_SECONDS - 1
    os.utime(folder / name / "chancery-note.json", (long_ago, long_ago))
    serve(folder, "tantivy")
    assert whoosh.generations() == []


def test_files_of_no_generation_are_removed(
    folder_place: IndexPlace, embedded: str, tmp_path: Path
) -> None:
    name = filled(folder_place, 1, 1)
    folder_place.adopt(name)
    folder = tmp_path / "index"
    (folder / "meta.json").write_text("{}")
    (folder / "tantivy.current.77.new").write_text("half")
    (folder / "unknown").mkdir()
    (folder / "nobody-000000000000").mkdir()
    serve(folder, engine_name(embedded))
    assert (folder / "unknown").is_dir()  # another process may be making it
    long_ago = time.time() - 3600
    for path in list(folder.iterdir()):
        os.utime(path, (long_ago, long_ago))
    serve(folder, engine_name(embedded))
    assert {each.name for each in folder.iterdir()} == {
        name,
        f"{engine_name(embedded)}.current",
        "serving",
    }


def test_a_place_that_cannot_be_written_says_so(folder_place: IndexPlace, tmp_path: Path) -> None:
    assert folder_place.problem() is None
    name = filled(folder_place, 1, 1)
    (tmp_path / "index").rename(tmp_path / "away")
    (tmp_path / "index").write_bytes(b"")
    assert folder_place.problem() == f"{tmp_path / 'index'} is no folder"
    with pytest.raises(IndexUnwritable):
        folder_place.begin({})
    with pytest.raises(IndexUnwritable):
        folder_place.adopt(name)
    (tmp_path / "index").unlink()
    (tmp_path / "away").rename(tmp_path / "index")
    folder_place.adopt(name)
    assert (folder_place.problem(), folder_place.current()) == (None, name)
