"""How fast `chancery import --wait` brings two-page PDFs to being found, from an empty home.

Run `python benchmarks/import_documents.py [DOCUMENTS]` from the project's folder. It runs the real
command with all its children, and says documents per second and CPU seconds per document; both
also as a ratio to one fsynced write of the same file, measured in the same run.
"""

from __future__ import annotations

import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from web.demo.pdf import Line, write_pdf  # noqa: E402 - the project is not installed for this

TEXT = (
    "office letter report budget council meeting archive transfer seal signature project review "
    "deadline comment attachment proposal ministry division annual record committee decision"
)
WORDS = TEXT.split()


def make_documents(folder: Path, count: int) -> int:
    """Write letters of two pages each, the same in every run; return the bytes of all."""
    chance = random.Random(7)
    size = 0
    for number in range(count):
        lines = [Line(f"Letter {number} about {chance.choice(WORDS)}", 16)]
        lines += [Line(" ".join(chance.choices(WORDS, k=60)) + ".") for _ in range(12)]
        data = write_pdf(lines, title=f"Letter {number}")
        size += len(data)
        (folder / f"letter-{number:05}.pdf").write_bytes(data)
    return size


def fsynced_write(folder: Path, source: Path) -> float:
    """Return the seconds that writing one such file durably takes, the median of fifty."""
    data, times = source.read_bytes(), []
    for number in range(50):
        begun = time.perf_counter()
        with (folder / f"{number}").open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        times.append(time.perf_counter() - begun)
    return sorted(times)[25]


def main(count: int) -> None:
    """Run the command once and print what it cost."""
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        letters, plain = work / "letters", work / "plain"
        letters.mkdir()
        plain.mkdir()
        size = make_documents(letters, count)
        unit = fsynced_write(plain, letters / "letter-00000.pdf")
        command = [sys.executable, "-m", "web.cli", "import", str(letters)]
        command += ["--register", "incoming", "--home", str(work / "home"), "--wait", "--json"]
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        begun = time.perf_counter()
        done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
        seconds = time.perf_counter() - begun
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        lines = [json.loads(line) for line in done.stdout.splitlines()]
        assert all(line["status"] == "registered" for line in lines)
        assert len({line["number"] for line in lines}) == count
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    print(f"{count} PDFs of two pages, {size / count / 1024:.1f} KiB each")
    print(f"one fsynced write of such a file: {1000 * unit:.2f} ms")
    print(f"to searchable: {seconds:.1f} s, {count / seconds:.1f} documents/s")
    print(f"CPU: {cpu / count:.4f} s per document (start and founding included)")
    print(f"ratio to the fsynced write: {seconds / count / unit:.1f} × per document")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000)
