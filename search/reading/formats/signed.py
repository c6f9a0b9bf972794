"""P7M and P7S: what was signed is taken out of its envelope (CMS, RFC 5652; BER, X.690).

Who signed, and whether the signature holds, is the matter of `records.seals`.
"""

import base64
import binascii
import re
from collections.abc import Iterator

from search.reading import kinds
from search.reading.bundle import Bundle
from search.reading.formats.mail import take_along
from search.reading.model import ReasonCode
from search.reading.source import Draft, RefusedError, Source

_OBJECT_ID, _OCTETS, _SEQUENCE, _SET, _TAGGED = 0x06, 0x04, 0x30, 0x31, 0xA0
_CONSTRUCTED = 0x20
_PEM = re.compile(rb"-----BEGIN (?:PKCS7|CMS)-----(.+?)-----END", re.DOTALL)
_MIME = re.compile(rb"\s{0,4}content-type:", re.IGNORECASE)
_DEEPEST = 32
_SUFFIXES = (".p7m", ".p7s", ".p7", ".sig")

Element = tuple[int, bytes]


def read(source: Source, draft: Draft) -> None:
    """Read what was signed, as a file inside the file; an empty envelope has no text."""
    inner = _inner(source)
    if inner is None:
        draft.refuse(ReasonCode.EMPTY, "a signature of another file")
        return
    take_along(inner, draft)


def unpack(source: Source, bundle: Bundle) -> None:
    """Take out what was signed."""
    inner = _inner(source)
    if inner is not None:
        bundle.take(inner.name, bytes(inner.data), inner.media_type)


def _inner(source: Source) -> Source | None:
    content = signed_content(bytes(source.data))
    if content is None:
        return None
    name, media_type = _without_suffix(source.name), ""
    if _MIME.match(content):
        name, media_type = f"{name}.eml", kinds.MAIL
    return Source(content, name, media_type, source.limits, source.depth + 1)


def _without_suffix(name: str) -> str:
    for suffix in _SUFFIXES:
        if name.lower().endswith(suffix) and len(name) > len(suffix):
            return name[: -len(suffix)]
    return f"{name} (content)"


def signed_content(data: bytes) -> bytes | None:
    """Return what lies inside a signed envelope; None when the signature stands alone.

    Raises:
        RefusedError: It is no signed envelope.
    """
    try:
        _, (_, body), *_ = _children(_one(_binary(data), _SEQUENCE))
        fields = _children(_one(body, _SEQUENCE))
        envelope = next(inside for tag, inside in fields if tag == _SEQUENCE)
        content = [inside for tag, inside in _children(envelope) if tag == _TAGGED]
        return _octets(content[0]) if content else None
    except (IndexError, StopIteration, ValueError) as error:
        raise RefusedError(ReasonCode.DAMAGED, "no readable CMS") from error


def _binary(data: bytes) -> bytes:
    """Return an envelope that was written as letters as what it is."""
    if data[:1] == b"\x30":
        return data
    found = _PEM.search(data)
    try:
        return base64.b64decode(found[1] if found else data)
    except binascii.Error as error:
        raise ValueError from error


def _one(data: bytes, tag: int) -> bytes:
    found, inside, _ = _element(data, 0, 0)
    if found != tag:
        raise ValueError
    return inside


def _children(data: bytes) -> list[Element]:
    return list(_walk(data, 0))


def _walk(data: bytes, depth: int) -> Iterator[Element]:
    at = 0
    while at < len(data):
        tag, inside, at = _element(data, at, depth)
        if tag == 0:
            return
        yield tag, inside


def _octets(data: bytes) -> bytes:
    """Join octets that may come in pieces."""
    tag, inside, _ = _element(data, 0, 0)
    if tag == _OCTETS:
        return inside
    if tag != _OCTETS | _CONSTRUCTED:
        raise ValueError
    pieces = _children(inside)
    if any(tag != _OCTETS for tag, _ in pieces):
        raise ValueError
    return b"".join(piece for _, piece in pieces)


def _element(data: bytes, at: int, depth: int) -> tuple[int, bytes, int]:
    """Return tag and inside of the element at a place, and where the next one begins."""
    if depth > _DEEPEST:
        raise ValueError
    tag, length, at = data[at], data[at + 1], at + 2
    if length == 0x80:
        end = _end_of_indefinite(data, at, depth)
        return tag, data[at : end - 2], end
    if length > 0x80:
        octets = length & 0x7F
        length, at = int.from_bytes(data[at : at + octets], "big"), at + octets
    if at + length > len(data):
        raise ValueError
    return tag, data[at : at + length], at + length


def _end_of_indefinite(data: bytes, at: int, depth: int) -> int:
    while data[at : at + 2] != b"\0\0":
        _, _, at = _element(data, at, depth + 1)
    return at + 2
