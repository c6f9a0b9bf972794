"""What the kernel lets the cage forbid: files, network, capabilities, memory, time.

Three layers, each used where the kernel offers it (`man 7 user_namespaces`, `man 7 landlock`,
`man 2 setrlimit`): namespaces take the network and give a private /dev/shm that vanishes with its
last process; Landlock closes the file system except for programs and fonts; resource limits hold
everywhere. Calls go through ctypes because Python 3.11 has none of its own for them.
"""

import ctypes
import os
import resource
import signal
import struct
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

_libc = ctypes.CDLL(None, use_errno=True)

_CLONE_NEWNS, _CLONE_NEWIPC = 0x00020000, 0x08000000
_CLONE_NEWUSER, _CLONE_NEWNET = 0x10000000, 0x40000000
_MS_NOSUID, _MS_NODEV, _MS_NOEXEC, _MS_REC, _MS_PRIVATE = 2, 4, 8, 0x4000, 0x40000
_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_SET_NO_NEW_PRIVS = 1, 4, 38
_CAPABILITY_VERSION_3 = 0x20080522

# The same numbers on every architecture since they entered the kernel in 5.13.
_LANDLOCK_CREATE_RULESET, _LANDLOCK_ADD_RULE, _LANDLOCK_RESTRICT_SELF = 444, 445, 446
_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1, 2, 4, 8
_REMOVE_FILE, _MAKE_SOCKET = 1 << 5, 1 << 9
_READ = _READ_FILE | _READ_DIR
_FILE_RIGHTS = _EXECUTE | _WRITE_FILE | _READ_FILE | 1 << 14 | 1 << 15
_ALL_RIGHTS_BY_VERSION = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 5: (1 << 16) - 1}
_NETWORK_SINCE, _BIND_AND_CONNECT = 4, 3
_SCOPE_SINCE, _ABSTRACT_SOCKETS_AND_SIGNALS = 6, 3

SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 - mounted over by a private one, or used with mkdtemp
# LibreOffice insists on a socket of its own here.
_SOCKETS = Path("/tmp")  # noqa: S108
_SYSTEM_FOLDERS = ("/usr", "/bin", "/sbin", "/lib", "/lib64", "/opt", "/nix", "/snap")
_SYSTEM_FILES = (
    "/etc/fonts",
    "/etc/ld.so.cache",
    "/etc/libreoffice",
    "/etc/localtime",
    "/etc/mime.types",
    "/etc/nsswitch.conf",
    "/etc/passwd",
    "/var/cache/fontconfig",
    "/var/lib/libreoffice",
    "/var/spool/libreoffice",
    "/proc",
    "/dev/null",
    "/dev/random",
    "/dev/urandom",
)


class OutOfTime(BaseException):
    """The CPU limit is reached; not an `Exception`, so that no library swallows it."""


@dataclass(frozen=True, slots=True)
class Achieved:
    """What the kernel granted."""

    namespaces: bool
    private_memory: bool
    landlock: int


def isolate(scratch_bytes: int) -> tuple[bool, bool]:
    """Leave the network and, in a namespace of its own, put an empty tmpfs on /dev/shm.

    Returns:
        Whether the network is gone, and whether /dev/shm is private.
    """
    user, group = os.getuid(), os.getgid()
    if _libc.unshare(_CLONE_NEWUSER | _CLONE_NEWNET | _CLONE_NEWNS | _CLONE_NEWIPC) != 0:
        return False, False
    _map_identity(user, group)
    _libc.mount(b"none", b"/", None, _MS_REC | _MS_PRIVATE, None)
    if not any(path.is_relative_to(_SOCKETS) for path in _libraries()):
        _cover(_SOCKETS, scratch_bytes)
    return True, _cover(SHARED_MEMORY, scratch_bytes)


def _cover(folder: Path, size_bytes: int) -> bool:
    """Put an empty private folder in memory over a folder."""
    options = f"size={size_bytes},mode=0700".encode()
    flags = _MS_NOSUID | _MS_NODEV | _MS_NOEXEC
    mounted = _libc.mount(b"tmpfs", bytes(folder), b"tmpfs", flags, options)
    return bool(mounted == 0)


def _map_identity(user: int, group: int) -> None:
    process = Path("/proc/self")
    (process / "setgroups").write_text("deny")
    (process / "uid_map").write_text(f"{user} {user} 1")
    (process / "gid_map").write_text(f"{group} {group} 1")


