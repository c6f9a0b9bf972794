"""Mailboxes (RFC 4155): one mail after the other."""

import re

from search.reading import kinds
from search.reading.formats.mail import take_along
from search.reading.source import Draft, Source

_BETWEEN = re.compile(rb"(?:\A|(?<=\n))From [^\n]*\n")


def read(source: Source, draft: Draft) -> None:
    """Read a mailbox: each mail is an attachment, its text follows page by page."""
    mails = [mail for mail in _BETWEEN.split(bytes(source.data)) if mail.strip()]
    for number, mail in enumerate(mails[: source.limits.entries], 1):
        name = f"{number}.eml"
        take_along(Source(mail, name, kinds.MAIL, source.limits, source.depth + 1), draft)
