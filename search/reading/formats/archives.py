"""ZIP and TAR archives: the names of what is in them; they are never unpacked."""

import itertools
import tarfile

from search.reading import kinds
from search.reading.model import ReasonCode
from search.reading.packages import Package
from search.reading.source import Draft, Source


def read(source: Source, draft: Draft) -> None:
    """List an archive: its names as text, its files as attachments."""
    entries = _tar(source) if draft.media_type == kinds.TAR else list(Package(source).entries())
    for name, size in entries:
        draft.attach(name, "application/octet-stream", size)
    draft.add_page("\n".join(name for name, _ in entries))
    draft.refuse(ReasonCode.UNSUPPORTED, "an archive is not unpacked; its names are listed")


def _tar(source: Source) -> list[tuple[str, int]]:
    with tarfile.open(fileobj=source.file(), mode="r:") as archive:
        files = (member for member in archive if member.isfile())
        return [(file.name, file.size) for file in itertools.islice(files, source.limits.entries)]
