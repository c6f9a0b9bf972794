"""DOC, XLS, PPT (MS-DOC, MS-XLS, MS-PPT): their facts by olefile; their text takes LibreOffice."""

import io
import struct

import olefile

from search.reading.active import ACTIVE, MACROS, has_macros
from search.reading.model import ReasonCode
from search.reading.source import Draft, RefusedError, Source

_ATTRIBUTES = {
    "title": "title",
    "author": "author",
    "subject": "subject",
    "keywords": "keywords",
    "create_time": "created",
    "last_saved_time": "modified",
    "creating_application": "producer",
}
_UTF8_PAGE = 65001
_FILE_PASS = 0x002F
_WORD_ENCRYPTED = 0x0100
_MOST_RECORDS = 50


def read(source: Source, draft: Draft) -> None:
    """Take the facts of a legacy file.

    Raises:
        RefusedError: Always: `encrypted`, or `unsupported` as far as this reader goes.
    """
    with olefile.OleFileIO(io.BytesIO(source.data)) as storage:
        facts = storage.get_metadata()
        for key, name in _ATTRIBUTES.items():
            value = getattr(facts, key)
            draft.note(name, _text(value, facts.codepage) if isinstance(value, bytes) else value)
        if has_macros("/".join(each) for each in storage.listdir()):
            draft.note(ACTIVE, MACROS)
        if _is_encrypted(storage):
            raise RefusedError(ReasonCode.ENCRYPTED, "needs a password")
    raise RefusedError(ReasonCode.UNSUPPORTED, "needs LibreOffice")


def _text(value: bytes, page: int | None) -> str:
    encoding = "utf-8" if page in (None, _UTF8_PAGE) else f"cp{page % 65_536}"
    try:
        return value.decode(encoding, "replace").rstrip("\0")
    except LookupError:
        return value.decode("latin-1").rstrip("\0")


def _is_encrypted(storage: "olefile.OleFileIO") -> bool:
    if storage.exists("EncryptedSummary"):
        return True
    if storage.exists("WordDocument"):
        head = storage.openstream("WordDocument").read(12)
        return bool(struct.unpack("<10xH", head)[0] & _WORD_ENCRYPTED)
    for name in ("Workbook", "Book"):
        if storage.exists(name):
            return _has_file_pass(storage.openstream(name))
    return False


def _has_file_pass(workbook: io.BytesIO) -> bool:
    """Look for the password record, which stands among the first of a workbook."""
    for _ in range(_MOST_RECORDS):
        head = workbook.read(4)
        if len(head) < 4:
            return False
        kind, length = struct.unpack("<HH", head)
        if kind == _FILE_PASS:
            return True
        workbook.read(length)
    return False
