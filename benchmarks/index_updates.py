"""Whether old segments pile up: many small updates of one index, in batches as the follower's.

Run `python -m benchmarks.index_updates [URL] [UPDATES] [BATCH]` from the project's folder.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

from benchmarks.search_corpus import documents, indexed
from search.opening import open_engine

DOCUMENTS = 2_000


def main(url: str, updates: int, batch: int) -> None:
    """Fill an index, update it, and print its size now and then."""
    known = [indexed(made) for made in documents(DOCUMENTS)]
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "index"
        engine = open_engine(url, folder, writer=True)
        engine.add(known)
        engine.commit(1)
        fresh, begun, largest = _size(folder), time.perf_counter(), 0.0
        print(f"{DOCUMENTS} documents: {fresh >> 10} KiB")
        for start in range(0, updates, batch):
            engine.add(known[(start + each) % DOCUMENTS] for each in range(batch))
            engine.commit(2 + start)
            largest = max(largest, _size(folder) / fresh)
            if start % (updates // 5) < batch:
                print(f"{start + batch:>8} updates: {_told(folder, fresh)}")
        seconds = time.perf_counter() - begun
        engine.close()
        print(f"{updates} updates in {seconds:.0f} s, at most {largest:.2f} x; closed: ", end="")
        print(_told(folder, fresh))


def _size(folder: Path) -> int:
    total = 0
    for path in folder.iterdir():
        try:
            total += path.stat().st_size
        except FileNotFoundError:  # merged away meanwhile
            continue
    return total


def _told(folder: Path, fresh: int) -> str:
    segments = len(list(folder.glob("*.store"))) or len(list(folder.glob("*.seg")))
    return f"{segments} segments, {_size(folder) / fresh:.2f} x the fresh index"


if __name__ == "__main__":
    main(
        sys.argv[1] if len(sys.argv) > 1 else "tantivy:",
        int(sys.argv[2]) if len(sys.argv) > 2 else 50_000,
        int(sys.argv[3]) if len(sys.argv) > 3 else 100,
    )
