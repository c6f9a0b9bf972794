"""Objects in a folder, `ab/abcd…`, each put in place by temp, fsync, rename, fsync of folder.

One level of 256 folders is enough for millions of objects; a second one would cost every `put` a
new folder and its sync (measured: 0.9 ms against 0.6 ms).
"""

import errno
import os
import secrets
import shutil
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from storage.durable import sync
from storage.errors import ObjectMissing, reporting_os_errors
from storage.stores import ObjectInfo, check_name, is_name

PIECE_BYTES = 256 * 1024
INCOMING = ".incoming"


class LocalStore:
    """An `ObjectStore` in a folder of this machine.

    A file on the same file system is renamed into place; one from elsewhere is copied to
    `.incoming` first. The folder is made when first written to.
    """

    def __init__(self, root: Path) -> None:
        self.root = root

    def put(self, name: str, path: Path) -> None:
        """Keep the bytes at `path` under `name`; see `ObjectStore.put`."""
        target = self._path(name)
        with reporting_os_errors(f"cannot keep {name} in {self.root}"):
            self._lay_out(target.parent)
            if not target.exists():
                self._move(path, target, name)
            sync(target.parent)  # also when it was there: that put may have died just before this

    def _lay_out(self, folder: Path) -> None:
        """Make all folders at the first use, so that no later `put` makes and syncs its own.

        `.incoming` comes last and tells every process that the others are durable.
        """
        incoming = self.root / INCOMING
        if incoming.is_dir() and folder.is_dir():
            return
        for number in range(256):
            (self.root / f"{number:02x}").mkdir(parents=True, exist_ok=True)
        sync(self.root)
        sync(self.root.parent)
        incoming.mkdir(exist_ok=True)

    def _move(self, path: Path, target: Path, name: str) -> None:
        try:
            sync(path)
            path.rename(target)
        except FileNotFoundError:
            raise ObjectMissing(name) from None
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
            self._copy(path, target)

    def _copy(self, path: Path, target: Path) -> None:
        fresh = self._fresh()
        try:
            shutil.copyfile(path, fresh)
            sync(fresh)
            fresh.rename(target)
        finally:
            fresh.unlink(missing_ok=True)

    def _fresh(self) -> Path:
        folder = self.root / INCOMING
        self._lay_out(folder)
        return folder / secrets.token_hex(16)

    def read(self, name: str, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        """Yield the stored bytes from `start` up to `stop`."""
        path = self._path(name)
        with reporting_os_errors(f"cannot read {name} in {self.root}"):
            try:
                file = path.open("rb", buffering=0)
            except FileNotFoundError:
                raise ObjectMissing(name) from None
        with file:
            file.seek(start)
            left = None if stop is None else stop - start
            while left is None or left > 0:
                with reporting_os_errors(f"cannot read {name} in {self.root}"):
                    piece = file.read(PIECE_BYTES if left is None else min(PIECE_BYTES, left))
                if not piece:
                    return
                if left is not None:
                    left -= len(piece)
                yield piece

    def size(self, name: str) -> int:
        """Return the stored bytes of an object."""
        path = self._path(name)
        with reporting_os_errors(f"cannot read {name} in {self.root}"):
            try:
                return path.stat().st_size
            except FileNotFoundError:
                raise ObjectMissing(name) from None

    def exists(self, name: str) -> bool:
        """Tell whether the store holds the object."""
        try:
            self.size(name)
        except ObjectMissing:
            return False
        return True

    def delete(self, name: str) -> None:
        """Remove an object, durably; one that is not there is no error."""
        path = self._path(name)
        with reporting_os_errors(f"cannot delete {name} in {self.root}"):
            try:
                path.unlink()
            except FileNotFoundError:
                return
            sync(path.parent)

    def names(self, *, after: str = "") -> Iterator[ObjectInfo]:
        """Yield objects in ascending order of names; see `ObjectStore.names`."""
        with reporting_os_errors(f"cannot list {self.root}"):
            for number in range(256):
                folder = f"{number:02x}"
                if folder >= after[:2]:
                    found = _objects(self.root / folder)
                    yield from (each for each in found if each.name > after)

    def strangers(self) -> Iterator[str]:
        """Yield the paths below the root of files that are not where an object would be."""
        with reporting_os_errors(f"cannot list {self.root}"):
            for folder, folders, files in os.walk(self.root):
                below = Path(folder).relative_to(self.root)
                if not below.parts:
                    folders[:] = [each for each in folders if each != INCOMING]
                for name in files:
                    if not (is_name(name) and below.parts == (name[:2],)):
                        yield (below / name).as_posix()

    def describe(self) -> dict[str, str | int | bool | None]:
        """Return the folder and the bytes that are free there (None when there is none yet)."""
        free = shutil.disk_usage(self.root).free if self.root.is_dir() else None
        return {
            "kind": "local",
            "path": str(self.root),
            "free_bytes": free,
            "versioning": False,
            "object_lock": False,
        }

    def check(self) -> None:
        """Write, sync and remove a file of one byte."""
        with reporting_os_errors(f"store folder {self.root} cannot be written"):
            fresh = self._fresh()
            try:
                fresh.write_bytes(b"\n")
                sync(fresh)
            finally:
                fresh.unlink(missing_ok=True)

    def clean(self, older_than_seconds: float) -> int:
        """Remove copies that an interrupted `put` left in `.incoming`."""
        with reporting_os_errors(f"cannot clean {self.root}"):
            return remove_old_files(self.root / INCOMING, older_than_seconds)

    def _path(self, name: str) -> Path:
        check_name(name)
        return self.root / name[:2] / name


def remove_old_files(folder: Path, older_than_seconds: float) -> int:
    """Remove the files of `folder` last written so long ago, and return how many."""
    if not folder.is_dir():
        return 0
    limit = time.time() - older_than_seconds
    removed = 0
    for path in folder.iterdir():
        try:
            if path.is_file() and path.stat().st_mtime <= limit:
                path.unlink()
                removed += 1
        except FileNotFoundError:
            continue  # finished or removed by another process meanwhile
    return removed


def _objects(folder: Path) -> Iterator[ObjectInfo]:
    if not folder.is_dir():
        return
    with os.scandir(folder) as entries:
        files = sorted(
            (
                entry
                for entry in entries
                if is_name(entry.name) and entry.name.startswith(folder.name)
            ),
            key=lambda entry: entry.name,
        )
    for entry in files:
        try:
            status = entry.stat(follow_symlinks=False)
        except FileNotFoundError:
            continue  # deleted while we listed
        if entry.is_file(follow_symlinks=False):
            modified_at = datetime.fromtimestamp(status.st_mtime, UTC)
            yield ObjectInfo(entry.name, status.st_size, modified_at)
