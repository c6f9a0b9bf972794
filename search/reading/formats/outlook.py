"""Outlook messages (MS-OXMSG) by python-oxmsg."""

from email.utils import format_datetime

from oxmsg import Message

from search.reading.formats import html
from search.reading.formats.mail import header_text, take_along
from search.reading.source import Draft, Source


def read(source: Source, draft: Draft) -> None:
    """Read an Outlook message: its text first, the text of its attachments as further pages."""
    message = Message.load(bytes(source.data))
    draft.note("from", header_text(message.sender or ""))
    draft.note("subject", message.subject)
    draft.note("to", ", ".join(_address(r.name, r.email_address) for r in message.recipients))
    if message.sent_date:
        draft.note("date", format_datetime(message.sent_date))
    headers = {name.lower(): value for name, value in message.message_headers.items()}
    for header, name in (("to", "to"), ("cc", "cc"), ("message-id", "message_id")):
        draft.note(name, header_text(headers.get(header, "")))
    body = message.body or html.text_of(message.html_body or "", draft.room)
    draft.add_page("\n".join(text for text in (message.subject, body) if text))
    for attachment in message.attachments:
        data = attachment.file_bytes
        if data is None:
            draft.attach(attachment.file_name or "message", "application/octet-stream", 0)
            continue
        name, media_type = attachment.file_name or "attachment", attachment.mime_type or ""
        take_along(Source(data, name, media_type, source.limits, source.depth + 1), draft)


def _address(name: str, address: str) -> str:
    return f"{name} <{address}>" if address and address != name else name
