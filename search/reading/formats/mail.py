"""Mail (RFC 5322, MIME) by the standard library, forgiving of what mailers get wrong."""

import base64
import binascii
import contextlib
import email
import email.errors
import email.header
import itertools
import re
from collections.abc import Iterator
from email.message import Message

from search.reading import formats, kinds
from search.reading.bundle import Bundle, LeftOut
from search.reading.charsets import decode
from search.reading.formats import html
from search.reading.formats.signedmail import children_of, signatures_in
from search.reading.model import ReasonCode
from search.reading.source import Draft, RefusedError, Source

_HEADERS = {
    "From": "from",
    "To": "to",
    "Cc": "cc",
    "Date": "date",
    "Subject": "subject",
    "Message-ID": "message_id",
    "In-Reply-To": "in_reply_to",
    "References": "references",
}
_MOST_PARTS = 1000
_HEAD_BYTES, _TITLE_CHARS = 65_536, 80
_MOST_ODD = 3
_HEAD_END = re.compile(rb"(\r?\n\r?\n)")
_HEADER = re.compile(rb"[!-9;-~]+[ \t]*:|[ \t]|\r?\Z")
_UUENCODED = re.compile(
    r"^begin [0-7]{3,4} (?P<name>[^\r\n]{1,255})\r?\n"
    r"(?P<lines>(?:[ -`]{1,90}\r?\n)*?)`?\r?\n?end[ \t]*$",
    re.MULTILINE,
)
_RAW_NAME = re.compile(r"\bname=\"?([^\";\r\n]+)", re.IGNORECASE)
_TOLD_BY_MARKUP = 3
_MOST_TOLD = 1_000_000
_FOR_PROGRAMS = ("text/css", "text/javascript")
_NO_BODIES = (*_FOR_PROGRAMS, "text/calendar", "text/vcard", "text/x-vcard", "text/rtf", "text/csv")


def read(source: Source, draft: Draft) -> None:
    """Read a mail: its text as first page, the text of its attachments as further ones."""
    message = email.message_from_bytes(_mended(bytes(source.data)))
    for header, name in _HEADERS.items():
        draft.note(name, ", ".join(header_text(value) for value in message.get_all(header, [])))
    bodies: list[str] = []
    attached: list[Message] = []
    uuencoded: list[tuple[str, bytes]] = []
    for part in _parts(message):
        if _is_body(part):
            text, enclosed = _without_uuencoded(_body(part, draft.room))
            bodies.append(text)
            uuencoded += enclosed
        else:
            attached.append(part)
    draft.signatures = len(signatures_in(message))
    head = draft.attributes.get("subject", "")
    draft.add_page("\n".join(text for text in (head, *bodies) if text.strip()))
    for part in attached:
        _take_along(part, source, draft)
    for name, data in uuencoded:
        take_along(Source(data, name, "", source.limits, source.depth + 1), draft)


def unpack(source: Source, bundle: Bundle) -> None:
    """Take the attachments out of a mail; pictures that its text shows stay inside.

    So does a signature of the mail: of a file by itself nobody could say what it signed.
    """
    message = email.message_from_bytes(_mended(bytes(source.data)))
    signatures = signatures_in(message)
    for part in _parts(message):
        if part in signatures:
            continue
        if _is_body(part):
            for name, data in _without_uuencoded(_body(part, source.limits.text_chars))[1]:
                bundle.take(name, data)
        elif _is_shown_within(part):
            bundle.leave(_file_name(part), LeftOut.INLINE)
        elif part.get_content_type() not in _FOR_PROGRAMS and (data := _bytes(part)).strip():
            bundle.take(_file_name(part), data, part.get_content_type())


def _is_shown_within(part: Message) -> bool:
    named = "Content-ID" in part or "Content-Location" in part
    return (
        named
        and part.get_content_maintype() == "image"
        and part.get_content_disposition() != "attachment"
    )


