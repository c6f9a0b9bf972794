"""What there is to import: files below given paths in stable order, or the rows of a manifest."""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from records.core.errors import Invalid
from records.documents import metadata
from records.exchange.rows import Row, read_rows

PIECE_BYTES = 1024 * 1024
MANIFEST_COLUMNS = ("path", "source_id", "number", "year", *metadata.FIELDS)


@dataclass(frozen=True)
class Source:
    """One file to import.

    Attributes:
        path: Where it lies; None when a manifest names a file that is missing.
        shown: How it is called in the answer.
        file_name: Name that its component gets.
        source_id: What makes it the same file when it comes again.
        cells: Metadata by name, as text; may hold `number` and `year` of an old book.
        pieces: Reads it again from its beginning, where opening the path is not enough.
    """

    path: Path | None
    shown: str
    file_name: str
    source_id: str
    cells: Mapping[str, str]
    pieces: Callable[[], Iterator[bytes]] | None = None

    def read(self) -> Iterator[bytes]:
        """Yield the bytes in pieces.

        Raises:
            OSError: It cannot be read.
        """
        if self.pieces is not None:
            yield from self.pieces()
            return
        assert self.path is not None  # whoever asks has looked
        with self.path.open("rb") as file:
            while piece := file.read(PIECE_BYTES):
                yield piece


def find_files(paths: Iterable[Path]) -> list[Source]:
    """Return the files at and below some paths, each folder in the order of names.

    The source id is the path below the given one, with `/` on every platform.
    """
    found: list[Source] = []
    for root in paths:
        if not root.is_dir():
            found.append(_source(root, root.name))
            continue
        for folder, folders, names in os.walk(root):
            folders.sort()
            for name in sorted(names):
                path = Path(folder, name)
                found.append(_source(path, path.relative_to(root).as_posix()))
    return found


def read_manifest(data: bytes, files: Iterable[Source]) -> list[Source]:
    """Return the sources that a manifest lists, in its order, with its metadata.

    Rows are matched by the path below a given path, or as it is written; a row whose file is not
    among `files` becomes a source without a path.

    Raises:
        Invalid: The manifest cannot be read, or lacks the column `path`.
    """
    rows = read_rows(data, columns=MANIFEST_COLUMNS)
    by_name: dict[str, Source] = {}
    for each in files:
        for name in (each.source_id, each.shown, str(Path(each.shown).absolute())):
            by_name.setdefault(name, each)
    return [_from_row(row, by_name) for row in rows]


def _from_row(row: Row, by_name: Mapping[str, Source]) -> Source:
    cells = dict(row.cells)
    if "path" not in cells:
        raise Invalid("Line %(line)d of the manifest has no path.", {"line": row.line})
    written = cells.pop("path")
    found = _match(written, by_name)
    source_id = cells.pop("source_id", None)
    if found is None:
        return Source(None, written, written, source_id or written, cells)
    return Source(found.path, found.shown, found.file_name, source_id or found.source_id, cells)


def _match(written: str, by_name: Mapping[str, Source]) -> Source | None:
    names: Sequence[str] = (written, written.replace("\\", "/"))
    for name in names:
        for form in (name, name.removeprefix("./")):
            if form in by_name:
                return by_name[form]
    return None


def _source(path: Path, below: str) -> Source:
    return Source(path, readable(str(path)), readable(path.name), readable(below), {})


def readable(name: str) -> str:
    """Return a file name as text: UTF-8, else GB 18030 as old archives have it, else with marks."""
    raw = os.fsencode(name)
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return raw.decode("utf-8", "replace")
