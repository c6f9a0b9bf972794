"""Mail (RFC 5322, MIME) by the standard library, forgiving of what mailers get wrong."""

import base64
import binascii
import contextlib
import email
import email.errors
import email.header
from collections.abc import Iterator
from email.message import Message

from search.reading import formats, kinds
from search.reading.charsets import decode
from search.reading.formats import html
from search.reading.model import ReasonCode
from search.reading.source import Draft, RefusedError, Source

_HEADERS = {
    "From": "from",
    "To": "to",
    "Cc": "cc",
    "Date": "date",
    "Subject": "subject",
    "Message-ID": "message_id",
}
_MOST_PARTS = 1000
_READABLE = ("text", "multipart")


def read(source: Source, draft: Draft) -> None:
    """Read a mail: its text as first page, the text of its attachments as further ones."""
    message = email.message_from_bytes(bytes(source.data))
    for header, name in _HEADERS.items():
        draft.note(name, ", ".join(header_text(value) for value in message.get_all(header, [])))
    bodies: list[str] = []
    attached: list[Message] = []
    for part in _parts(message):
        if _is_body(part):
            bodies.append(_body(part, draft.room))
        else:
            attached.append(part)
    head = draft.attributes.get("subject", "")
    draft.add_page("\n".join(text for text in (head, *bodies) if text.strip()))
    for part in attached:
        _take_along(part, source, draft)


def header_text(value: object) -> str:
    """Decode a header (RFC 2047), also one with raw bytes or an unknown charset."""
    try:
        decoded = email.header.decode_header(value)  # type: ignore[arg-type]
    except (ValueError, email.errors.HeaderParseError):
        return str(value)
    return "".join(_piece(piece, charset) for piece, charset in decoded)


def _piece(piece: bytes | str, charset: str | None) -> str:
    if isinstance(piece, str):
        try:
            # Raw bytes of a header arrive as lone surrogates.
            piece = piece.encode("ascii", "surrogateescape")
        except UnicodeEncodeError:
            return str(piece)
    return decode(piece, None if charset == "unknown-8bit" else charset)


def _parts(message: Message) -> Iterator[Message]:
    """Yield the leaves that a reader would see; of alternatives the plainest with text."""
    waiting = [message]
    seen = 0
    while waiting and seen < _MOST_PARTS:
        part = waiting.pop(0)
        seen += 1
        children = _children(part)
        if part.get_content_type() == "multipart/alternative":
            waiting[:0] = _best(children)
        elif part.get_content_maintype() == "multipart" and children:
            waiting[:0] = children
        else:
            yield part


def _best(children: list[Message]) -> list[Message]:
    """Return the plain text among alternatives, else the last, with what is no text at all."""
    plain = [part for part in children if part.get_content_type() == "text/plain" and _bytes(part)]
    texts = plain or [
        part for part in children if part.get_content_maintype() in ("text", "multipart")
    ]
    others = [part for part in children if part.get_content_maintype() not in ("text", "multipart")]
    return (plain[:1] or texts[-1:]) + others


def _is_body(part: Message) -> bool:
    if part.get_content_disposition() == "attachment" or part.get_filename():
        return False
    return part.get_content_maintype() == "text" and not part.is_multipart()


def _bytes(part: Message) -> bytes:
    if part.is_multipart():
        # Some mailers encode an enclosed mail although RFC 2046 forbids it.
        encoded = str(part.get("Content-Transfer-Encoding", "")).strip().lower() == "base64"
        return b"\n".join(_enclosed(message, encoded=encoded) for message in _children(part))
    data = part.get_payload(decode=True)
    return data if isinstance(data, bytes) else b""


def _enclosed(message: Message, *, encoded: bool) -> bytes:
    text = message.get_payload()
    if encoded and isinstance(text, str) and not message.keys():
        with contextlib.suppress(binascii.Error, ValueError):
            return base64.b64decode(text)
    try:
        return message.as_bytes()
    except (UnicodeError, LookupError, ValueError):
        return str(text).encode("utf-8", "surrogateescape")


def _children(part: Message) -> list[Message]:
    payload = part.get_payload()
    listed = payload if isinstance(payload, list) else []
    return [child for child in listed if isinstance(child, Message)]


def _body(part: Message, room: int) -> str:
    data = _bytes(part)
    said = part.get_param("charset")
    charset = said[2] if isinstance(said, tuple) else said
    if part.get_content_type() == "text/html":
        return html.text_of(html.markup_of(data, charset), room)
    return decode(data, charset)


def _take_along(part: Message, source: Source, draft: Draft) -> None:
    data = _bytes(part)
    name = _file_name(part)
    inner = Source(data, name, part.get_content_type(), source.limits, source.depth + 1)
    take_along(inner, draft)


def _file_name(part: Message) -> str:
    name = part.get_filename()
    if name:
        return header_text(name)
    if part.get_content_type() == "message/rfc822":
        subjects = [header_text(inner.get("Subject", "")) for inner in _children(part)]
        return f"{''.join(subjects) or 'message'}.eml"
    return part.get_content_type().replace("/", ".")


def take_along(inner: Source, draft: Draft) -> None:
    """List an attachment and add its text, as deep as the limits allow."""
    media_type = kinds.media_type_of(inner)
    # Some mailers give a path; it is a name here and nothing else.
    name = inner.name.replace("\\", "/").rpartition("/")[2]
    draft.attach(name, media_type, len(inner.data))
    if inner.depth > inner.limits.depth or len(draft.attachments) > inner.limits.entries:
        return
    found = Draft(media_type, draft.room)
    try:
        formats.read_into(inner, found)
    except RefusedError as refusal:
        if refusal.code == ReasonCode.BOMB:
            raise
        return
    except Exception:  # noqa: BLE001 - an odd attachment does not spoil the mail
        return
    for page in found.pages:
        draft.add_page(page)
    draft.attachments.extend(found.attachments)
