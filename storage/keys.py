"""Master keys, kept in a file outside the database, and the data keys that they wrap.

Invariants: the file is complete or absent, readable by its owner only, and never loses a key;
one key is current and wraps new data keys, the others only unwrap; a wrapped key names its master
key, so rotation is "add a key, then re-wrap", at any pace and while the service runs.
"""

import base64
import fcntl
import json
import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from storage.derivation import KEY_BYTES, derive_key
from storage.durable import sync
from storage.errors import KeyDamaged, KeyMissing, reporting_os_errors

FORMAT = "chancery keys 1"
WRAP_VERSION = b"\x01"
ID_BYTES = 8
NONCE_BYTES = 12
_HEAD_BYTES = 1 + ID_BYTES


@dataclass(frozen=True, repr=False)
class _Keys:
    """The content of a key file."""

    root: bytes
    current: str
    masters: dict[str, bytes]
    created: dict[str, str]

    @classmethod
    def new(cls) -> Self:
        return cls(secrets.token_bytes(KEY_BYTES), "", {}, {}).with_new_master()

    def with_new_master(self) -> Self:
        key_id = secrets.token_hex(ID_BYTES)
        now = datetime.now(UTC).isoformat(timespec="seconds")
        return type(self)(
            self.root,
            key_id,
            {**self.masters, key_id: secrets.token_bytes(KEY_BYTES)},
            {**self.created, key_id: now},
        )

    @classmethod
    def parse(cls, text: bytes) -> Self:
        try:
            content: dict[str, Any] = json.loads(text)
            masters = {k["id"]: base64.b64decode(k["key"], validate=True) for k in content["keys"]}
            created = {k["id"]: str(k["created_at"]) for k in content["keys"]}
            root = base64.b64decode(content["root"], validate=True)
            current = content["current"]
            lengths = {len(root), *map(len, masters.values())}
            ids_fit = all(len(bytes.fromhex(key_id)) == ID_BYTES for key_id in masters)
        except (ValueError, KeyError, TypeError) as error:
            raise KeyDamaged("the key file is not a key file of this program") from error
        known = content.get("format") == FORMAT and current in masters and ids_fit
        if not known or lengths != {KEY_BYTES}:
            raise KeyDamaged("the key file is not complete")
        return cls(root, current, masters, created)

    def without(self, key_id: str) -> Self:
        return type(self)(
            self.root,
            self.current,
            {name: key for name, key in self.masters.items() if name != key_id},
            {name: at for name, at in self.created.items() if name != key_id},
        )

    def dump(self) -> bytes:
        content = {
            "format": FORMAT,
            "root": base64.b64encode(self.root).decode(),
            "current": self.current,
            "keys": [
                {"id": i, "created_at": self.created[i], "key": base64.b64encode(key).decode()}
                for i, key in self.masters.items()
            ],
        }
        return json.dumps(content, indent=1).encode() + b"\n"


