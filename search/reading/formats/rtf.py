"""RTF by striprtf, with raw bytes in the code page of the file."""

import re

from striprtf.striprtf import rtf_to_text

from search.reading.source import Draft, Source

_RAW = re.compile(rb"[\x80-\xff]")
_BINARY = re.compile(rb"\\bin(\d{1,9}) ?")
_TITLE = re.compile(rb"\{\\(title|author|subject|keywords)\s([^{}]*)\}")


def read(source: Source, draft: Draft) -> None:
    """Read an RTF file as one page."""
    data = bytes(source.data)
    for name, value in _TITLE.findall(data[:65_536]):
        draft.note(name.decode(), _text(_head(data) + value + b"}"))
    draft.add_page(_text(data))


def _head(data: bytes) -> bytes:
    """Return a prologue with the code page of the file."""
    page = re.search(rb"\\ansicpg\d+", data[:1024])
    return b"{\\rtf1\\ansi" + (page.group() if page else b"") + b" "


def _without_binary(data: bytes) -> bytes:
    """Cut out raw pictures, whose length stands before them."""
    kept, at = [], 0
    while found := _BINARY.search(data, at):
        kept.append(data[at : found.start()])
        at = found.end() + int(found.group(1))
    return b"".join((*kept, data[at:]))


def _text(data: bytes) -> str:
    data = _without_binary(data)
    # Bytes above 127 belong into escapes; some writers put them in as they are.
    escaped = _RAW.sub(lambda byte: b"\\'%02x" % byte.group()[0], data)
    text: str = rtf_to_text(  # type: ignore[no-untyped-call]
        escaped.decode("ascii"), errors="replace"
    )
    return text
