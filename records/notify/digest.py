"""One mail to one person: what waits and what is new, as text and as simple HTML.

Mail leaves the house. Of a document that is more than internal it says only that something waits,
and where; a subject never says of what.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from gettext import NullTranslations
from html import escape
from urllib.parse import urlsplit
from uuid import UUID
from zoneinfo import ZoneInfo

from records.notify.lines import NoticeLine
from records.notify.wording import detail, discreet, may_be_told_outside, sentence

# So many notices stand in one mail; the others are counted.
MOST_LINES = 100


@dataclass(frozen=True)
class Letterhead:
    """What every mail of an installation has in common."""

    sender: str
    public_url: str
    zone: ZoneInfo


@dataclass(frozen=True)
class _Told:
    """One notice as mail tells it."""

    text: str
    about: str | None
    more: str | None
    href: str


def write_mail(
    head: Letterhead,
    words: NullTranslations,
    *,
    mail_id: UUID,
    name: str,
    email: str,
    language: str,
    at: datetime,
    lines: Sequence[NoticeLine],
) -> EmailMessage:
    """Return the message about some notices, in the order of the lines.

    Raises:
        ValueError: The address is no address.
    """
    message = EmailMessage()
    message["Subject"] = _subject(words, lines)
    message["From"] = Address(words.gettext("Chancery"), addr_spec=head.sender)
    message["To"] = Address(name, addr_spec=email)
    message["Date"] = format_datetime(at)
    # The same mail has the same name: a second copy can be told from a second mail.
    message["Message-ID"] = f"<{mail_id}@{urlsplit(head.public_url).hostname or 'localhost'}>"
    message["Auto-Submitted"] = "auto-generated"
    told = [_told(head, words, each) for each in lines[:MOST_LINES]]
    left = len(lines) - len(told)
    message.set_content(_text(head, words, name, told, left))
    message.add_alternative(_html(head, words, name, told, left, language), subtype="html")
    message["Content-Language"] = language.replace("_", "-")
    return message


def _subject(words: NullTranslations, lines: Sequence[NoticeLine]) -> str:
    waiting = sum(each.asks for each in lines)
    if waiting:
        text = words.ngettext("%(num)s item waits for you", "%(num)s items wait for you", waiting)
        return text % {"num": waiting}
    text = words.ngettext(
        "%(num)s piece of news for you", "%(num)s pieces of news for you", len(lines)
    )
    return text % {"num": len(lines)}


def _told(head: Letterhead, words: NullTranslations, line: NoticeLine) -> _Told:
    href = f"{head.public_url}/notices/{line.id}"
    if not may_be_told_outside(line):
        return _Told(discreet(words, line), None, None, href)
    about = " ".join(each for each in (line.number, line.title) if each) or None

    def when(instant: datetime) -> str:
        return f"{instant.astimezone(head.zone):%Y-%m-%d %H:%M}"

    return _Told(sentence(words, line), about, detail(words, line, when), href)


def _greeting(words: NullTranslations, name: str) -> str:
    return words.gettext("%(name)s,") % {"name": name}


def _rest(words: NullTranslations, left: int) -> str:
    return words.ngettext("And %(num)s more.", "And %(num)s more.", left) % {"num": left}


def _why(words: NullTranslations) -> str:
    return words.gettext("How and when you get mail is yours to choose:")


def _text(
    head: Letterhead, words: NullTranslations, name: str, told: Sequence[_Told], left: int
) -> str:
    blocks = [_greeting(words, name)]
    blocks += [
        "\n".join(part for part in (each.text, each.about, each.more, each.href) if part)
        for each in told
    ]
    if left:
        blocks.append(f"{_rest(words, left)}\n{head.public_url}/notices")
    blocks.append(f"-- \n{_why(words)}\n{head.public_url}/account/notices")
    return "\n\n".join(blocks) + "\n"


def _html(
    head: Letterhead,
    words: NullTranslations,
    name: str,
    told: Sequence[_Told],
    left: int,
    language: str,
) -> str:
    items = []
    for each in told:
        link = f'<a href="{escape(each.href)}">{escape(each.about or each.text)}</a>'
        lines = [escape(each.text), link] if each.about else [link]
        if each.more:
            lines.append(f"<small>{escape(each.more)}</small>")
        items.append(f"<li>{'<br>'.join(lines)}</li>")
    notices = escape(f"{head.public_url}/notices")
    more = f'<p><a href="{notices}">{escape(_rest(words, left))}</a></p>' if left else ""
    settings = escape(f"{head.public_url}/account/notices")
    return (
        f'<!doctype html><html lang="{language.replace("_", "-")}"><meta charset="utf-8"><body>'
        f"<p>{escape(_greeting(words, name))}</p><ul>{''.join(items)}</ul>{more}"
        f'<hr><p><small>{escape(_why(words))} <a href="{settings}">{settings}</a></small></p>'
        "</body></html>\n"
    )
