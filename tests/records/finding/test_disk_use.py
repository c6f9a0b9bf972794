"""How much disk a rebuild takes beside the index that answers."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

import pytest

from records.finding.builder import drop_others
from records.finding.feed import Feed
from records.finding.generation import begin, writing
from records.office import Office
from search.engine import Engine
from search.opening import open_place
from search.place import IndexPlace
from tests.search.samples import documents

MOST = 2.5


class MadeUp(Feed):
    """As many documents as are asked for: registering them would take longer than the test."""

    def __init__(self, office: Office, count: int) -> None:
        super().__init__(office)
        self._documents = documents(count)

    def count(self) -> int:
        return len(self._documents)

    def documents_before(self, last: UUID | None) -> list[UUID]:
        end = self.count() if last is None else last.int
        return [UUID(int=number) for number in reversed(range(max(0, end - 200), end))]

    def index(self, engine: Engine, document_ids: Sequence[UUID]) -> None:
        engine.add(self._documents[each.int] for each in document_ids)


def size(folder: Path) -> int:
    total = 0
    for path in folder.rglob("*"):
        try:
            total += path.stat().st_size
        except FileNotFoundError:  # removed meanwhile
            continue
    return total


@contextmanager
def watched(folder: Path) -> Iterator[list[int]]:
    """Collect sizes of a folder while the block runs."""
    sizes, stop = [size(folder)], threading.Event()

    def watch() -> None:
        while not stop.wait(0.01):
            sizes.append(size(folder))

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield sizes
    finally:
        stop.set()
        thread.join()


def built(feed: Feed, place: IndexPlace) -> None:
    name = begin(feed, place)
    with writing(feed, place, name) as generation:
        assert generation.fill(threading.Event())
    place.adopt(name)


@pytest.mark.parametrize(("engine", "count"), [("tantivy:", 2_000), ("whoosh:", 300)])
def test_a_rebuild_takes_less_than_two_and_a_half_times_the_disk(
    office: Office, engine: str, count: int
) -> None:
    folder = office.config.index_folder
    feed, place = MadeUp(office, count), open_place(engine, folder)
    built(feed, place)
    steady = size(folder)
    with watched(folder) as sizes:
        built(feed, place)
        drop_others(place)
    assert max(sizes) < MOST * steady
    assert size(folder) < 1.1 * steady
    assert len(place.generations()) == 1