def _mended(data: bytes) -> bytes:
    """Fold into the line before what stands among the headers and is none.

    The parser would take the rest of the headers for text.
    """
    head, gap, body = _HEAD_END.split(data, 1) if _HEAD_END.search(data) else (data, b"", b"")
    lines = head.split(b"\n")
    fine = [line[:5] == b"From " or _HEADER.match(line) is not None for line in lines]
    odd = [number for number, good in enumerate(fine) if not good and number]
    # Many odd lines, or none good behind them, are a text that lacks the empty line before it.
    if not gap or not odd or len(odd) > _MOST_ODD or odd[-1] == len(lines) - 1:
        return data
    for number in odd:
        lines[number] = b" " + lines[number]
    return b"\n".join(lines) + gap + body


def _without_uuencoded(text: str) -> tuple[str, list[tuple[str, bytes]]]:
    """Part a text from the files that old mailers wrote into it as letters."""
    files: list[tuple[str, bytes]] = []

    def take(found: re.Match[str]) -> str:
        lines = (_uu_line(line) for line in found["lines"].splitlines())
        files.append((found["name"].strip(), b"".join(lines)))
        return ""

    return (_UUENCODED.sub(take, text) if "\nend" in text else text), files


def _uu_line(line: str) -> bytes:
    try:
        return binascii.a2b_uu(line)
    except (binascii.Error, ValueError):
        return b""


def header_text(value: object) -> str:
    """Decode a header (RFC 2047), also one with raw bytes or an unknown charset."""
    try:
        decoded = email.header.decode_header(value)  # type: ignore[arg-type]
    except (ValueError, email.errors.HeaderParseError):
        return str(value)
    return "".join(_piece(piece, charset) for piece, charset in decoded)


def title_of(mail: bytes) -> str:
    """Return the subject of a mail as part of a file name."""
    headers = email.message_from_bytes(mail[:_HEAD_BYTES])
    words = re.sub(r'[\\/:*?"<>|]+', " ", header_text(headers.get("Subject", "")))
    return " ".join(words.split())[:_TITLE_CHARS]


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
        children = children_of(part)
        if part.get_content_type() == "multipart/alternative" and children:
            yield from _of_alternatives(children)
        elif part.get_content_maintype() == "multipart" and children:
            waiting[:0] = children
        else:
            yield part


def _of_alternatives(children: list[Message]) -> Iterator[Message]:
    """Yield the bodies of the best alternative, and what is no body in any of them."""
    leaves = [list(itertools.islice(_parts(child), _MOST_PARTS)) for child in children]
    bodies = [[leaf for leaf in found if _is_body(leaf)] for found in leaves]
    best = _richest([sum(_told(part) for part in found) for found in bodies])
    for index, found in enumerate(leaves):
        for leaf in found:
            if index == best or not _is_body(leaf):
                yield leaf


def _richest(told: list[int]) -> int:
    """Return the first alternative, unless another has several times its text.

    Some mailers put nothing, or a hint to a better program, where the plain text should stand.
    """
    best = 0
    for index, size in enumerate(told):
        if size > told[best] * _TOLD_BY_MARKUP:
            best = index
    return best


def _told(part: Message) -> int:
    """Return how much a body tells, in characters without white space."""
    return sum(map(len, _body(part, _MOST_TOLD).split()))


def _is_body(part: Message) -> bool:
    if part.get_content_disposition() == "attachment" or part.get_filename():
        return False
    is_text = part.get_content_maintype() == "text" and not part.is_multipart()
    return is_text and part.get_content_type() not in _NO_BODIES


def _bytes(part: Message) -> bytes:
    if part.is_multipart():
        # Some mailers encode an enclosed mail although RFC 2046 forbids it.
        encoded = str(part.get("Content-Transfer-Encoding", "")).strip().lower() == "base64"
        return b"\n".join(_enclosed(message, encoded=encoded) for message in children_of(part))
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
    if part.get_content_type() in _FOR_PROGRAMS:
        draft.attach(name, part.get_content_type(), len(data))
        return
    inner = Source(data, name, part.get_content_type(), source.limits, source.depth + 1)
    take_along(inner, draft)


def _file_name(part: Message) -> str:
    name = part.get_filename()
    if name and "\ufffd" in name:
        # The library gives up raw bytes, which the header itself still has.
        raw = "\n".join(str(value) for _, value in part.raw_items())
        found = _RAW_NAME.search(raw)
        name = found[1] if found else name
    if name:
        return header_text(name)
    if part.get_content_type() == "message/rfc822":
        subjects = [header_text(inner.get("Subject", "")) for inner in children_of(part)]
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
