"""Outlook messages (MS-OXMSG): their properties are streams of an OLE file, read by olefile."""

import datetime as dt
import email.parser
import io
import struct
from collections.abc import Iterator
from email.message import Message
from email.utils import format_datetime
from functools import cached_property
from typing import Any

import olefile

from search.reading import kinds
from search.reading.bundle import Bundle
from search.reading.charsets import decode
from search.reading.compound import compound_file
from search.reading.formats import html
from search.reading.formats.mail import header_text, take_along
from search.reading.formats.tnef import text_of_rtf
from search.reading.model import ReasonCode
from search.reading.source import Draft, Source

_SUBJECT, _BODY, _RTF, _HTML, _HEADERS = 0x0037, 0x1000, 0x1009, 0x1013, 0x007D
_SENDER, _SENDER_ADDRESS, _SENDER_SMTP, _AUTHOR = 0x0C1A, 0x0C1F, 0x5D01, 0x0042
_NAME, _ADDRESS, _SMTP, _RECIPIENT_KIND = 0x3001, 0x3003, 0x39FE, 0x0C15
_SENT, _MESSAGE_ID, _ANSWERED_ID, _REFERENCES = 0x0039, 0x1035, 0x1042, 0x1039
_DATA, _LONG_NAME, _SHORT_NAME, _MIME = 0x3701, 0x3707, 0x3704, 0x370E
_PAGES = (0x3FFD, 0x3FDE)
_WIDE, _NARROW, _BINARY, _OBJECT = "001F", "001E", "0102", "000D"
_COPY = 2
_PROPERTIES, _NAMES = "__properties_version1.0", "__nameid_version1.0"
_EPOCH = dt.datetime(1601, 1, 1, tzinfo=dt.UTC)
_MOST_PROPERTY_BYTES = 1 << 20


class _Folder:
    """One message, recipient or attachment: a storage with properties."""

    def __init__(self, ole: "olefile.OleFileIO", path: tuple[str, ...] = ()) -> None:
        self._ole = ole
        self._path = path

    def inside(self, beginning: str) -> Iterator["_Folder"]:
        """Yield the storages here whose name begins so, in the order of their names."""
        depth = len(self._path)
        names = {
            entry[depth]
            for entry in self._ole.listdir(streams=False, storages=True)
            if len(entry) == depth + 1 and tuple(entry[:depth]) == self._path
        }
        for name in sorted(names):
            if name.startswith(beginning):
                yield _Folder(self._ole, (*self._path, name))

    def raw(self, key: int, kind: str) -> bytes | None:
        """Return the bytes of a property of variable length."""
        path = [*self._path, f"__substg1.0_{key:04X}{kind}"]
        return self._ole.openstream(path).read() if self._ole.get_type(path) == 2 else None

    def text(self, *keys: int) -> str:
        """Return the first of some properties that has text."""
        for key in keys:
            if wide := self.raw(key, _WIDE):
                return wide.decode("utf-16-le", "replace").rstrip("\0")
            if narrow := self.raw(key, _NARROW):
                return decode(narrow.rstrip(b"\0"), self.encoding)
        return ""

    @property
    def encoding(self) -> str | None:
        """The code page of narrow strings, if one is named."""
        page = next((self.number(key) for key in _PAGES if self.number(key)), 0)
        return {0: None, 65001: "utf-8"}.get(page, f"cp{page}")

    def number(self, key: int) -> int:
        """Return a property of fixed length as a whole number; 0 when it is missing."""
        return int.from_bytes(self._fixed.get(key, b""), "little")

    @cached_property
    def _fixed(self) -> dict[int, bytes]:
        path = [*self._path, _PROPERTIES]
        if self._ole.get_type(path) != 2:
            return {}
        data = self._ole.openstream(path).read(_MOST_PROPERTY_BYTES)
        # The header is 32, 24 or 8 bytes long; what follows are entries of 16.
        begin = 32 if not self._path else 8 if self._is_part else 24
        found: dict[int, bytes] = {}
        for at in range(begin, len(data) - 15, 16):
            _, key, _, value = struct.unpack_from("<HHI8s", data, at)
            found[key] = value[:4] if key != _SENT else value
        return found

    def enclosed(self) -> "_Folder | None":
        """Return the message that an attachment is, if it is one."""
        found = next(self.inside(f"__substg1.0_{_DATA:04X}{_OBJECT}"), None)
        return found if found is not None and found.is_message() else None

    def is_message(self) -> bool:
        """Tell whether properties of a message lie here."""
        return bool(self._ole.get_type([*self._path, _PROPERTIES]) == 2)

    def size(self) -> int:
        """Return how many bytes all streams in this storage have."""
        return sum(self._ole.get_size(path) for path in self._streams())

    def as_file(self) -> bytes:
        """Return a message inside another as the file that it would be alone (MS-OXMSG 2.2).

        What the ids of its named properties stand for is told in the outermost message alone.
        """
        tree: dict[str, Any] = {}
        for path in self._streams():
            _put(tree, path[len(self._path) :], self._ole.openstream(path).read())
        facts = tree[_PROPERTIES]
        tree[_PROPERTIES] = facts[:24] + bytes(8) + facts[24:]
        for path in self._ole.listdir():
            if path[0] == _NAMES and self._path:
                _put(tree, path, self._ole.openstream(path).read())
        return compound_file(tree)

    def _streams(self) -> list[list[str]]:
        depth = len(self._path)
        return [path for path in self._ole.listdir() if tuple(path[:depth]) == self._path]

    @property
    def _is_part(self) -> bool:
        return self._path[-1].startswith(("__attach", "__recip"))


