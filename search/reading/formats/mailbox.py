"""Mailboxes (RFC 4155): one mail after the other."""

import re

from search.reading import kinds
from search.reading.bundle import Bundle
from search.reading.formats.mail import take_along, title_of
from search.reading.source import Draft, Source

_BETWEEN = re.compile(rb"(?:\A|(?<=\n))From [^\n]*\n")


def read(source: Source, draft: Draft) -> None:
    """Read a mailbox: each mail is an attachment, its text follows page by page."""
    for number, mail in enumerate(_mails(source), 1):
        name = f"{number}.eml"
        take_along(Source(mail, name, kinds.MAIL, source.limits, source.depth + 1), draft)


def unpack(source: Source, bundle: Bundle) -> None:
    """Take the mails out of a mailbox, each named by its subject."""
    for number, mail in enumerate(_mails(source), 1):
        bundle.take(f"{number:03} {title_of(mail)}".strip() + ".eml", mail, kinds.MAIL)


def _mails(source: Source) -> list[bytes]:
    mails = [mail for mail in _BETWEEN.split(bytes(source.data)) if mail.strip()]
    return mails[: source.limits.entries]
