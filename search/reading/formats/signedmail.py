"""Mails signed in two pieces (`multipart/signed`, RFC 1847) by S/MIME (RFC 8551).

What was signed is one part of the mail as it travelled, byte for byte, with its own headers; who
signed, and whether it holds, is the matter of `records.seals`.
"""

import email
import re
from collections.abc import Iterator
from email.message import Message

_SIGNATURES = ("application/pkcs7-signature", "application/x-pkcs7-signature")
_MOST_MULTIPARTS = 1000
_PIECES = 2


def children_of(part: Message) -> list[Message]:
    """Return the parts of which a part is made."""
    payload = part.get_payload()
    listed = payload if isinstance(payload, list) else []
    return [child for child in listed if isinstance(child, Message)]


def signatures_in(message: Message) -> list[Message]:
    """Return the parts of a mail that are signatures of other parts of it."""
    return [signature for _, signature in _signed(message)]


def signed_parts(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield what was signed in a mail, lines ended as they travelled, and the CMS that signs it."""
    for multipart, signature in _signed(email.message_from_bytes(data)):
        content = _first_piece(data, multipart.get_boundary(""))
        envelope = signature.get_payload(decode=True)
        if content is not None and isinstance(envelope, bytes):
            yield content, envelope


def _signed(message: Message) -> Iterator[tuple[Message, Message]]:
    waiting, seen = [message], 0
    while waiting and seen < _MOST_MULTIPARTS:
        part = waiting.pop(0)
        seen += 1
        children = children_of(part)
        waiting += children
        if (
            part.get_content_type() == "multipart/signed"
            and len(children) == _PIECES
            and children[1].get_content_type() in _SIGNATURES
        ):
            yield part, children[1]


def _first_piece(data: bytes, boundary: str) -> bytes | None:
    """Return the first part between lines of a boundary; the line's end before it is not its own.

    Lines end in CR and LF while a mail travels, and so they were signed, however it was kept.
    """
    line = re.escape(boundary.encode("ascii", "surrogateescape"))
    limits = re.compile(rb"(?:^|(?<=\n))--" + line + rb"[ \t]*\r?\n")
    begin = limits.search(data)
    if begin is None:
        return None
    end = re.compile(rb"\r?\n--" + line).search(data, begin.end() - 1)
    if end is None:
        return None
    return re.sub(rb"\r?\n", b"\r\n", data[begin.end() : end.start()])
