"""One stream of clear bytes on its way into a store: counted, hashed, encrypted as it comes.

Invariants: the disk only ever sees ciphertext; memory holds one chunk and the first 256 KiB; the
spool file is gone after any failure. It is synced when the store takes it, not before: until
then nobody was promised anything, and one sync per object is enough.
"""

import hashlib
import os
import secrets
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from storage.errors import TooLarge, reporting_os_errors
from storage.framing import Encryptor
from storage.keys import KeyRing
from storage.media_type import HEAD_BYTES, detect


@dataclass(frozen=True)
class Received:
    """A stream that came in whole and waits, encrypted, in the spool.

    Attributes:
        name: SHA-256 of the stored bytes, the object's name.
        sha256: SHA-256 of the clear bytes, as 64 hexadecimal digits.
        size_bytes: clear bytes.
        stored_bytes: bytes of the object.
        wrapped_key: its data key, wrapped by the current master key.
        media_type: what the content is, such as `application/pdf`.
        mismatch: the content belies the extension of the file name.
        spool_path: where the object waits.
    """

    name: str
    sha256: str
    size_bytes: int
    stored_bytes: int
    wrapped_key: bytes = field(repr=False)
    media_type: str
    mismatch: bool
    spool_path: Path


class Receiving:
    """Takes a stream piece by piece; as a context it aborts unless finished."""

    def __init__(
        self, spool_dir: Path, keyring: KeyRing, *, limit_bytes: int, file_name: str | None
    ) -> None:
        """Open a spool file in `spool_dir` (made if need be) for at most `limit_bytes`."""
        data_key, self._wrapped_key = keyring.new_data_key()
        self._limit_bytes = limit_bytes
        self._file_name = file_name
        self._head = bytearray()
        self._size = 0
        self._stored = 0
        self._clear_digest = hashlib.sha256()
        self._stored_digest = hashlib.sha256()
        self._encryptor = Encryptor(data_key)
        self.spool_path = spool_dir / f"{secrets.token_hex(16)}.spool"
        with reporting_os_errors(f"spool folder {spool_dir}"):
            spool_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
            self._file = os.fdopen(os.open(self.spool_path, flags, 0o400), "wb")
        self._open = True
        self._guarded_spool(self._encryptor.header)

    @property
    def size_bytes(self) -> int:
        """The clear bytes that came so far."""
        return self._size

    def write(self, data: bytes) -> None:
        """Take the next bytes.

        Raises:
            TooLarge: more came than allowed; the spool file is gone.
            StoreUnavailable: the spool cannot be written (disk full); the spool file is gone.
        """
        self._must_be_open()
        self._size += len(data)
        if self._size > self._limit_bytes:
            self.abort()
            raise TooLarge(self._limit_bytes)
        if len(self._head) < HEAD_BYTES:
            self._head += data[: HEAD_BYTES - len(self._head)]
        self._clear_digest.update(data)
        for sealed in self._encryptor.update(data):
            self._guarded_spool(sealed)

    def finish(self) -> Received:
        """End the stream and say what came."""
        self._must_be_open()
        self._guarded_spool(self._encryptor.finish())
        try:
            with reporting_os_errors("the spool cannot be written"):
                self._file.close()
            found = detect(bytes(self._head), self._file_name)
        except BaseException:
            self.abort()
            raise
        self._open = False
        return Received(
            name=self._stored_digest.hexdigest(),
            sha256=self._clear_digest.hexdigest(),
            size_bytes=self._size,
            stored_bytes=self._stored,
            wrapped_key=self._wrapped_key,
            media_type=found.media_type,
            mismatch=found.mismatch,
            spool_path=self.spool_path,
        )

    def abort(self) -> None:
        """Throw away what came; harmless after an end of any kind."""
        if not self._open:
            return
        self._open = False
        self.spool_path.unlink(missing_ok=True)
        try:
            self._file.close()
        except OSError:
            return  # a full disk refuses the last bytes of a file that is gone already

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.abort()

    def _must_be_open(self) -> None:
        if not self._open:
            raise ValueError("this stream has ended")

    def _guarded_spool(self, sealed: bytes) -> None:
        try:
            with reporting_os_errors("the spool cannot be written"):
                self._file.write(sealed)
        except BaseException:
            self.abort()
            raise
        self._stored_digest.update(sealed)
        self._stored += len(sealed)
