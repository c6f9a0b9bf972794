"""Kill the office at every named point, with many seeds, and print one line of summary.

    python -m tests.killing [--seeds N] [--jobs N] [--scene NAME]... [--database postgresql]

Exits 1 where anything was left in part, was not finished by the next try, or `verify` complained.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from multiprocessing import get_context
from pathlib import Path

from argon2 import PasswordHasher

from records.office import open_office
from records.people import signing_in
from tests.killing.hooks import Moment
from tests.killing.points import POINTS, all_points, is_everywhere
from tests.killing.theatre import kill, prepare
from tests.offices import HeldClock, office_config, set_up_founded
from tests.servers import PostgresServer, set_up_postgres


def main() -> int:
    """Run all deaths and return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--jobs", type=int, default=2, help="processes that kill at once")
    parser.add_argument("--scene", action="append", choices=POINTS, help="all unless given")
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    chosen = parser.parse_args()
    signing_in._hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    points = [
        (scene, moment)
        for scene, moment in all_points()
        if scene in (chosen.scene or POINTS)
        and (chosen.database == "sqlite" or is_everywhere(moment))
    ]
    begun, deaths, done, failed = time.monotonic(), 0, 0, 0
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="chancery-killing-"))
        server: PostgresServer | None = None
        if chosen.database == "postgresql":
            server = stack.enter_context(stack.enter_context(set_up_postgres()).up())
            set_up_founded(server)
        pool = stack.enter_context(ProcessPoolExecutor(chosen.jobs, mp_context=get_context("fork")))
        founded = Path(folder) / "founded"
        open_office(office_config(founded), clock=HeldClock()).close()
        seeds = [
            pool.submit(die, points, seed, founded, Path(folder), server)
            for seed in range(chosen.seeds)
        ]
        for each in seeds:
            for outcome in each.result():
                deaths += 1
                if isinstance(outcome, str):
                    failed += 1
                    _say(outcome)
                else:
                    done += outcome
    _say(
        f"{len(points)} points x {chosen.seeds} seeds: {deaths} deaths in "
        f"{time.monotonic() - begun:.0f} s, {deaths - failed} whole or absent and verified "
        f"({done} whole), {failed} not"
    )
    return 1 if failed else 0


def die(
    points: Sequence[tuple[str, Moment]],
    seed: int,
    founded: Path,
    folder: Path,
    server: PostgresServer | None = None,
) -> list[bool | str]:
    """Kill at each point with one seed; tell whether it was done by then, or what went wrong."""
    ready = {
        scene: prepare(scene, seed, founded, folder / f"{scene} {seed}", server)
        for scene in dict.fromkeys(scene for scene, _ in points)
    }
    outcomes: list[bool | str] = []
    for number, (scene, moment) in enumerate(points):
        try:
            outcomes.append(kill(ready[scene], moment, folder / f"copy {seed} {number}"))
        except Exception as error:  # noqa: BLE001 - told, and the next death follows
            outcomes.append(f"{scene}, {moment}, seed {seed}: {error}")
    return outcomes


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
