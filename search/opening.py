"""The way to an index: its address says which engine keeps it."""

import shutil
from pathlib import Path
from urllib.parse import urlsplit

from search.engine import Engine


def open_engine(url: str, folder: Path, *, writer: bool) -> Engine:
    """Open the index that `url` names (`tantivy:` or `whoosh:`), its files in a folder.

    A writer creates the index when it is missing. `wipe_index` removes one that is damaged.

    Raises:
        IndexMissing: there is none, and this is no writer.
        IndexDamaged: pieces are missing, unreadable, or of another version.
        IndexBusy: another writer has it.
        ValueError: the URL names no engine.
    """
    scheme = urlsplit(url).scheme
    if scheme == "tantivy":
        from search.tantivy_engine import TantivyEngine

        return TantivyEngine(folder, writer=writer)
    if scheme == "whoosh":
        from search.whoosh_engine import WhooshEngine

        return WhooshEngine(folder, writer=writer)
    if scheme.partition("+")[0] == "opensearch":
        from search.opensearch_engine import OpenSearchEngine

        return OpenSearchEngine(url, writer=writer)
    raise ValueError(f"no search engine {url!r}: use tantivy:, whoosh: or opensearch+http:")


def wipe_index(folder: Path) -> None:
    """Remove the files of an embedded index, damaged or not; nothing if there is none."""
    shutil.rmtree(folder, ignore_errors=True)
