"""winmail.dat (MS-OXTNEF): the text and the files in what Outlook makes of a mail."""

import struct
from collections.abc import Iterator

from search.reading import rtfpack
from search.reading.bundle import Bundle
from search.reading.charsets import decode
from search.reading.formats import html, rtf
from search.reading.formats.mail import take_along
from search.reading.model import ReasonCode
from search.reading.source import Draft, RefusedError, Source

_SIGNATURE = 0x223E9F78
_BEGIN, _TITLE, _DATA, _PROPERTIES = 0x9002, 0x8010, 0x800F, 0x9005
_SUBJECT, _BODY, _MESSAGE = 0x8004, 0x800C, 0x9003
_LONG_NAME, _RTF, _HTML, _TEXT = 0x3707, 0x1009, 0x1013, 0x1000
_WIDE, _NARROW, _BINARY, _OBJECT = 0x1F, 0x1E, 0x102, 0x0D
_SIZES = {2: 4, 3: 4, 4: 4, 5: 8, 6: 8, 7: 8, 10: 4, 11: 4, 20: 8, 64: 8, 72: 16}
_LISTED = 0x1000
_NAMED = 0x8000
_MOST_PROPERTIES = 10_000


def read(source: Source, draft: Draft) -> None:
    """Read a TNEF: its text as a page, its files as attachments."""
    data = bytes(source.data)
    if len(data) < 6 or struct.unpack_from("<I", data)[0] != _SIGNATURE:
        raise RefusedError(ReasonCode.DAMAGED, "no TNEF")
    texts: dict[int, str] = {}
    for kind, value in _attributes(data):
        if kind == _SUBJECT:
            draft.note("subject", decode(value.rstrip(b"\0")))
        elif kind == _BODY:
            texts[_TEXT] = decode(value.rstrip(b"\0"))
        elif kind == _MESSAGE:
            texts |= _texts(dict(_properties(value)), draft.room)
    body = next((texts[kind] for kind in (_TEXT, _HTML, _RTF) if texts.get(kind)), "")
    draft.add_page(body)
    for name, content in _files(data):
        take_along(
            Source(content, name or "attachment", "", source.limits, source.depth + 1), draft
        )


def unpack(source: Source, bundle: Bundle) -> None:
    """Take the files out."""
    for name, content in _files(bytes(source.data)):
        bundle.take(name or "attachment", content)


def _files(data: bytes) -> list[tuple[str, bytes]]:
    files: list[tuple[str, bytes]] = []
    for kind, value in _attributes(data):
        if kind == _BEGIN:
            files.append(("", b""))
        elif files and kind not in (_SUBJECT, _BODY, _MESSAGE):
            files[-1] = _file(files[-1], kind, value)
    return files


def _file(found: tuple[str, bytes], kind: int, value: bytes) -> tuple[str, bytes]:
    name, content = found
    if kind == _TITLE:
        return name or decode(value.rstrip(b"\0")), content
    if kind == _DATA:
        return name, value
    if kind == _PROPERTIES:
        found_names = dict(_properties(value))
        return _string(found_names.get(_LONG_NAME)) or name, content
    return found


def _texts(properties: dict[int, tuple[int, bytes]], room: int) -> dict[int, str]:
    texts = {_TEXT: _string(properties.get(_TEXT))}
    if _HTML in properties:
        texts[_HTML] = html.text_of(html.markup_of(properties[_HTML][1], None), room)
    if _RTF in properties:
        texts[_RTF] = text_of_rtf(properties[_RTF][1], room)
    return texts


def text_of_rtf(packed: bytes, room: int) -> str:
    """Return the text of a compressed RTF, and of the HTML in it if there is some."""
    try:
        text, _, markup = rtf.text_of(rtfpack.unpacked(packed, 4 * room), room)
    except ValueError:
        return ""
    return html.text_of(markup, room) if markup else text


def _string(found: tuple[int, bytes] | None) -> str:
    if found is None:
        return ""
    kind, value = found
    text = value.decode("utf-16-le", "replace") if kind == _WIDE else decode(value)
    return text.rstrip("\0")


def _attributes(data: bytes) -> Iterator[tuple[int, bytes]]:
    at = 6
    while at + 9 <= len(data):
        _, kind, _, length = struct.unpack_from("<BHHI", data, at)
        yield kind, data[at + 9 : at + 9 + length]
        at += length + 11


def _properties(data: bytes) -> Iterator[tuple[int, tuple[int, bytes]]]:
    """Yield id, type and last value of each MAPI property, as far as they can be read."""
    count = min(struct.unpack_from("<I", data)[0], _MOST_PROPERTIES) if len(data) >= 4 else 0
    at = 4
    try:
        for _ in range(count):
            kind, name = struct.unpack_from("<HH", data, at)
            at = _after_name(data, at + 4) if name >= _NAMED else at + 4
            value, at = _value(data, at, kind)
            yield name, (kind & ~_LISTED, value)
    except (struct.error, KeyError):
        return


def _after_name(data: bytes, at: int) -> int:
    if struct.unpack_from("<I", data, at + 16)[0] == 0:
        return at + 24
    return _padded(at + 24 + int(struct.unpack_from("<I", data, at + 20)[0]), at)


def _padded(end: int, begin: int) -> int:
    return end + (begin - end) % 4


def _value(data: bytes, at: int, kind: int) -> tuple[bytes, int]:
    plain = kind & ~_LISTED
    long = plain in (_WIDE, _NARROW, _BINARY, _OBJECT)
    times = 1
    if long or kind & _LISTED:
        (times,) = struct.unpack_from("<I", data, at)
        at += 4
    value = b""
    for _ in range(min(times, _MOST_PROPERTIES)):
        size = _SIZES[plain] if not long else 0
        if long:
            (size,) = struct.unpack_from("<I", data, at)
            at += 4
        value = data[at : at + size]
        at += size + -size % 4
    return value, at