def _put(tree: dict[str, Any], path: list[str], data: bytes) -> None:
    for step in path[:-1]:
        tree = tree.setdefault(step, {})
    tree[path[-1]] = data


def _name_of_enclosed(attachment: _Folder, enclosed: _Folder) -> str:
    name = attachment.text(_LONG_NAME, _SHORT_NAME) or enclosed.text(_SUBJECT) or "message"
    return name if name.lower().endswith(".msg") else f"{name}.msg"


def read(source: Source, draft: Draft) -> None:
    """Read an Outlook message: its text first, the text of its attachments as further pages."""
    with olefile.OleFileIO(io.BytesIO(source.data)) as ole:
        _read_message(_Folder(ole), source, draft)


def unpack(source: Source, bundle: Bundle) -> None:
    """Take the attachments out; a message in the message becomes a file of its own."""
    with olefile.OleFileIO(io.BytesIO(source.data)) as ole:
        for attachment in _Folder(ole).inside("__attach_version1.0_"):
            name = attachment.text(_LONG_NAME, _SHORT_NAME) or "attachment"
            data = attachment.raw(_DATA, _BINARY)
            enclosed = attachment.enclosed()
            if data is not None:
                bundle.take(name, data, attachment.text(_MIME))
            elif enclosed is None:
                bundle.leave(name, ReasonCode.UNSUPPORTED)
            elif bundle.wants(name := _name_of_enclosed(attachment, enclosed), enclosed.size()):
                bundle.take(name, enclosed.as_file(), kinds.MSG)


def _read_message(message: _Folder, source: Source, draft: Draft) -> None:
    headers = email.parser.HeaderParser().parsestr(message.text(_HEADERS))
    _note_people(message, headers, draft)
    draft.note("subject", subject := message.text(_SUBJECT))
    draft.note("message_id", headers.get("message-id") or message.text(_MESSAGE_ID))
    draft.note("in_reply_to", headers.get("in-reply-to") or message.text(_ANSWERED_ID))
    draft.note("references", headers.get("references") or message.text(_REFERENCES))
    if sent := message.number(_SENT):
        draft.note("date", format_datetime(_EPOCH + dt.timedelta(microseconds=sent // 10)))
    else:
        draft.note("date", header_text(headers.get("date", "")))
    draft.add_page("\n".join(text for text in (subject, _body(message, draft.room)) if text))
    for attachment in message.inside("__attach_version1.0_"):
        _take_attachment(attachment, source, draft)


def _note_people(message: _Folder, headers: Message, draft: Draft) -> None:
    sender = header_text(headers.get("from", "")) or _address(
        message.text(_SENDER, _AUTHOR), message.text(_SENDER_SMTP, _SENDER_ADDRESS)
    )
    draft.note("from", sender)
    people: dict[str, list[str]] = {"to": [], "cc": []}
    for recipient in message.inside("__recip_version1.0_"):
        field = "cc" if recipient.number(_RECIPIENT_KIND) == _COPY else "to"
        people[field].append(_address(recipient.text(_NAME), recipient.text(_SMTP, _ADDRESS)))
    for name, found in people.items():
        draft.note(name, header_text(headers.get(name, "")) or ", ".join(found))


def _address(name: str, address: str) -> str:
    return f"{name} <{address}>" if address and address != name else name


def _body(message: _Folder, room: int) -> str:
    """Return the text; a message may carry it as HTML or as compressed RTF alone."""
    if body := message.text(_BODY).strip():
        return body
    if markup := message.raw(_HTML, _BINARY):
        said = message.encoding
        return html.text_of(html.markup_of(markup, said), room)
    if markup_text := message.text(_HTML):
        return html.text_of(markup_text, room)
    return text_of_rtf(message.raw(_RTF, _BINARY) or b"", room)


def _take_attachment(attachment: _Folder, source: Source, draft: Draft) -> None:
    name = attachment.text(_LONG_NAME, _SHORT_NAME)
    data = attachment.raw(_DATA, _BINARY)
    if data is not None:
        media_type = attachment.text(_MIME)
        inner = Source(data, name or "attachment", media_type, source.limits, source.depth + 1)
        take_along(inner, draft)
        return
    enclosed = attachment.enclosed()
    if enclosed is None:
        draft.attach(name or "attachment", "", 0)
        return
    draft.attach(_name_of_enclosed(attachment, enclosed), kinds.MSG, enclosed.size())
    if source.depth >= source.limits.depth:
        return
    found = Draft(kinds.MSG, draft.room)
    deeper = Source(b"", name, "", source.limits, source.depth + 1)
    _read_message(enclosed, deeper, found)
    for page in found.pages:
        draft.add_page(page)
    draft.attachments.extend(found.attachments)
