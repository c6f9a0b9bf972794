"""Old segments do not pile up: many small updates leave a small index.

`benchmarks/index_updates.py` writes 50,000 of them.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from search.opening import open_engine
from tests.search.samples import documents


def _segments(folder: Path) -> int:
    """How many segments lie in the folder, whole or waiting to be removed."""
    return len({path.name.partition(".")[0] for path in folder.glob("*.store")}) or len(
        list(folder.glob("*.seg"))
    )


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.iterdir())


@pytest.mark.parametrize(
    ("url", "updates", "batch"), [("tantivy:", 2_000, 100), ("whoosh:", 120, 6)]
)
def test_many_small_updates_leave_few_segments(
    url: str, updates: int, batch: int, tmp_path: Path
) -> None:
    known = documents(300 if url == "tantivy:" else 60)
    folder = tmp_path / "index"
    engine = open_engine(url, folder, writer=True)
    engine.add(known)
    engine.commit(1)
    fresh = _size(folder)
    for start in range(0, updates, batch):
        engine.add(known[(start + each) % len(known)] for each in range(batch))
        engine.commit(2 + start)
    assert engine.count() == len(known)
    engine.close()
    assert _segments(folder) < 20
    assert _size(folder) < 5 * fresh
