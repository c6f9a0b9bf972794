from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from search.engine import Engine, IndexMissing
from search.opening import open_place
from tests.search import samples

EMBEDDED = ("tantivy:", "whoosh:")
Open = Callable[..., Engine]


@pytest.fixture(params=(*EMBEDDED, "opensearch:"))
def url(request: pytest.FixtureRequest) -> str:
    """The address of an engine, and of a place of its own in a cluster."""
    if request.param in EMBEDDED:
        return str(request.param)
    return cluster_url(request.getfixturevalue("opensearch_server"))


@pytest.fixture(params=EMBEDDED)
def embedded(request: pytest.FixtureRequest) -> str:
    """The address of an engine whose index is files of ours."""
    return str(request.param)


def cluster_url(server: str) -> str:
    """Return the address of an index that nobody has used before."""
    return f"{server}/test-{uuid.uuid4().hex[:12]}?replicas=0"


def place_opened(url: str, folder: Path, *, writer: bool) -> Engine:
    """Open the index that answers; a writer makes it where there is none."""
    place = open_place(url, folder)
    name = place.current()
    if name is None and writer:
        name = place.begin({})
        place.adopt(name)
    if name is None:
        raise IndexMissing
    return place.open(name, writer=writer)


@pytest.fixture
def opened(url: str, tmp_path: Path) -> Iterator[Open]:
    """Opens the index of this test; what is open at its end is closed."""
    engines: list[Engine] = []

    def _open(*, writer: bool = True) -> Engine:
        engine = place_opened(url, tmp_path / "index", writer=writer)
        engines.append(engine)
        return engine

    yield _open
    for engine in engines:
        engine.close()


@pytest.fixture(scope="module")
def engines(
    tmp_path_factory: pytest.TempPathFactory, opensearch_server: str
) -> Iterator[tuple[Engine, ...]]:
    """All engines with the same documents, some of which were replaced and removed."""
    opened = []
    for url in (*EMBEDDED, cluster_url(opensearch_server)):
        engine = place_opened(url, tmp_path_factory.mktemp("engines") / "index", writer=True)
        engine.add(samples.documents(70))
        engine.commit(1)
        engine.add(samples.documents(20))
        engine.delete(f"doc{serial:05}" for serial in range(60, 70))
        engine.commit(2)
        opened.append(engine)
    yield tuple(opened)
    for engine in opened:
        engine.close()
