"""The front door of the package: bytes in once, encrypted, and back as they came."""

import hashlib
from collections.abc import Iterable, Iterator
from functools import lru_cache, partial
from pathlib import Path

from storage.errors import ObjectDamaged, ObjectMissing, TooLarge, reporting_os_errors
from storage.framing import clear_size, decrypt_range
from storage.keys import KeyRing
from storage.local import remove_old_files
from storage.receiving import Received, Receiving
from storage.sealing import seal, unseal
from storage.stores import ObjectStore

CACHED_KEYS = 256
PIECE_BYTES = 256 * 1024
_OTHER_NAME = "its stored bytes do not match its name"


class Vault:
    """Receives, keeps and gives back objects of one store under one key ring.

    The spool folder should lie on the file system of a local store, so that keeping an object
    is a rename. Safe to share between threads.
    """

    def __init__(self, store: ObjectStore, keyring: KeyRing, spool_dir: Path) -> None:
        self.store = store
        self.keyring = keyring
        self.spool_dir = spool_dir
        self._data_key = lru_cache(CACHED_KEYS)(keyring.unwrap)

    def begin(self, *, limit_bytes: int, file_name: str | None) -> Receiving:
        """Begin to receive a stream that comes in pieces."""
        return Receiving(self.spool_dir, self.keyring, limit_bytes=limit_bytes, file_name=file_name)

    def receive(
        self, chunks: Iterable[bytes], *, limit_bytes: int, file_name: str | None
    ) -> Received:
        """Take a whole stream in one pass; on any failure nothing is left of it.

        Raises:
            TooLarge: more than `limit_bytes` came.
            StoreUnavailable: the spool cannot be written.
        """
        with self.begin(limit_bytes=limit_bytes, file_name=file_name) as receiving:
            for chunk in chunks:
                receiving.write(chunk)
            return receiving.finish()

    def keep(self, received: Received) -> None:
        """Put a received object into the store, durable on return.

        After a retryable failure it can be called again.

        Raises:
            StoreUnavailable: the store cannot take it now.
            ObjectMissing: neither the store nor the spool has it.
            ObjectDamaged: the store holds another number of bytes under its name.
        """
        self.store.put(received.name, received.spool_path)
        held = self.store.size(received.name)
        if held != received.stored_bytes:
            reason = f"the store holds {held} bytes of {received.stored_bytes}"
            raise ObjectDamaged(received.name, reason)
        self.discard(received)

    def discard(self, received: Received) -> None:
        """Throw a received object away; what was kept stays."""
        with reporting_os_errors("the spool cannot be cleaned"):
            received.spool_path.unlink(missing_ok=True)

    def read(
        self, name: str, wrapped_key: bytes, start: int = 0, stop: int | None = None
    ) -> Iterator[bytes]:
        """Yield the clear bytes from `start` up to `stop`, in pieces of at most 64 KiB.

        Costs one look at the size and one read, for a range that begins later one read more.
        Every piece is authenticated before it is given out, but damage further on shows only
        when it is reached.

        Raises:
            ObjectMissing, ObjectDamaged, KeyMissing, KeyDamaged, StoreUnavailable
        """
        yield from self._decrypt(name, wrapped_key, self.store.size(name), start, stop)

    def _decrypt(
        self, name: str, wrapped_key: bytes, stored_bytes: int, start: int, stop: int | None
    ) -> Iterator[bytes]:
        data_key = self._data_key(wrapped_key)
        fetch = partial(self.store.read, name)
        return decrypt_range(name, data_key, stored_bytes, fetch, start, stop)

    def read_spooled(self, path: Path, wrapped_key: bytes) -> Iterator[bytes]:
        """Yield the clear bytes of something received that still waits at `path` in the spool.

        Raises:
            ObjectMissing, ObjectDamaged, KeyMissing, KeyDamaged, StoreUnavailable
        """
        with reporting_os_errors(f"spool file {path}"):
            try:
                file = path.open("rb")
            except FileNotFoundError:
                raise ObjectMissing(path.name) from None
        with file:
            stored_bytes = path.stat().st_size

            def fetch(first: int, end: int) -> Iterator[bytes]:
                file.seek(first)
                while first < end and (piece := file.read(min(PIECE_BYTES, end - first))):
                    first += len(piece)
                    yield piece

            yield from decrypt_range(path.name, self._data_key(wrapped_key), stored_bytes, fetch)

    def read_bytes(self, name: str, wrapped_key: bytes, limit_bytes: int) -> bytes:
        """Return the clear bytes of an object that has at most `limit_bytes`.

        Raises:
            TooLarge: it has more; nothing was read.
        """
        stored_bytes = self.store.size(name)
        if clear_size(name, stored_bytes) > limit_bytes:
            raise TooLarge(limit_bytes)
        return b"".join(self._decrypt(name, wrapped_key, stored_bytes, 0, None))

    def size(self, name: str) -> int:
        """Return the clear bytes of an object, which needs no key."""
        return clear_size(name, self.store.size(name))

    def seal(self, wrapped_key: bytes, label: str, data: bytes) -> bytes:
        """Encrypt small content derived from a component under that component's key."""
        return seal(self._data_key(wrapped_key), label, data)

    def unseal(self, wrapped_key: bytes, label: str, blob: bytes) -> bytes:
        """Give back what was sealed under this key and label, or raise `SealDamaged`."""
        return unseal(self._data_key(wrapped_key), label, blob)

    def forget_keys(self) -> None:
        """Drop the data keys held in memory; call it when a wrapped key was destroyed."""
        self._data_key.cache_clear()

    def check(self, name: str, wrapped_key: bytes, sha256: str) -> None:
        """Read an object again from end to end and compare it with all that is known of it.

        Raises:
            ObjectMissing: it is not in the store.
            ObjectDamaged: the stored bytes do not match the name, or do not decrypt under the
                key, or decrypt to bytes of another SHA-256; the reason tells which.
        """
        stored, clear = hashlib.sha256(), hashlib.sha256()

        def fetch(first: int, end: int) -> Iterator[bytes]:
            for piece in self.store.read(name, first, end):
                stored.update(piece)
                yield piece

        data_key = self._data_key(wrapped_key)
        try:
            for piece in decrypt_range(name, data_key, self.store.size(name), fetch):
                clear.update(piece)
        except ObjectDamaged:
            self.check_stored(name)
            raise
        if stored.hexdigest() != name:
            raise ObjectDamaged(name, _OTHER_NAME)
        if clear.hexdigest() != sha256:
            raise ObjectDamaged(name, "its clear bytes have another SHA-256 than was recorded")

    def check_stored(self, name: str) -> None:
        """Compare the stored bytes with their name, which needs no key.

        Raises:
            ObjectMissing, ObjectDamaged
        """
        digest = hashlib.sha256()
        for piece in self.store.read(name):
            digest.update(piece)
        if digest.hexdigest() != name:
            raise ObjectDamaged(name, _OTHER_NAME)

    def clean_spool(self, older_than_seconds: float) -> int:
        """Remove what a crash left in the spool and half done in the store; return how many."""
        with reporting_os_errors("the spool cannot be cleaned"):
            removed = remove_old_files(self.spool_dir, older_than_seconds)
        return removed + self.store.clean(older_than_seconds)