def give_up_rights() -> None:
    """Drop all capabilities for good, leave no core file, and be the first to go when RAM ends."""
    _prctl(_PR_SET_NO_NEW_PRIVS, 1)
    _prctl(_PR_SET_DUMPABLE, 0)
    header = struct.pack("=Ii", _CAPABILITY_VERSION_3, 0)
    if _libc.capset(header, bytes(24)) != 0:
        raise OSError(ctypes.get_errno(), "capset")
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def die_with_parent() -> None:
    """Ask the kernel to kill this process when its parent ends."""
    _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _prctl(option: int, value: int) -> None:
    if _libc.prctl(option, value, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), f"prctl {option}")


def landlock_version() -> int:
    """Return the version of Landlock that the kernel offers; 0 for none."""
    return max(0, int(_libc.syscall(_LANDLOCK_CREATE_RULESET, None, ctypes.c_size_t(0), 1)))


def file_rules(writable: Iterable[Path], *, programs: bool) -> int | None:
    """Prepare Landlock rules: libraries and fonts can be read, no TCP, no signals to others.

    Args:
        writable: Folders that stay open for writing.
        programs: Whether system programs may be run and what they need be read.

    Returns:
        A descriptor for `close_file_system`; None when the kernel has no Landlock.
    """
    version = landlock_version()
    if version == 0:
        return None
    rights = _ALL_RIGHTS_BY_VERSION[max(v for v in _ALL_RIGHTS_BY_VERSION if v <= version)]
    network = _BIND_AND_CONNECT if version >= _NETWORK_SINCE else 0
    scope = _ABSTRACT_SOCKETS_AND_SIGNALS if version >= _SCOPE_SINCE else 0
    attributes = struct.pack("=QQQ", rights, network, scope)
    size = ctypes.c_size_t(24 if scope else 16 if network else 8)
    rules = int(_libc.syscall(_LANDLOCK_CREATE_RULESET, attributes, size, 0))
    if rules < 0:
        return None
    reading = _READ | _EXECUTE if programs else _READ
    for path in _readable(programs=programs):
        _allow(rules, path, reading & rights)
    if programs:
        _allow(rules, Path("/dev/null"), (_READ_FILE | _WRITE_FILE) & rights)
        _allow(rules, _SOCKETS, _REMOVE_FILE | _MAKE_SOCKET)
    for path in writable:
        _allow(rules, path, rights & ~_EXECUTE)
    return rules


def close_file_system(rules: int | None) -> bool:
    """Put rules into force for this process and its children; True when they hold."""
    if rules is None:
        return False
    return int(_libc.syscall(_LANDLOCK_RESTRICT_SELF, rules, 0)) == 0


def _libraries() -> list[Path]:
    """Return the folders that hold this program and its libraries."""
    package = Path(__file__).resolve().parents[1]
    listed = [Path(entry) for entry in sys.path if entry]
    # In a working copy the package root may hold the office's data and keys: only `search` is open.
    folders = [path for path in listed if path != package.parent or "packages" in path.name]
    return [package, Path(sys.prefix), *folders]


def _readable(*, programs: bool) -> list[Path]:
    system = [*_SYSTEM_FOLDERS, *_SYSTEM_FILES] if programs else [*_SYSTEM_FOLDERS, "/etc/fonts"]
    return [*_libraries(), *(Path(name) for name in system)]


def _allow(rules: int, path: Path, rights: int) -> None:
    try:
        descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    if not path.is_dir():
        rights &= _FILE_RIGHTS
    rule = struct.pack("=Qi", rights, descriptor)
    _libc.syscall(_LANDLOCK_ADD_RULE, rules, 1, rule, 0)
    os.close(descriptor)


def limit(
    *, memory_bytes: int, cpu_seconds: int, file_bytes: int, processes: int | None, files: int
) -> None:
    """Set the resource limits of a child; the CPU limit first raises `OutOfTime`, then kills."""
    signal.signal(signal.SIGXCPU, _out_of_time)
    wanted = {
        resource.RLIMIT_AS: (memory_bytes, memory_bytes),
        resource.RLIMIT_CPU: (cpu_seconds, cpu_seconds + 2),
        resource.RLIMIT_FSIZE: (file_bytes, file_bytes),
        resource.RLIMIT_NOFILE: (files, files),
    }
    if processes is not None:
        wanted[resource.RLIMIT_NPROC] = (processes, processes)
    for kind, (soft, hard) in wanted.items():
        ceiling = resource.getrlimit(kind)[1]
        most = hard if ceiling == resource.RLIM_INFINITY else min(hard, ceiling)
        resource.setrlimit(kind, (min(soft, most), most))


def _out_of_time(_signal: int, _frame: FrameType | None) -> None:
    raise OutOfTime


def address_space() -> int:
    """Return the size of this process's address space in bytes."""
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    return pages * resource.getpagesize()
