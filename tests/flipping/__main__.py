"""Change one byte at a thousand random places, one after the other; `verify` must name each.

    python -m tests.flipping [--flips N] [--seed N]

Every place has its turn before one has a second. Exits 1 where a change was not found and named.
"""

import argparse
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from random import Random

from records.audit.verification import verify
from records.office import open_office
from tests.flipping.lively import fill
from tests.flipping.places import flipped, places_in
from tests.offices import HeldClock, office_config
from tests.records.audit.intruder import Intruder


def main() -> int:
    """Change, look, put right; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--flips", type=int, default=1_000)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    chance, begun = Random(chosen.seed), time.monotonic()  # noqa: S311 - the same every time
    outcomes = Counter[str]()
    with tempfile.TemporaryDirectory(prefix="chancery-flipping-") as folder:
        office = open_office(office_config(Path(folder) / "home"), clock=HeldClock())
        fill(office)
        report = verify(office)
        assert report.ok, report.as_json()
        intruder = Intruder(office)
        places = places_in(intruder)
        for number in range(chosen.flips):
            # Half of all changes hit objects: there are the bytes of an office.
            place = places[0] if number % 2 else places[1 + number // 2 % (len(places) - 1)]
            with flipped(office, intruder, place, chance) as flip:
                report = verify(office)
            found = "missed" if report.ok else "named" if flip.is_named_by(report) else "found"
            outcomes[found] += 1
            if found != "named":
                told = [*report.missing, *report.extra, *report.changed][:4]
                _say(f"{found}: {place} of {flip.names}: {flip.before!r} > {flip.after!r}: {told}")
        assert verify(office).ok
        office.close()
    seconds = time.monotonic() - begun
    _say(
        f"{chosen.flips} bytes changed at {len(places)} kinds of places in {seconds:.0f} s: "
        f"{outcomes['named']} named, {outcomes['found']} found without a name, "
        f"{outcomes['missed']} missed"
    )
    return 0 if outcomes["named"] == chosen.flips else 1


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
