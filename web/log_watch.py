"""For who watches: attempts that were refused, and who saw what is more than internal."""

from datetime import UTC, datetime, time, timedelta

from flask import render_template
from flask_babel import gettext

from records.audit.browsing import LogFilters, list_entries
from records.audit.sightings import LOWEST, Seen, sightings, who_saw
from records.audit.strangers import strangers
from records.core.database import UnitOfWork
from records.core.errors import NotFound
from records.people.rules import Act, Secrecy
from web.boundary import reading
from web.events import KINDS
from web.filters import Asked
from web.log import person_named
from web.log_places import log
from web.permissions import LOG_EXPORTERS, LOG_READERS
from web.routes import route
from web.session import actor
from web.words import word

LINES = 50
DAYS = 30


@route(log, "/refused", permission=LOG_READERS)
def refused() -> tuple[str, int]:
    """Show attempts that were refused: of people one by one, of strangers counted."""
    person, asked = actor(), Asked()
    before, who = asked.number("before"), asked.text("who")
    since, until = asked.day("from"), asked.day("to")
    with reading() as uow:
        filters = LogFilters(
            actor_id=person_named(uow, asked, who), from_on=since, to_on=until, refused=True
        )
        entries, more = list_entries(uow, person, filters=filters, before=before, limit=LINES)
        last = until or uow.today
        first = since or last - timedelta(days=DAYS)
        begins = datetime.combine(first, time(), uow.zone).astimezone(UTC)
        ends = datetime.combine(last, time(), uow.zone).astimezone(UTC) + timedelta(days=1)
        unknown = strangers(uow, person, from_at=begins, to_at=ends)
    text = render_template(
        "log/refused.html",
        entries=entries,
        reason=reason_of,
        older=entries[-1].sequence if more else None,
        newer=before is not None,
        strangers=unknown,
        filters={
            "who": who,
            "from": since.isoformat() if since else "",
            "to": until.isoformat() if until else "",
        },
        problems=asked.problems,
        is_auditor=person.may(Act.READ_LOG),
    )
    return text, asked.status()


@route(log, "/seen", permission=LOG_EXPORTERS)
def seen() -> tuple[str, int]:
    """Show who saw documents of a level, or all who saw one document."""
    person, asked = actor(), Asked()
    number, who, before = asked.text("number"), asked.text("who"), asked.number("before")
    levels = [each for each in Secrecy if each >= LOWEST and each <= person.clearance]
    level = asked.choice("secrecy", [each.code for each in levels])
    with reading() as uow:
        found = _seen(uow, asked, number)
        lines, more = sightings(
            uow,
            person,
            lowest=Secrecy.from_code(level) if level else LOWEST,
            actor_id=person_named(uow, asked, who),
            before=before,
            limit=LINES,
        )
    text = render_template(
        "log/seen.html",
        number=number,
        found=found,
        lines=[(each, KINDS[each.kind]) for each in lines],
        levels=[(each.code, word("secrecy", each.code).text) for each in levels],
        filters={"secrecy": level or "", "who": who},
        older=lines[-1].sequence if more else None,
        newer=before is not None,
        problems=asked.problems,
    )
    return text, asked.status()


def _seen(uow: UnitOfWork, asked: Asked, number: str) -> Seen | None:
    if not number:
        return None
    try:
        return who_saw(uow, actor(), number=number)
    except NotFound:
        asked.problems.append(
            gettext(
                "There is no document %(number)s, or it is above your clearance.", number=number
            )
        )
        return None


def reason_of(code: str) -> str:
    """Return why an attempt was refused, in words."""
    words: dict[str, str] = {
        "not_found": gettext("no such thing, or hidden from this person"),
        "not_allowed": gettext("not allowed"),
        "not_signed_in": gettext("not signed in"),
        "too_many": gettext("too many attempts"),
    }
    return words.get(code, code)
