"""From a media type to the reader of that format. Used in the cage's processes alone."""

import importlib
from collections.abc import Callable

from search.reading import kinds
from search.reading.model import ReasonCode
from search.reading.source import Draft, RefusedError, Source
from search.reading.wire import Answer

Reader = Callable[[Source, Draft], None]

_READERS = {
    kinds.PDF: "pdf",
    kinds.DOCX: "word",
    kinds.XLSX: "sheets",
    kinds.PPTX: "slides",
    **dict.fromkeys(kinds.OPEN_DOCUMENTS, "opendocument"),
    kinds.RTF: "rtf",
    kinds.HTML: "html",
    kinds.TEXT: "plain",
    kinds.XML: "xml",
    kinds.SVG: "xml",
    kinds.MAIL: "mail",
    kinds.MBOX: "mailbox",
    kinds.MSG: "outlook",
    kinds.TNEF: "tnef",
    kinds.OFD: "ofd",
    kinds.EPUB: "epub",
    kinds.VSDX: "drawings",
    **dict.fromkeys((kinds.DOC, kinds.XLS, kinds.PPT), "legacy"),
    kinds.TIFF: "pictures",
    kinds.ZIP: "archives",
    kinds.TAR: "archives",
    kinds.SEVEN_ZIP: "sevenzip",
    kinds.SIGNED: "signed",
}


def read(source: Source) -> Answer:
    """Read one file and return the answer for the cage."""
    draft = Draft(kinds.media_type_of(source), source.limits.text_chars)
    try:
        read_into(source, draft)
    except RefusedError as refusal:
        draft.refuse(refusal.code, refusal.message)
    return draft.answer()


def read_into(source: Source, draft: Draft) -> None:
    """Let the reader of the draft's media type fill the draft.

    Raises:
        RefusedError: The file is not read, for a known reason; other exceptions mean damage.
    """
    if not source.data:
        raise RefusedError(ReasonCode.EMPTY, "no content")
    _reader_of(draft.media_type)(source, draft)


def _reader_of(media_type: str) -> Reader:
    name = _READERS.get(media_type)
    if name is None and media_type.startswith("text/"):
        name = "plain"
    if name is None and media_type.startswith("image/"):
        raise RefusedError(ReasonCode.IMAGE_ONLY, "a picture")
    if name is None and media_type == kinds.ENCRYPTED:
        raise RefusedError(ReasonCode.ENCRYPTED, "needs a password")
    if name is None:
        raise RefusedError(ReasonCode.UNSUPPORTED, f"no reader for {media_type}")
    module = importlib.import_module(f"search.reading.formats.{name}")
    reader: Reader = module.read
    return reader
