"""The way to an index: its address says which engine keeps it.

- Ask the current index: `open_current(url, folder, writer=False)`; ask again by
  `open_place(url, folder).current()` whether it still is the current one.
- Build the next one beside: `place = open_place(url, folder)`, then `place.begin(note)`,
  `place.open(name, writer=True)`, `place.adopt(name)`, and `place.drop(before)`.

Embedded engines keep generations in folders, OpenSearch as indexes with an alias.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from search.engine import Engine, IndexAway, IndexFailure, IndexMissing
from search.generations import FolderPlace, remove_folder

if TYPE_CHECKING:
    from search.place import IndexPlace

_EMBEDDED = ("tantivy", "whoosh")


def open_place(url: str, folder: Path) -> IndexPlace:
    """Return the place of the indexes that `url` names.

    Args:
        folder: Where the embedded indexes of this machine lie, whatever their engine.

    Raises:
        IndexAway: the package that its engine needs is not installed.
        ValueError: the URL names no engine.
    """
    name = engine_name(url)
    if name in _EMBEDDED:
        return FolderPlace(folder, name, partial(open_engine, url))
    if name == "opensearch":
        try:
            from search.opensearch_place import ClusterPlace
        except ImportError as error:
            raise IndexAway("OpenSearch needs: pip install chancery[opensearch]") from error
        return ClusterPlace(url)
    raise ValueError(f"no search engine {url!r}: use tantivy:, whoosh: or opensearch+https:")


def open_current(url: str, folder: Path, *, writer: bool) -> Engine:
    """Open the index that answers now.

    Raises:
        IndexMissing: there is none.
        IndexDamaged: pieces are missing, unreadable, or of another version.
        IndexBusy: another writer has it.
        ValueError: the URL names no engine.
    """
    place = open_place(url, folder)
    while (name := place.current()) is not None:
        try:
            return place.open(name, writer=writer)
        except IndexFailure:
            if place.current() == name:
                raise  # else another one was adopted, and this one dropped, between the two
    raise IndexMissing(f"no index in {folder}")


def engine_name(url: str) -> str:
    """Return the name of the engine that an address means."""
    return urlsplit(url).scheme.partition("+")[0]


def open_engine(url: str, folder: Path, *, writer: bool) -> Engine:
    """Open one embedded index, its files in a folder of its own.

    A writer creates the index when it is missing. `wipe_index` removes one that is damaged.

    Raises:
        IndexMissing: there is none, and this is no writer.
        IndexDamaged: pieces are missing, unreadable, or of another version.
        IndexBusy: another writer has it.
        ValueError: the URL names no embedded engine.
    """
    scheme = engine_name(url)
    if scheme == "tantivy":
        from search.tantivy_engine import TantivyEngine

        return TantivyEngine(folder, writer=writer)
    if scheme == "whoosh":
        from search.whoosh_engine import WhooshEngine

        return WhooshEngine(folder, writer=writer)
    raise ValueError(f"no embedded search engine {url!r}: use tantivy: or whoosh:")


def wipe_index(folder: Path) -> None:
    """Remove embedded indexes, damaged or not; nothing if there are none."""
    remove_folder(folder)
