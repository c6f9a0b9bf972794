"""Plain text, CSV and Markdown in any encoding."""

from search.reading.charsets import decode
from search.reading.source import Draft, Source

_MOST_BYTES_PER_CHAR = 4


def read(source: Source, draft: Draft) -> None:
    """Read a text as one page; form feeds begin pages."""
    most = draft.room * _MOST_BYTES_PER_CHAR
    draft.truncated = len(source.data) > most
    text = decode(bytes(source.data[:most]))
    for page in text.split("\f"):
        if not draft.add_page(page):
            break
