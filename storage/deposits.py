"""Small files that are left with somebody else: never written over, and locked where that can be.

A deposit is a folder (another disk, a share) or a bucket. A name that is taken by other bytes is
refused: that is how a second past of the same log shows.
"""

import secrets
from datetime import datetime
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit

from storage.durable import sync
from storage.errors import DepositTaken, StoreUnavailable
from storage.opening import open_store


class Deposit(Protocol):
    """Where small files are left."""

    def put(self, name: str, data: bytes, *, locked_until: datetime | None = None) -> str:
        """Leave a file and return what shows that it is there; the same bytes again are no error.

        Args:
            locked_until: Until when nobody may remove it, for those that can see to that.

        Raises:
            DepositTaken: Other bytes lie under this name.
            StoreUnavailable: It cannot be left; later it may.
        """
        ...

    def later(self, name: str) -> str | None:
        """Return a file of the same ending whose name sorts after this one, if there is any."""
        ...


class FolderDeposit:
    """A folder that somebody else has made; where it is not there, nothing is."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def put(self, name: str, data: bytes, *, locked_until: datetime | None = None) -> str:
        """Leave a file; see `Deposit.put`. A folder cannot lock."""
        if locked_until is not None:
            raise StoreUnavailable("a folder cannot lock what lies in it; leave retain_days out")
        path = self.folder / name
        try:
            self._leave(path, data)
        except OSError as error:
            raise StoreUnavailable(f"{self.folder}: {error.strerror or error}") from error
        return str(path)

    def later(self, name: str) -> str | None:
        """Return a file that sorts after; see `Deposit.later`."""
        ending = Path(name).suffix
        self._demand_folder()
        try:
            names = [each.name for each in self.folder.iterdir() if each.suffix == ending]
        except OSError as error:
            raise StoreUnavailable(f"{self.folder}: {error.strerror or error}") from error
        last = max((each for each in names if not each.startswith(".")), default="")
        return last if last > name else None

    def _demand_folder(self) -> None:
        # A disk that is not mounted must not be taken for an empty one.
        if not self.folder.is_dir():
            raise StoreUnavailable(f"the folder {self.folder} is not there")

    def _leave(self, path: Path, data: bytes) -> None:
        self._demand_folder()
        if path.exists():
            if path.read_bytes() != data:
                raise DepositTaken(f"{path} holds something else")
            return
        fresh = self.folder / f".{path.name}.{secrets.token_hex(4)}"
        try:
            fresh.write_bytes(data)
            sync(fresh)
            fresh.chmod(0o444)
            _name(fresh, path, data)
        finally:
            fresh.unlink(missing_ok=True)
        sync(self.folder)


def _name(fresh: Path, path: Path, data: bytes) -> None:
    try:
        path.hardlink_to(fresh)
    except FileExistsError:  # another machine was quicker
        if path.read_bytes() != data:
            raise DepositTaken(f"{path} holds something else") from None
    except OSError:  # a file system without links; the name was free a moment ago
        fresh.replace(path)


def open_deposit(url: str) -> Deposit:
    """Return the deposit at `file:///folder` or `s3://bucket/prefix?endpoint_url=…&region=…`.

    Raises:
        BadStoreUrl: The address cannot be understood.
    """
    parts = urlsplit(url)
    if parts.scheme == "file":
        return FolderDeposit(Path(unquote(parts.path)))
    from storage.s3 import S3Store

    store = open_store(url)
    assert isinstance(store, S3Store)
    return store.deposit()
