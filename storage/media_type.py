"""What a file is, from its content; its name decides only where the content leaves it open."""

import re
import threading
from dataclasses import dataclass
from functools import cache
from pathlib import PurePath
from typing import Any

from storage.containers import ZIP, zip_type
from storage.extensions import (
    EMPTY,
    HTML,
    MAIL,
    MAIL_EXTENSIONS,
    OLE,
    PDF,
    PLAIN,
    PROGRAM_EXTENSIONS,
    PROGRAMS,
    PROMISES,
    RTF,
    UNKNOWN,
    XML,
    ZIP_BASED,
)

HEAD_BYTES = 256 * 1024
"""As much of a file as `detect` can use."""

SAMPLE_BYTES = 64 * 1024
_OLE_SIGNATURE = bytes.fromhex("d0cf11e0a1b11ae1")
_OLE_NAMES = {OLE, "application/CDFV2", "application/CDFV2-unknown", "application/CDFV2-corrupt"}
_OWN_TEXTS = {PLAIN, HTML, XML, RTF, "text/csv", "text/calendar", "text/vcard"}
_HTML = re.compile(rb"<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE)
_MAIL = re.compile(rb"(?:>?From [^\n]*\n)?\s?[!-9;-~]+[ \t]*:[^\n]*\r?\n[!-9;-~ \t]")


@dataclass(frozen=True)
class MediaType:
    """What a file is, and whether that belies the extension of its name."""

    media_type: str
    mismatch: bool


def detect(head: bytes, file_name: str | None) -> MediaType:
    """Tell the type of a file from its first bytes (256 KiB are enough) and perhaps its name.

    A name never overrules content: it makes an open answer precise (`text/plain` in a `.csv` is
    `text/csv`), or it is marked as a mismatch.
    """
    extension = PurePath(file_name or "").suffix[1:].lower()
    content = _mail_or(_content_type(head), head, extension)
    promise = PROMISES.get(extension)
    if promise is None:
        return MediaType(content, content in PROGRAMS and extension not in PROGRAM_EXTENSIONS)
    if content == promise.media_type or content in promise.refines:
        return MediaType(promise.media_type, mismatch=False)
    if content in promise.allows:
        return MediaType(content, mismatch=False)
    if PLAIN in promise.refines and _is_text(head):
        # libmagic takes some texts for pictures, fonts or programs by their first letters.
        return MediaType(promise.media_type, mismatch=False)
    return MediaType(content, mismatch=True)


def _content_type(head: bytes) -> str:
    """Return the type that the content alone shows."""
    if not head:
        return EMPTY
    # Only OLE containers tell their kind far behind; texts are slow to judge.
    found = _ask_libmagic(head if head.startswith(_OLE_SIGNATURE) else head[:SAMPLE_BYTES])
    if head.startswith(b"PK\x03\x04"):
        kind = zip_type(head)
        return kind if kind != ZIP or found in ZIP_BASED else found
    if head.startswith(_OLE_SIGNATURE):
        return OLE if found in _OLE_NAMES or found == UNKNOWN else found
    if found == UNKNOWN:
        return _search_signature(head)
    if found.startswith("text/") and found not in _OWN_TEXTS:
        return PLAIN
    return XML if found == "application/xml" else found


def _search_signature(head: bytes) -> str:
    """Find what is preceded by a little rubbish, or is a page with odd bytes in its text."""
    beginning = head[:1024]
    if b"%PDF-" in beginning:  # readers accept this, ISO 32000-1 annex H.3
        return PDF
    return HTML if _HTML.search(beginning) else UNKNOWN


def _mail_or(content: str, head: bytes, extension: str) -> str:
    """Recognise a mail by its header lines, where the name says that it is one."""
    textual = content in {PLAIN, HTML, XML, UNKNOWN, "application/mbox", "message/news"}
    if extension in MAIL_EXTENSIONS and textual and _MAIL.match(head[:8192].lstrip()):
        return MAIL
    return content


def _is_text(head: bytes) -> bool:
    if b"\x00" in head or head.startswith((b"%PDF-", b"{\\rtf")):
        return False
    try:
        head[:-4].decode()
    except UnicodeDecodeError:
        return False
    return True


_lock = threading.Lock()


def _ask_libmagic(head: bytes) -> str:
    """Return libmagic's answer; where it gives up, the file is merely unknown, not refused."""
    with _lock:
        recogniser, failure = _libmagic()
    try:
        return str(recogniser.from_buffer(head))
    except failure:
        return UNKNOWN


@cache
def _libmagic() -> tuple[Any, type[Exception]]:
    """Load the wheel's libmagic and its database once, when first needed (90 ms)."""
    import pylibmagic  # noqa: F401 - leads the next import to the wheel's library

    # isort: split
    import magic

    return magic.Magic(mime=True), magic.MagicException
