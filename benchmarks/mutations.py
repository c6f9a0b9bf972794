"""Hostile and damaged files through the running service: `chancery serve`, its worker, its screens.

Run `python benchmarks/mutations.py [MUTATED FILES] [SEED] [FOLDER OF FILES]` from the project's
folder. All files of the folder go first, then the mutated ones, each made of one of them. Targets:
nothing wrong; the service (without the children of its cages) grows by less than 50 MiB once the
files of the folder, 200 at least, have warmed it; 99 of 100 uploads are answered within 5 s. The
mutated files are made one by one as they are sent: 10,000 of them need no more memory than 100.
"""

from __future__ import annotations

import sys
import tempfile
from itertools import chain
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from records.office import open_office
from tests.integration.passages import WARM_FILES, Journey, travel
from tests.mutants import mutants
from tests.offices import office_config

_LARGE = 300_000
# LibreOffice takes seconds for each of them: they get a small share of the mutated ones.
_SLOW = (".doc", ".xls", ".ppt", ".wps", ".docx", ".xlsx", ".pptx", ".odt", ".ods", ".odp", ".rtf")
_SLOW_SHARE = 40


def main() -> None:
    """Send all files, then the mutated ones, and print what became of them."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 5
    folder = Path(sys.argv[3] if len(sys.argv) > 3 else _corpus())
    paths = sorted(each for each in folder.rglob("*") if each.is_file())
    originals = [(each.name, each.read_bytes()) for each in paths]
    small = [each for each in originals if 0 < len(each[1]) <= _LARGE]
    slow = [each for each in small if each[0].lower().endswith(_SLOW)]
    quick = [each for each in small if each not in slow]
    few = count // _SLOW_SHARE if slow else 0
    mutated = chain(mutants(slow, few, seed), mutants(quick, count - few, seed + 1))
    files = chain(originals, mutated)
    with tempfile.TemporaryDirectory() as home:
        office = open_office(office_config(Path(home) / "home"))
        journey = travel(office, files, _tell, warm_files=max(WARM_FILES, len(originals)))
        office.close()
    print(f"{journey.files} files ({count} mutated) with {journey.parts} parts taken out of them")
    print(f"read: {dict(journey.outcomes.most_common())}")
    print(f"first pages, by status: {dict(journey.pictures)}")
    print(f"growth {journey.growth_mib:.1f} MiB, target 50; {journey.seconds:.0f} s")
    print(f"99 of 100 uploads within {journey.slowest_upload_seconds:.2f} s, target 5")
    print("nothing wrong" if not journey.wrong else "\n".join(["WRONG", *journey.wrong[:40]]))


def _tell(journey: Journey) -> None:
    print(
        f"{journey.files} files, {len(journey.wrong)} wrong, growth {journey.growth_mib:.1f} MiB, "
        f"upload p99 {journey.slowest_upload_seconds:.2f} s, {journey.seconds:.0f} s "
        f"({_phases(journey)})",
        file=sys.stderr,
        flush=True,
    )


def _phases(journey: Journey) -> str:
    return ", ".join(f"{phase} {seconds:.0f}" for phase, seconds in journey.phases.items())


def _corpus() -> str:
    return str(Path(__file__).resolve().parents[2] / "shared" / "corpus")


if __name__ == "__main__":
    main()
