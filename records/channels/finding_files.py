"""Files in a watched folder: which are ready, which belong together, and which are none of ours.

Nothing is followed out of the folder: links, devices and other file systems are refused, and a
file is opened step by step from the folder itself, so that nobody can turn a name into a link
between the look and the reading.
"""

import errno
import fcntl
import os
import signal
import stat
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

DONE, FAILED = "done", "failed"
REASON_SUFFIX = ".reason.txt"
SIDECAR_SUFFIXES = (".json", ".csv")
# An empty file may be one that a scanner has just made; a sidecar may wait for its file.
EMPTY_SECONDS = 60.0
SIDECAR_SECONDS = 3600.0
PIECE_BYTES = 1024 * 1024
_TEMPORARY = (".tmp", ".part", ".partial", ".filepart", ".crdownload", ".download", ".swp")
_OF_SYSTEMS = frozenset({"thumbs.db", "desktop.ini"})
_FOLDER_FLAGS = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


@dataclass(frozen=True)
class Mark:
    """What shows that a file is still the same: its inode, size and time of change."""

    inode: int
    size_bytes: int
    changed_ns: int


@dataclass(frozen=True)
class Found:
    """Something in a folder.

    Attributes:
        path: Below the folder, with `/`; may hold bytes that are no UTF-8, as the system has them.
        mark: None for what is no file: a link, a device, another file system.
    """

    path: str
    mark: Mark | None


class ChangedMeanwhile(OSError):
    """A file is not what it was when it was found ready; the next look takes it."""


def walk(root: Path) -> Iterator[Found]:
    """Yield all files of a folder and the folders below it that are not ours, in stable order.

    Raises:
        OSError: The folder itself cannot be read.
    """
    device = root.stat().st_dev
    yield from _walk(root, PurePosixPath(), device)


def _walk(root: Path, below: PurePosixPath, device: int) -> Iterator[Found]:
    with os.scandir(root / below) as entries:
        listed = sorted(entries, key=lambda each: each.name)
    for each in listed:
        path = below / each.name
        if is_temporary(each.name) or (below == PurePosixPath() and each.name in (DONE, FAILED)):
            continue
        try:
            facts = each.stat(follow_symlinks=False)
        except FileNotFoundError:
            continue
        if stat.S_ISDIR(facts.st_mode):
            if facts.st_dev != device:
                yield Found(str(path), None)
                continue
            with suppress(FileNotFoundError):
                yield from _walk(root, path, device)
        elif stat.S_ISREG(facts.st_mode) and facts.st_dev == device:
            yield Found(str(path), _mark(facts))
        else:
            yield Found(str(path), None)


def is_temporary(name: str) -> bool:
    """Return whether a name is one that programs give to what is not finished, or hide."""
    low = name.casefold()
    return low.startswith((".", "~")) or low.endswith(("~", *_TEMPORARY)) or low in _OF_SYSTEMS


def sidecar_of(path: str, names: frozenset[str]) -> str | None:
    """Return the file of metadata that lies beside a file."""
    return next((path + each for each in SIDECAR_SUFFIXES if path + each in names), None)


def described_by(path: str) -> str | None:
    """Return the path of the file that a file of metadata describes; None for any other file.

    Only a name with two endings, such as `letter.pdf.json`, is one of metadata.
    """
    for suffix in SIDECAR_SUFFIXES:
        if path.endswith(suffix):
            main = path.removesuffix(suffix)
            return main if "." in PurePosixPath(main).name.lstrip(".") else None
    return None


def pieces(root: Path, found: Found) -> Iterator[bytes]:
    """Yield the bytes of a file that was found ready.

    Raises:
        ChangedMeanwhile: It is not the same any more, or somebody writes to it.
        OSError: It cannot be read.
    """
    with os.fdopen(_open(root, found.path), "rb") as file:
        if _mark(os.fstat(file.fileno())) != found.mark or is_written(file.fileno()):
            raise ChangedMeanwhile(errno.EAGAIN, "it is being changed", found.path)
        while piece := file.read(PIECE_BYTES):
            yield piece
        if _mark(os.fstat(file.fileno())) != found.mark:
            raise ChangedMeanwhile(errno.EAGAIN, "it is being changed", found.path)


def is_same(root: Path, found: Found) -> bool:
    """Return whether a file is still the one that was found."""
    with suppress(FileNotFoundError):
        facts = os.lstat(root / found.path)
        return stat.S_ISREG(facts.st_mode) and _mark(facts) == found.mark
    return False


def is_written(descriptor: int) -> bool:
    """Return whether somebody has a file open for writing, where that can be told (Linux).

    The kernel gives a read lease only on a file that nobody writes to. It is given back at once,
    and the signal that could come in between is one that is ignored.
    """
    if sys.platform != "linux":
        return False
    try:
        fcntl.fcntl(descriptor, fcntl.F_SETSIG, signal.SIGURG)
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_RDLCK)
    except OSError as error:
        return error.errno == errno.EAGAIN
    fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    return False


def _open(root: Path, path: str) -> int:
    """Open a file below a folder without following a link anywhere."""
    *folders, name = PurePosixPath(path).parts
    here = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for each in folders:
            deeper = os.open(each, _FOLDER_FLAGS, dir_fd=here)
            os.close(here)
            here = deeper
        opened = os.open(name, _FILE_FLAGS, dir_fd=here)
    finally:
        os.close(here)
    if not stat.S_ISREG(os.fstat(opened).st_mode):
        os.close(opened)
        raise ChangedMeanwhile(errno.EAGAIN, "it is no file any more", path)
    return opened


def _mark(facts: os.stat_result) -> Mark:
    return Mark(facts.st_ino, facts.st_size, facts.st_mtime_ns)
