"""7z archives, through py7zr: their names as text, their files taken out into memory."""

import io
import lzma
import resource
from collections.abc import Iterator
from contextlib import contextmanager

import py7zr
from py7zr.exceptions import ArchiveError, UnsupportedCompressionMethodError
from py7zr.io import BytesIOFactory

from search.reading.bundle import Bundle, LeftOut
from search.reading.model import ReasonCode
from search.reading.source import Draft, RefusedError, Source


def read(source: Source, draft: Draft) -> None:
    """List an archive: its names as text, its files as attachments."""
    with _opened(source) as archive:
        entries = [(each.filename, int(each.uncompressed or 0)) for each in _files(archive)]
    for name, size in entries:
        draft.attach(name, "application/octet-stream", size)
    draft.add_page("\n".join(name for name, _ in entries))


def unpack(source: Source, bundle: Bundle) -> None:
    """Take the files out of an archive."""
    with _opened(source) as archive:
        files = _files(archive)
        _weigh(source, sum(int(each.uncompressed or 0) for each in files))
        wanted = _wanted(archive, source, bundle)
        # Told a limit, py7zr does not look for the machine's memory, which is out of sight here.
        _, most = resource.getrlimit(resource.RLIMIT_DATA)
        resource.setrlimit(resource.RLIMIT_DATA, (source.limits.memory_bytes, most))
        factory = BytesIOFactory(source.limits.unpacked_bytes)
        archive.extract(targets=list(wanted), factory=factory)
        for place, name in wanted.items():
            found = factory.products.get(place)
            if found is None:
                bundle.leave(name, ReasonCode.DAMAGED)
                continue
            found.seek(0)
            bundle.take(name, found.read())


def _wanted(archive: py7zr.SevenZipFile, source: Source, bundle: Bundle) -> dict[str, str]:
    """Choose what is taken out, by its place in the archive, and return place and name of each.

    py7zr refuses an archive as a whole for one name that points elsewhere, and gives one of several
    files with the same name: so it is told the places for names.
    """
    wanted: dict[str, str] = {}
    for place, told in enumerate(archive.files.files_list):
        each = archive.files[place]
        name, told["filename"] = each.filename, str(place)
        if each.is_directory:
            continue
        if each.is_symlink or each.is_junction or each.is_socket:
            bundle.leave(name, LeftOut.LINK)
        elif len(wanted) >= source.limits.parts:
            bundle.leave(name, LeftOut.TOO_MANY)
        elif bundle.wants(name, int(each.uncompressed or 0)):
            wanted[str(place)] = name
    return wanted


def _weigh(source: Source, promised: int) -> None:
    limits, packed = source.limits, len(source.data)
    steep = promised > packed * limits.unpack_ratio and promised > limits.unpack_free_bytes
    if promised > limits.unpacked_bytes or steep:
        raise RefusedError(ReasonCode.BOMB, f"unpacks {packed} to {promised} bytes")


def _files(archive: py7zr.SevenZipFile) -> list[py7zr.FileInfo]:
    return [each for each in archive.list() if not each.is_directory]


@contextmanager
def _opened(source: Source) -> Iterator[py7zr.SevenZipFile]:
    try:
        with py7zr.SevenZipFile(io.BytesIO(source.data)) as archive:
            if archive.needs_password():
                raise RefusedError(ReasonCode.ENCRYPTED, "needs a password")
            if len(archive.files) > source.limits.entries:
                raise RefusedError(ReasonCode.BOMB, f"{len(archive.files)} entries")
            yield archive
    except py7zr.PasswordRequired as error:
        raise RefusedError(ReasonCode.ENCRYPTED, "needs a password") from error
    except UnsupportedCompressionMethodError as error:
        raise RefusedError(ReasonCode.UNSUPPORTED, "packed in an unknown way") from error
    except (ArchiveError, lzma.LZMAError, EOFError, OSError) as error:
        raise RefusedError(ReasonCode.DAMAGED, f"no readable 7z: {error}"[:200]) from error
