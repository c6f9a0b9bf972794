from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from search.engine import Engine
from search.opening import open_engine
from tests.search import samples

ENGINES = ("tantivy:", "whoosh:")
Open = Callable[..., Engine]


@pytest.fixture(params=ENGINES)
def url(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def opened(url: str, tmp_path: Path) -> Iterator[Open]:
    """Opens the index of this test; what is open at its end is closed."""
    engines: list[Engine] = []

    def _open(*, writer: bool = True) -> Engine:
        engine = open_engine(url, tmp_path / "index", writer=writer)
        engines.append(engine)
        return engine

    yield _open
    for engine in engines:
        engine.close()


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Engine, Engine]]:
    """Both engines with the same documents, some of which were replaced and removed."""
    engines = []
    for url in ENGINES:
        engine = open_engine(url, tmp_path_factory.mktemp("both") / "index", writer=True)
        engine.add(samples.documents(70))
        engine.commit(1)
        engine.add(samples.documents(20))
        engine.delete(f"doc{serial:05}" for serial in range(60, 70))
        engine.commit(2)
        engines.append(engine)
    yield engines[0], engines[1]
    for engine in engines:
        engine.close()
