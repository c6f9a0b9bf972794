"""A hundred pages with imprints over all edges: how long a worker takes, and how much memory."""

import os
import threading
import time
from pathlib import Path

import pytest

from records.seals.caged import seal_cage
from records.seals.pages.placing import CrossPage, Placement, StampingPlan
from tests.records.seals.electronic import (
    ask,
    equip,
    latest,
    pdf_contract,
    press_all,
    stamped,
    to_stamp,
)
from tests.records.seals.offices import SealOffice

PAGES = 100
MOST_SECONDS = 5.0
MOST_BYTES = 300 << 20


class Watch:
    """Notes the most memory that the children of this process had resident together."""

    def __init__(self) -> None:
        self.peak_bytes = 0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._look)

    def __enter__(self) -> "Watch":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._stop.wait(0.02):
            self.peak_bytes = max(self.peak_bytes, sum(map(_resident, _descendants())))


def _descendants() -> set[int]:
    parents = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            stat = path.read_text()
        except (FileNotFoundError, ProcessLookupError):
            continue
        parents[int(path.parent.name)] = int(stat.rpartition(")")[2].split()[1])
    found = {os.getpid()}
    for _ in range(4):
        found |= {child for child, parent in parents.items() if parent in found}
    return found - {os.getpid()}


def _resident(pid: int) -> int:
    try:
        # What is not shared with the parent, which a child is a fork of.
        rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return 0
    lines = (line.split() for line in rollup.splitlines())
    return sum(int(line[1]) for line in lines if line[0] == "Pss:") * 1024


@pytest.mark.slow
def test_a_hundred_pages_are_stamped_within_seconds_and_with_little_memory(
    seals: SealOffice,
) -> None:
    equip(seals)
    placements = tuple(Placement(page, 120.0, 200.0) for page in range(PAGES))
    plan = StampingPlan(placements, cross_page=CrossPage(100.0))
    with seal_cage() as cage:
        warm = to_stamp(seals)
        ask(seals, warm)
        press_all(seals.office, cage)
        request_id = to_stamp(seals, pdf_contract(seals, pages=PAGES), cross_page=True)
        ask(seals, request_id, plan, pages=PAGES)
        with Watch() as watch:
            began = time.monotonic()
            press_all(seals.office, cage)
            took = time.monotonic() - began
    assert latest(seals.office, request_id).state == "done"
    assert len(stamped(seals.office, request_id).line.placements) == 2 * PAGES
    assert took <= MOST_SECONDS
    assert 0 < watch.peak_bytes <= MOST_BYTES, watch.peak_bytes >> 20
