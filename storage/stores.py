"""What every object store does: a dozen short verbs over write-once objects.

Invariants: a name is the SHA-256 of the object's bytes, so the same name means the same bytes; an
object is whole or absent; nothing here knows keys, and nothing here sees clear bytes.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from storage.errors import BadName

NAME_LENGTH = 64
_NAME = re.compile(rf"[0-9a-f]{{{NAME_LENGTH}}}")


@dataclass(frozen=True)
class ObjectInfo:
    """What a listing tells about one object; `modified_at` is aware UTC."""

    name: str
    size_bytes: int
    modified_at: datetime


class ObjectStore(Protocol):
    """A place for objects; all failures are `StorageError`s."""

    def put(self, name: str, path: Path) -> None:
        """Keep the bytes at `path` under `name`, durable on return; may move the file away.

        A name that is there already holds the same bytes, so putting it again changes nothing.
        """

    def read(self, name: str, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        """Yield the stored bytes from `start` up to `stop` in pieces of at most 1 MiB."""

    def size(self, name: str) -> int:
        """Return the stored bytes of an object, or raise `ObjectMissing`."""

    def exists(self, name: str) -> bool:
        """Tell whether the store holds the object."""

    def delete(self, name: str) -> None:
        """Remove an object with all its versions; one that is not there is no error.

        Raises `ObjectLocked` when the store is bound to keep it.
        """

    def names(self, *, after: str = "") -> Iterator[ObjectInfo]:
        """Yield every object in ascending order of names, passing over what is no object.

        With `after`, a name or the beginning of one, only those that sort after it.
        """

    def strangers(self) -> Iterator[str]:
        """Yield the places, in no order, of what lies in the store and is no object of it."""

    def describe(self) -> dict[str, str | int | bool | None]:
        """Return where and what the store is, without secrets, for `doctor` and logs."""

    def check(self) -> None:
        """Raise `StoreUnavailable` unless the store can be reached and written, leaving nothing."""

    def clean(self, older_than_seconds: float) -> int:
        """Remove what interrupted `put`s left half done, and return how many there were."""


def is_name(name: str) -> bool:
    """Tell whether `name` is 64 lowercase hexadecimal digits."""
    return _NAME.fullmatch(name) is not None


def check_name(name: str) -> str:
    """Return `name` when it is an object name, else raise `BadName`."""
    if not is_name(name):
        raise BadName(name)
    return name
