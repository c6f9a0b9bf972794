"""What can go wrong with stored bytes, one class per failure, each permanent or worth a retry."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager


class StorageError(Exception):
    """The root of every failure of this package.

    Attributes:
        code: stable name of the failure for programs and message catalogues.
        retryable: whether the same call may succeed later without anybody changing anything.
    """

    code = "storage"
    retryable = False


class ObjectMissing(StorageError):
    """The store holds no object of this name."""

    code = "object_missing"

    def __init__(self, name: str) -> None:
        super().__init__(f"object {name} is not in the store")
        self.name = name


class ObjectDamaged(StorageError):
    """The stored bytes are not those that were stored, or not under this key."""

    code = "object_damaged"

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f"object {name} is damaged: {reason}")
        self.name = name
        self.reason = reason


class ObjectLocked(StorageError):
    """The store is bound to keep this object, for example by S3 Object Lock."""

    code = "object_locked"

    def __init__(self, name: str) -> None:
        super().__init__(f"object {name} is locked by its store and cannot be deleted yet")
        self.name = name


class StoreUnavailable(StorageError):
    """The store cannot be reached, refuses, or is full."""

    code = "store_unavailable"
    retryable = True


class TooLarge(StorageError):
    """More bytes came than are allowed."""

    code = "too_large"

    def __init__(self, limit_bytes: int) -> None:
        super().__init__(f"more than {limit_bytes} bytes")
        self.limit_bytes = limit_bytes


class BadName(StorageError):
    """An object name is not 64 lowercase hexadecimal digits."""

    code = "bad_name"

    def __init__(self, name: str) -> None:
        super().__init__(f"{name!r} is not the name of an object")
        self.name = name


class BadStoreUrl(StorageError):
    """A storage address cannot be understood; the message says how to mend it."""

    code = "bad_store_url"


class KeyMissing(StorageError):
    """The key that would open this is not in the key file, or there is no key file."""

    code = "key_missing"


class KeyDamaged(StorageError):
    """A key file or a wrapped key is not what was once written."""

    code = "key_damaged"


class SealDamaged(StorageError):
    """Sealed derived content was altered, or belongs to another component or label."""

    code = "seal_damaged"


_OF_THE_DISK = frozenset(
    {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EROFS, errno.EMFILE, errno.ENFILE}
)


def is_of_the_disk(error: OSError) -> bool:
    """Tell whether a disk is full or broken, or too much is open: later it may go well."""
    return error.errno in _OF_THE_DISK


@contextmanager
def reporting_os_errors(what: str) -> Iterator[None]:
    """Turn an error of the operating system (disk full, no permission) into `StoreUnavailable`."""
    try:
        yield
    except OSError as error:
        raise StoreUnavailable(f"{what}: {error.strerror or error}") from error


class DepositTaken(StorageError):
    """Other bytes lie under the name of a deposit already."""

    code = "deposit_taken"
