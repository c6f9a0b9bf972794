"""How fast is `verify`? The objects of an office against one bare pass, and entries of its log.

    python -m benchmarks.verify [--objects N] [--mib M] [--entries N]

The bare pass reads every stored byte, takes one SHA-256 of it and opens it once with AES-GCM, and
does nothing else. The log is filled by the service itself, so that every hash in it is true.
"""

import argparse
import hashlib
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from records.audit.log_check import check_log
from records.audit.object_check import check_objects
from records.audit.proofs import integrate
from records.audit.report import Report
from records.core.config import load_config
from records.core.log import log_size
from records.documents.intake import keep_objects
from records.office import Office, open_office
from records.people.organization import unit_by_code
from records.people.rules import SERVICE, Role
from records.people.service import add_user
from records.registration.registers import register_by_code
from records.registration.service import register_document

CHUNK_BYTES = 64 * 1024
BATCH = 5_000


def fill_store(office: Office, objects: int, size_bytes: int) -> None:
    """Register documents with one object each."""
    from records.people.actors import actor_by_login

    with office.database.writing() as uow:
        add_user(
            uow,
            SERVICE,
            login="clerk",
            roles=frozenset({Role.CLERK}),
            unit_id=unit_by_code(uow, "office").id,
        )
        clerk = actor_by_login(uow, "clerk")
    for number in range(objects):
        pieces = [os.urandom(size_bytes)]
        received = office.vault.receive(pieces, limit_bytes=2 * size_bytes, file_name="a.bin")
        keep_objects(office.database, office.vault, [received])
        with office.database.writing() as uow:
            register_document(
                uow,
                clerk,
                register=register_by_code(uow, "incoming"),
                values={"title": f"Paper {number}"},
                received=[(received, "a.bin")],
            )


def fill_log(office: Office, entries: int) -> None:
    """Record facts until the log has so many entries."""
    for start in range(0, entries, BATCH):
        with office.database.writing() as uow:
            for number in range(start, min(entries, start + BATCH)):
                payload = {"count": number, "name": "Somebody", "number": f"IN-2026-{number:04}"}
                uow.record("test.happened", actor_id=None, objects=[uow.new_id()], payload=payload)
    integrate(office.database)


def bare_pass(folder: Path) -> None:
    """Read every object, with one SHA-256 and one AES-GCM pass."""
    cipher, nonce = AESGCM(bytes(32)), bytes(12)
    for path in sorted(folder.rglob("*")):
        if not path.is_file():
            continue
        digest = hashlib.sha256()
        with path.open("rb", buffering=0) as file:
            while piece := file.read(CHUNK_BYTES):
                digest.update(piece)
                # Encrypting costs what decrypting does, and needs no true tag.
                cipher.encrypt(nonce, piece, None)


def seconds(act: Callable[[], object], repeats: int = 5) -> float:
    """Return the median of how long something takes."""
    taken = []
    for _ in range(repeats):
        start = time.perf_counter()
        act()
        taken.append(time.perf_counter() - start)
    return median(taken)


def main() -> None:
    """Fill, measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--objects", type=int, default=100)
    parser.add_argument("--mib", type=float, default=4)
    parser.add_argument("--entries", type=int, default=50_000)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="chancery-verify-") as home:
        office = open_office(load_config({}, home=Path(home)))
        fill_store(office, chosen.objects, int(chosen.mib * 1024 * 1024))
        folder = Path(home) / "objects"
        stored = sum(each.stat().st_size for each in folder.rglob("*") if each.is_file())

        def objects() -> None:
            report = Report()
            check_objects(office, report, lambda _what, _count: None)
            assert report.ok, report.as_json()

        bare, ours = seconds(lambda: bare_pass(folder)), seconds(objects)
        print(f"{chosen.objects} objects, {stored / 2**20:.0f} MiB stored")
        print(f"bare pass    {stored / bare / 2**20:8.0f} MiB/s")
        print(f"verify       {stored / ours / 2**20:8.0f} MiB/s")
        print(f"ratio        {bare / ours:8.0%} (at least 70 %)")
        fill_log(office, chosen.entries)
        with office.database.reading() as uow:
            size = log_size(uow.session)

        def log() -> None:
            report = Report()
            check_log(office, report, lambda _what, _count: None)
            assert report.ok, report.as_json()

        print(f"log          {size / seconds(log, 3):8.0f} entries/s (at least 20,000)")
        office.close()


if __name__ == "__main__":
    main()
