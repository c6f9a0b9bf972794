"""Let everything fail at every place in every drama, n = 1 … until the act passes clean.

    python -m tests.failing [--what disk|lock|gone|bucket]... [--every N] [--drama NAME]...

A disk is full from the nth write on, or breaks one write; a database of one file is locked from the
nth unit on; a server of databases throws everybody out at the nth statement; a bucket misbehaves
from the nth request on, or once, in six ways. Exits 1 where anything was left in part, was not told
in a sentence, was not done by the next try, or `verify` complained.
"""

import argparse
import logging
import os
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from functools import partial
from itertools import count
from multiprocessing import get_context
from pathlib import Path

from argon2 import PasswordHasher

from records.office import open_office
from records.people import signing_in
from tests.failing import bucket as buckets
from tests.failing import disk as disks
from tests.failing.bucket import BucketFault, proxied
from tests.failing.database import GoneFault, LockFault
from tests.failing.disk import DiskFault, is_preloaded, preloaded
from tests.failing.dramas import DRAMAS
from tests.failing.faults import FOREVER
from tests.failing.theatre import Bucket, Fault, Rehearsed, rehearse, spoil
from tests.failing.trouble import LAST_TROUBLE
from tests.offices import HeldClock, office_config, set_up_founded
from tests.servers import set_up_postgres, set_up_s3

KINDS = ("disk", "lock", "gone", "bucket")
Faults = tuple[str, Callable[[int], Fault]]
# What stands on the file of a database alone, or takes a whole office with it.
_NOT_ON_SERVERS = ("key rotation", "back-up")
# After so many the rest tells nothing new.
MOST_WRONG = 20
_IN_BUCKETS = ("registration", "import", "program registers", "browser registers", "worker")


def main() -> int:
    """Run all faults and return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--what", action="append", choices=KINDS, help="all unless given")
    parser.add_argument("--every", type=int, default=1, help="every so many places one fails")
    parser.add_argument("--jobs", type=int, default=2, help="processes in which disks fail at once")
    parser.add_argument("--drama", action="append", choices=DRAMAS, help="all unless given")
    chosen = parser.parse_args()
    what, dramas = chosen.what or list(KINDS), chosen.drama or list(DRAMAS)
    with tempfile.TemporaryDirectory(prefix="chancery-failing-") as name:
        folder = Path(name)
        if "disk" in what and not is_preloaded():
            again = [sys.executable, "-m", "tests.failing", *sys.argv[1:]]
            return subprocess.run(again, env=preloaded(folder), check=False).returncode
        logging.basicConfig(level=logging.ERROR, handlers=[LAST_TROUBLE], force=True)
        signing_in._hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
        founded = folder / "founded"
        open_office(office_config(founded), clock=HeldClock()).close()
        wrong = 0
        for each in what:
            begun, outcomes = time.monotonic(), list[bool | str]()
            for found in _run(each, dramas, chosen.every, chosen.jobs, founded, folder):
                outcomes += found
                for told in found:
                    if isinstance(told, str):
                        _say(told)
            wrong += _sum_up(each, outcomes, time.monotonic() - begun)
        return 1 if wrong else 0


def _sum_up(what: str, outcomes: Sequence[bool | str], seconds: float) -> int:
    wrong = sum(isinstance(each, str) for each in outcomes)
    _say(
        f"{what}: {len(outcomes)} faults in {seconds:.0f} s, {len(outcomes) - wrong} whole or "
        f"absent and verified ({outcomes.count(True)} whole), {wrong} not"
    )
    return wrong


def _run(
    what: str, dramas: Sequence[str], every: int, jobs: int, founded: Path, folder: Path
) -> Iterator[list[bool | str]]:
    """Yield what came of each drama with each kind of fault."""
    if what == "disk":
        with ProcessPoolExecutor(jobs, mp_context=get_context("fork")) as pool:
            runs = [
                pool.submit(fail_disk, name, kind, every, founded, folder)
                for name in dramas
                for kind in disks.KINDS
            ]
            for each in runs:
                yield each.result()
        return
    with ExitStack() as stack:
        if what == "bucket":
            server = stack.enter_context(set_up_s3(_made(folder / "seaweedfs")))
            place = Bucket(server, stack.enter_context(proxied(server.endpoint_url)))
            for name in [each for each in dramas if each in _IN_BUCKETS]:
                for kind in buckets.KINDS:
                    for more in (0, FOREVER):
                        rehearsing = partial(rehearse, name, 0, founded, bucket=place)
                        label = f"{name} {kind} {more and 1}"
                        faults = partial(_of_bucket, kind, more)
                        yield fail_all(label, faults, every, rehearsing, folder)
            return
        if what == "gone":
            postgres = stack.enter_context(stack.enter_context(set_up_postgres()).up())
            set_up_founded(postgres)
        for name in dramas:
            if what == "lock":
                ready = rehearse(name, 0, founded, folder / f"{name} {what}")
                yield fail_all(name, LockFault, every, partial(_same, ready), folder)
            elif name not in _NOT_ON_SERVERS:
                ready = rehearse(name, 0, founded, folder / f"{name} {what}", postgres)
                yield fail_all(name, GoneFault, every, partial(_same, ready), folder)


def _of_bucket(kind: buckets.Kind, more: int, nth: int) -> Fault:
    return BucketFault(kind, nth, more)


def _same(ready: Rehearsed, _folder: Path) -> Rehearsed:
    return ready


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


def fail_disk(name: str, kind: str, every: int, founded: Path, folder: Path) -> list[bool | str]:
    """Let one write after the other fail."""
    ready = rehearse(name, 0, founded, folder / f"{name} {kind}")
    return fail_all(
        f"{name} {kind}", lambda nth: DiskFault(kind, nth), every, lambda _: ready, folder
    )


def fail_all(
    label: str,
    fault_at: Callable[[int], Fault],
    every: int,
    rehearsing: Callable[[Path], Rehearsed],
    folder: Path,
) -> list[bool | str]:
    """Let one place after the other fail; tell whether it was done by then, or what went wrong."""
    outcomes: list[bool | str] = []
    for nth in count(1, every):
        fault = fault_at(nth)
        try:
            ready = rehearsing(folder / f"{label} {os.getpid()} {nth}")
            outcome = spoil(ready, fault, folder / f"copy {label} {nth}")
        except Exception as error:  # noqa: BLE001 - told, and the next fault follows
            where = "".join(traceback.format_exception(error)[-3:])
            outcomes.append(f"{label}, {fault}: {type(error).__name__}: {error}\n{where}")
            if sum(isinstance(each, str) for each in outcomes) >= MOST_WRONG:
                break
        else:
            if not outcome.fell:
                break
            outcomes.append(outcome.was_done)
    return outcomes


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
