"""Carrying an object from one store into another: the bytes as they are, under the same name."""

import hashlib
from pathlib import Path

from storage.errors import ObjectDamaged
from storage.stores import ObjectStore


def carry(
    name: str, source: ObjectStore, target: ObjectStore, spool: Path, *, replacing: bool = False
) -> None:
    """Copy an object whose bytes match its name; nothing else ever reaches the target.

    Args:
        name: SHA-256 of the stored bytes, in both stores.
        source: Where it is read.
        target: Where it is put.
        spool: Folder in which it rests meanwhile, sealed as it is; made when it is missing.
        replacing: Put it in the place of what lies there, once it proved to be whole.

    Raises:
        ObjectMissing: The source does not hold it.
        ObjectDamaged: The source holds other bytes under its name.
        StorageError: One of the stores cannot be reached, or is bound to keep what it has.
    """
    spool.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = spool / f"{name}.carried"
    digest = hashlib.sha256()
    try:
        with fresh.open("wb") as file:
            for piece in source.read(name):
                digest.update(piece)
                file.write(piece)
        if digest.hexdigest() != name:
            raise ObjectDamaged(name, "its stored bytes do not match its name")
        if replacing:
            target.delete(name)
        target.put(name, fresh)
    finally:
        fresh.unlink(missing_ok=True)
