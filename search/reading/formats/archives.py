"""ZIP and TAR archives: read as the list of their names; their files are taken out one by one."""

import itertools
import tarfile
import zipfile
import zlib
from collections.abc import Iterator

from search.reading import kinds
from search.reading.bundle import Bundle, LeftOut
from search.reading.charsets import decode
from search.reading.model import ReasonCode
from search.reading.packages import Package
from search.reading.source import Draft, RefusedError, Source

_UTF8_NAME = 0x800
_UNIX = 3
_LINK_MODE, _MODE_MASK = 0o120000, 0o170000


def read(source: Source, draft: Draft) -> None:
    """List an archive: its names as text, its files as attachments."""
    entries = _tar(source) if draft.media_type == kinds.TAR else _zip(source)
    for name, size in entries:
        draft.attach(name, "application/octet-stream", size)
    draft.add_page("\n".join(name for name, _ in entries))


def unpack(source: Source, bundle: Bundle) -> None:
    """Take the files out of an archive."""
    if kinds.media_type_of(source) == kinds.TAR:
        _unpack_tar(source, bundle)
        return
    package = Package(source)
    for entry in package.infos():
        name = _name(entry)
        if entry.is_dir():
            continue
        if entry.create_system == _UNIX and entry.external_attr >> 16 & _MODE_MASK == _LINK_MODE:
            bundle.leave(name, LeftOut.LINK)
        elif bundle.wants(name, entry.file_size):
            try:
                with package.open_entry(entry) as file:
                    bundle.take(name, file.read(entry.file_size + 1))
            except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError):
                bundle.leave(name, ReasonCode.DAMAGED)


def _zip(source: Source) -> list[tuple[str, int]]:
    entries = Package(source).infos()
    return [(_name(each), each.file_size) for each in entries if not each.is_dir()]


def _name(entry: zipfile.ZipInfo) -> str:
    """Return the name of an entry; where no charset is told, it is one of its maker's country."""
    if entry.flag_bits & _UTF8_NAME or entry.filename.isascii():
        return entry.filename
    try:
        return decode(entry.orig_filename.encode("cp437"))
    except UnicodeEncodeError:
        return entry.filename


def _tar(source: Source) -> list[tuple[str, int]]:
    return [(each.name, each.size) for each, _ in _members(source) if each.isfile()]


def _unpack_tar(source: Source, bundle: Bundle) -> None:
    packed = len(source.data)
    for member, archive in _members(source):
        name = member.name
        if member.issym() or member.islnk() or member.isdev():
            bundle.leave(name, LeftOut.LINK)
        elif member.isfile() and member.size > packed:
            # A sparse file can promise more than lies there.
            bundle.leave(name, ReasonCode.BOMB)
        elif member.isfile() and bundle.wants(name, member.size):
            file = archive.extractfile(member)
            bundle.take(name, file.read() if file else b"")


def _members(source: Source) -> Iterator[tuple[tarfile.TarInfo, tarfile.TarFile]]:
    try:
        with tarfile.open(fileobj=source.file(), mode="r:", encoding="utf-8") as archive:
            for member in itertools.islice(archive, source.limits.entries):
                raw = member.name.encode("utf-8", "surrogateescape")
                member.name = decode(raw)
                yield member, archive
    except tarfile.TarError as error:
        raise RefusedError(ReasonCode.DAMAGED, f"no readable TAR: {error}") from error
