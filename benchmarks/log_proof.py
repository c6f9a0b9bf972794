"""What does a proof of the log cost? A log of a million entries, proofs of entries at random.

    python -m benchmarks.log_proof [--entries N]

The entries tell nothing and are put into the table directly; what is measured is real.
"""

import argparse
import hashlib
import random
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

from sqlalchemy import insert, update

from records.audit.checkpoints import issue_checkpoint
from records.audit.proofs import LogTree, integrate
from records.core.config import load_config
from records.core.log import LogEntry, LogHead, log_size
from records.office import Office, open_office

BATCH = 20_000
REPEATS = 200


def fill(office: Office, entries: int) -> None:
    """Fill the log up to so many entries."""
    now = datetime.now(UTC)
    with office.database.writing() as uow:
        for start in range(log_size(uow.session), entries, BATCH):
            rows: list[dict[str, Any]] = [
                {
                    "sequence": sequence,
                    "occurred_at": now,
                    "actor_id": None,
                    "kind": "test.happened",
                    "objects": [],
                    "commitment": bytes(32),
                    "leaf_hash": hashlib.sha256(str(sequence).encode()).digest(),
                }
                for sequence in range(start, min(entries, start + BATCH))
            ]
            uow.session.execute(insert(LogEntry), rows)
        uow.session.execute(update(LogHead).values(size=entries))


def timed(act: Callable[[], object]) -> float:
    """Return how many milliseconds something takes."""
    start = time.perf_counter()
    act()
    return (time.perf_counter() - start) * 1_000


def prove(office: Office, entries: int) -> tuple[float, int]:
    """Prove an entry at random; return the milliseconds and the rows that were read."""
    with office.database.reading() as uow:
        tree = LogTree(uow)
        sequence = random.randrange(entries)
        return timed(lambda: (tree.path(sequence), tree.root())), tree.rows


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entries", type=int, default=1_000_000)
    entries: int = parser.parse_args().entries
    with tempfile.TemporaryDirectory() as folder:
        office = open_office(load_config({}, home=Path(folder)))
        fill(office, entries)
        print(f"entries              {entries:>12,}")
        print(f"keeping all nodes    {timed(lambda: integrate(office.database)):>12,.1f} ms")

        def issue() -> None:
            with office.database.writing() as uow:
                issue_checkpoint(uow, office.vault, origin="office.example/log")

        print(f"first checkpoint     {timed(issue):>12,.1f} ms")
        proofs = [prove(office, entries) for _ in range(REPEATS)]
        print(f"proof, median        {median(each[0] for each in proofs):>12,.1f} ms")
        print(f"proof, slowest       {max(each[0] for each in proofs):>12,.1f} ms")
        print(f"rows read, at most   {max(each[1] for each in proofs):>12,}")
        office.close()


if __name__ == "__main__":
    main()
