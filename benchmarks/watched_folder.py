"""A watched folder under kill -9: 500 files, 20 deaths of the worker, each registered exactly once.

    python benchmarks/watched_folder.py [--files 500] [--kills 20]

The worker is the real command in a process of its own, killed with all its children as soon as the
next share of the files is registered, wherever it is then.
"""

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from sqlalchemy import func, select

from records.core.config import load_config
from records.documents.models import Document
from records.office import Office, open_office
from records.registration.book import number_faults

SECONDS = 300


def main() -> None:
    """Fill a folder, kill the worker over and over, and count."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=500)
    parser.add_argument("--kills", type=int, default=20)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        folder, home = Path(place, "scans"), Path(place, "home")
        fill(folder, given.files)
        settings = {"CHANCERY_WATCHED_FOLDERS": f"incoming={folder}?settle=0"}
        office = open_office(load_config(settings, home=home))
        began = time.monotonic()
        for number in range(1, given.kills + 1):
            share = given.files * number // (given.kills + 1)
            registered = run(home, settings, office, until=share)
            print(f"killed at {registered} of {given.files} documents", flush=True)
        run(home, settings, office, until=given.files, folder=folder)
        tell(office, folder, given.files, given.kills, time.monotonic() - began)
        office.close()


def fill(folder: Path, count: int) -> None:
    """Write files of some kilobytes into a few folders."""
    for number in range(count):
        tray = folder / f"tray {number % 7}"
        tray.mkdir(parents=True, exist_ok=True)
        (tray / f"letter {number:04}.txt").write_text(f"Letter {number}\n" * 400)


def run(
    home: Path, settings: dict[str, str], office: Office, *, until: int, folder: Path | None = None
) -> int:
    """Run a worker until so many documents are there (and the folder is empty), and kill it."""
    command = [sys.executable, "-m", "web.cli", "worker", "--home", str(home)]
    with (home / "worker.log").open("ab") as log:
        worker = subprocess.Popen(
            command, env={**os.environ, **settings}, stdout=log, stderr=log, start_new_session=True
        )
    deadline = time.monotonic() + SECONDS
    while (found := documents(office)) < until or (folder and any(folder.glob("tray*/*"))):
        if time.monotonic() > deadline:
            raise SystemExit("it takes too long:\n" + (home / "worker.log").read_text()[-4000:])
        time.sleep(0.01)
    os.killpg(worker.pid, signal.SIGKILL)
    worker.wait()
    return found


def documents(office: Office) -> int:
    """Return how many documents are registered."""
    with office.database.reading() as uow:
        return uow.session.scalar(select(func.count()).select_from(Document)) or 0


def tell(office: Office, folder: Path, files: int, kills: int, seconds: float) -> None:
    """Say how often each file was registered."""
    with office.database.reading() as uow:
        titles = Counter(uow.session.scalars(select(Document.title)))
        gaps, doubles = number_faults(uow)
    once = sum(each == 1 for each in titles.values())
    done = sum(1 for each in (folder / "done").rglob("*") if each.is_file())
    print(f"{files} files, {kills} kills, {seconds:.0f} s: {once} registered once,")
    print(
        f"{sum(titles.values()) - len(titles)} doubled, {files - len(titles)} lost, {done} in done,"
    )
    print(f"{len(gaps)} gaps and {len(doubles)} doubles among the numbers")
    if (once, done, gaps, doubles) != (files, files, [], []):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