class KeyRing:
    """The master keys of one installation."""

    def __init__(self, path: Path, keys: _Keys) -> None:
        self.path = path
        self._keys = keys
        self._seen = _marks(path)

    def __repr__(self) -> str:
        return f"KeyRing(path={str(self.path)!r}, current_id={self.current_id!r})"

    @classmethod
    def open(cls, path: Path, *, create: bool = False) -> Self:
        """Read the key file; with `create`, make it when there is none (mode 0600).

        Two processes that create at once end up with the same keys.

        Raises:
            KeyMissing: there is no key file and `create` is not set.
            KeyDamaged: the file is not a complete key file.
            StoreUnavailable: the file cannot be read or written.
        """
        with reporting_os_errors(f"key file {path}"):
            if create and not path.exists():
                path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
                with _written_beside(path, _Keys.new()) as fresh, suppress(FileExistsError):
                    os.link(fresh, path)
            return cls(path, _load(path))

    @property
    def current_id(self) -> str:
        """The id of the key that wraps new data keys, 16 hexadecimal digits."""
        return self._keys.current

    def ids(self) -> dict[str, str]:
        """Return every key id with the time of its making (ISO 8601, UTC), oldest first."""
        return dict(self._keys.created)

    def new_data_key(self) -> tuple[bytes, bytes]:
        """Return a fresh data key (32 bytes) and the same, wrapped (69 bytes), to be kept."""
        self._look_again()
        data_key = secrets.token_bytes(KEY_BYTES)
        return data_key, self._wrap(data_key)

    def unwrap(self, wrapped: bytes) -> bytes:
        """Return the data key (32 bytes) that `wrapped` holds.

        Raises:
            KeyMissing: its master key is not in the key file.
            KeyDamaged: it was altered.
        """
        head, nonce = wrapped[:_HEAD_BYTES], wrapped[_HEAD_BYTES : _HEAD_BYTES + NONCE_BYTES]
        if head[:1] != WRAP_VERSION or len(nonce) != NONCE_BYTES:
            raise KeyDamaged("this is not a wrapped key of version 1")
        master = self._master(head[1:].hex())
        try:
            return AESGCM(master).decrypt(nonce, wrapped[_HEAD_BYTES + NONCE_BYTES :], head)
        except InvalidTag as error:
            raise KeyDamaged("a wrapped key was altered") from error

    def is_current(self, wrapped: bytes) -> bool:
        """Tell whether `wrapped` needs no re-wrapping."""
        return wrapped[1:_HEAD_BYTES].hex() == self.current_id

    def rewrap(self, wrapped: bytes) -> bytes:
        """Return the same data key wrapped under the current master key."""
        return wrapped if self.is_current(wrapped) else self._wrap(self.unwrap(wrapped))

    def rotate(self) -> str:
        """Add a master key, make it current, durably, and return its id.

        Other processes take it up when they wrap the next data key, or meet one that it wraps.
        """
        return self._change(_Keys.with_new_master).current

    def forget(self, key_id: str) -> None:
        """Remove a master key from the file, durably: what it still wraps never opens again.

        Raises:
            KeyMissing: there is no such key, or it is the current one.
        """

        def change(keys: _Keys) -> _Keys:
            if key_id not in keys.masters or key_id == keys.current:
                raise KeyMissing(f"master key {key_id} cannot be removed from {self.path}")
            return keys.without(key_id)

        self._change(change)

    def _change(self, change: Callable[[_Keys], _Keys]) -> _Keys:
        with reporting_os_errors(f"key file {self.path}"), _locked(self.path):
            keys = change(_load(self.path))
            with _written_beside(self.path, keys) as fresh:
                fresh.replace(self.path)
            self._keys, self._seen = keys, _marks(self.path)
        return keys

    def derive(self, purpose: str) -> bytes:
        """Return the 32-byte key of this installation for `purpose`; rotation leaves it as is."""
        return derive_key(self._keys.root, f"installation 1: {purpose}")

    def _wrap(self, data_key: bytes) -> bytes:
        head = WRAP_VERSION + bytes.fromhex(self._keys.current)
        nonce = os.urandom(NONCE_BYTES)
        master = self._keys.masters[self._keys.current]
        return head + nonce + AESGCM(master).encrypt(nonce, data_key, head)

    def _look_again(self) -> None:
        """Take up the keys that another process has put into the file."""
        marks = _marks(self.path)
        if marks is not None and marks != self._seen:
            with reporting_os_errors(f"key file {self.path}"):
                self._keys, self._seen = _load(self.path), marks

    def _master(self, key_id: str) -> bytes:
        if key_id not in self._keys.masters:
            with reporting_os_errors(f"key file {self.path}"):
                self._keys = _load(self.path)
        try:
            return self._keys.masters[key_id]
        except KeyError:
            raise KeyMissing(f"master key {key_id} is not in {self.path}") from None


def _marks(path: Path) -> tuple[int, int] | None:
    """Return what tells one content of the key file from another; None while it is away."""
    try:
        found = path.stat()
    except OSError:
        # Whoever has the keys in memory goes on with them.
        return None
    return found.st_ino, found.st_mtime_ns


def _load(path: Path) -> _Keys:
    try:
        return _Keys.parse(path.read_bytes())
    except FileNotFoundError:
        raise KeyMissing(f"there is no key file at {path}") from None


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Keep two processes from rotating at once, so that neither loses the other's key."""
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


@contextmanager
def _written_beside(path: Path, keys: _Keys) -> Iterator[Path]:
    """Give a synced file with `keys` to put in place; the folder is synced on leaving."""
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(keys.dump())
            file.flush()
            os.fsync(file.fileno())
        yield fresh
    finally:
        fresh.unlink(missing_ok=True)
    sync(path.parent)
