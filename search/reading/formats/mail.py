"""Mail (RFC 5322, MIME) by the standard library, forgiving of what mailers get wrong."""

import email
import email.header
import email.policy
from collections.abc import Iterator
from email.message import Message

from search.reading import formats, kinds
from search.reading.charsets import decode
from search.reading.formats import html
from search.reading.model import ReasonCode
from search.reading.source import Draft, Refusal, Source

_HEADERS = {
    "From": "from",
    "To": "to",
    "Cc": "cc",
    "Date": "date",
    "Subject": "subject",
    "Message-ID": "message_id",
}
_MOST_PARTS = 1000


def read(source: Source, draft: Draft) -> None:
    """Read a mail: its text as first page, the text of its attachments as further ones."""
    message = email.message_from_bytes(bytes(source.data), policy=email.policy.compat32)
    for header, name in _HEADERS.items():
        draft.note(name, ", ".join(_header(value) for value in message.get_all(header, [])))
    bodies: list[str] = []
    attached: list[Message] = []
    for part in _parts(message):
        if _is_body(part):
            bodies.append(_body(part, draft.room))
        else:
            attached.append(part)
    head = [draft.attributes[name] for name in ("subject",) if name in draft.attributes]
    draft.add_page("\n".join(text for text in (*head, *bodies) if text.strip()))
    for part in attached:
        _take_along(part, source, draft)


def _header(value: object) -> str:
    """Decode a header (RFC 2047), also one with raw bytes or an unknown charset."""
    pieces = []
    try:
        decoded = email.header.decode_header(value)  # type: ignore[arg-type]
    except (ValueError, email.errors.HeaderParseError):
        return str(value)
    for piece, charset in decoded:
        if isinstance(piece, str):
            piece = piece.encode("ascii", "surrogateescape") if not piece.isascii() else piece
        if isinstance(piece, bytes):
            said = None if charset in (None, "unknown-8bit") else charset
            piece = decode(piece, said)
        pieces.append(piece)
    return "".join(pieces)


def _parts(message: Message) -> Iterator[Message]:
    """Yield the leaves that a reader would see; of alternatives the plainest with text."""
    waiting = [message]
    seen = 0
    while waiting and seen < _MOST_PARTS:
        part = waiting.pop(0)
        seen += 1
        children = part.get_payload() if part.is_multipart() else []
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
    return (texts[:1] if plain else texts[-1:]) + others


def _is_body(part: Message) -> bool:
    if part.get_content_disposition() == "attachment" or part.get_filename():
        return False
    return part.get_content_maintype() == "text" and not part.is_multipart()


def _bytes(part: Message) -> bytes:
    if part.is_multipart():
        inner = part.get_payload()
        return b"\n".join(message.as_bytes() for message in inner if isinstance(message, Message))
    data = part.get_payload(decode=True)
    return data if isinstance(data, bytes) else b""


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
        return _header(name)
    inner = part.get_payload()
    if part.get_content_type() == "message/rfc822" and isinstance(inner, list) and inner:
        return f"{_header(inner[0].get('Subject', '')) or 'message'}.eml"
    return f"{part.get_content_type().replace('/', '.')}"


def take_along(inner: Source, draft: Draft) -> None:
    """List an attachment and add its text, as deep as the limits allow."""
    media_type = kinds.media_type_of(inner)
    draft.attach(inner.name, media_type, len(inner.data))
    if inner.depth > inner.limits.depth or len(draft.attachments) > inner.limits.entries:
        return
    found = Draft(media_type, draft.room)
    try:
        formats.read_into(inner, found)
    except Refusal as refusal:
        if refusal.code == ReasonCode.BOMB:
            raise
        return
    except Exception:  # noqa: BLE001 - an odd attachment does not spoil the mail
        return
    for page in found.pages:
        draft.add_page(page)
    draft.attachments.extend(found.attachments)
