"""How fast documents come in: two-page PDFs received, registered, read and indexed.

Run `python benchmarks/intake.py [DOCUMENTS] [WORDS PER PAGE]` from the project's folder. Everything
is real (SQLite, a folder, the cage, tantivy). This process registers, another one is the worker, as
in `chancery serve`; the CPU time of both and of all their children is counted. It ends when the
last document can be found.
"""

from __future__ import annotations

import multiprocessing
import random
import resource
import signal
import sys
import tempfile
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from records.core.config import load_config
from records.documents.intake import keep_objects
from records.finding.reader import IndexReader
from records.finding.service import search
from records.office import Office, open_office
from records.people.actors import load_actor
from records.people.organization import unit_by_code
from records.people.rules import ROOT_UNIT_CODE, SERVICE, Actor, Role
from records.people.service import add_user
from records.registration.registers import register_by_code
from records.registration.service import register_document
from records.worker import Worker, worker_seen
from tests.letters import letter

_VOCABULARY = 8_000
_LINE_WORDS = 12
_LIMIT = 1 << 30


def letters(count: int, words: int) -> list[bytes]:
    """Make letters of two pages; the last one alone says `lastofall`."""
    random.seed(7)
    vocabulary = [
        "".join(random.choices("etaoinshrdlu", k=random.randint(2, 9))) for _ in range(_VOCABULARY)
    ]
    weights = [1 / (rank + 3) for rank in range(_VOCABULARY)]
    made = []
    for number in range(count):
        chosen = random.choices(vocabulary, weights, k=2 * words)
        lines = [
            " ".join(chosen[at : at + _LINE_WORDS]) for at in range(0, len(chosen), _LINE_WORDS)
        ]
        if number == count - 1:
            lines.append("lastofall")
        middle = len(lines) // 2
        made.append(letter([lines[:middle], lines[middle:]]))
    return made


def clerk_of(office: Office) -> Actor:
    """Add a clerk and return who that is."""
    with office.database.writing() as uow:
        unit = unit_by_code(uow, ROOT_UNIT_CODE)
        user, _ = add_user(
            uow, SERVICE, login="clerk", roles=frozenset({Role.CLERK}), unit_id=unit.id
        )
    with office.database.reading() as uow:
        return load_actor(uow, user.id)


def take_in(office: Office, clerk: Actor, name: str, content: bytes) -> None:
    """Do what a request does with one file."""
    received = office.vault.receive([content], limit_bytes=_LIMIT, file_name=name)
    keep_objects(office.database, office.vault, [received])
    with office.database.writing() as uow:
        register = register_by_code(uow, "incoming")
        register_document(uow, clerk, register=register, values={}, received=[(received, name)])


def cpu_seconds() -> float:
    """CPU time of this process and of its children that have ended."""
    own = resource.getrusage(resource.RUSAGE_SELF)
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime


def work(home: str) -> None:
    """Be the worker until told to end."""
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    with Worker(open_office(load_config({}, home=Path(home)), writing=False)) as worker:
        worker.run(stop)


def main() -> None:
    """Take letters in and print what that cost."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000
    words = int(sys.argv[2]) if len(sys.argv) > 2 else 300
    files = letters(count, words)
    with tempfile.TemporaryDirectory() as home:
        config = load_config({}, home=Path(home))
        office = open_office(config)
        clerk = clerk_of(office)
        reader = IndexReader(config)
        cpu = cpu_seconds()
        process = multiprocessing.get_context("spawn").Process(target=work, args=(home,))
        process.start()
        while worker_seen(config) is None:
            time.sleep(0.1)
        begun = time.monotonic()
        for number, content in enumerate(files):
            take_in(office, clerk, f"letter {number}.pdf", content)
        registered, cpu_registered = time.monotonic() - begun, cpu_seconds() - cpu
        found = 0
        while found == 0:
            time.sleep(0.1)
            with office.database.reading() as uow:
                found = search(uow, clerk, reader, office.vault, text="lastofall").total
        seconds = time.monotonic() - begun
        with office.database.reading() as uow:
            total = search(uow, clerk, reader, office.vault, text="").total
        process.terminate()
        process.join()
        cpu = cpu_seconds() - cpu
        office.close()
    print(f"{count} documents of 2 x {words} words, {total} found after {seconds:.1f} s")
    print(f"registered after {registered:.1f} s, at {cpu_registered / count:.4f} CPU s each")
    print(f"{count / seconds:.1f} documents/s, {cpu / count:.4f} CPU s each")


if __name__ == "__main__":
    main()
