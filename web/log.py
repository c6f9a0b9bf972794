"""The log for those who watch over the office: newest first, in plain words."""

from collections.abc import Iterator
from uuid import UUID

from flask import Flask, Response, render_template, url_for
from flask_babel import gettext

from records.audit.browsing import (
    MOST_ENTRIES,
    Entry,
    LogFilters,
    list_entries,
)
from records.audit.timeline import REFUSED
from records.core.database import UnitOfWork
from records.core.log import log_size
from records.exchange.tables import Cell
from records.people.directory import UserFilters, list_users
from records.people.rules import Act, Actor
from web import exports
from web.boundary import database, reading
from web.events import KINDS, told
from web.filters import Asked
from web.log_places import log
from web.permissions import LOG_READERS
from web.routes import route
from web.session import actor

LINES = 50


@route(log, "", permission=LOG_READERS)
def index() -> tuple[str, int]:
    """Show a page of the log."""
    person, asked = actor(), Asked()
    before, after = asked.number("before"), asked.number("after")
    if before is not None:
        after = None
    with reading() as uow:
        filters, given = _filters(uow, asked)
        entries, more = list_entries(
            uow, person, filters=filters, before=before, after=after, limit=LINES
        )
        size = log_size(uow.session)
    newer = more if after is not None else before is not None
    older = True if after is not None else more
    text = render_template(
        "log/index.html",
        entries=[_line(each) for each in entries],
        kinds=[(code, str(words)) for code, words in KINDS.items()],
        filters=given,
        problems=asked.problems,
        only_refused=not person.may(Act.READ_LOG),
        newer=entries[0].sequence if entries and newer else None,
        older=entries[-1].sequence if entries and older else None,
        size=size,
        export_query={name: value for name, value in given.items() if value},
    )
    return text, asked.status()


@route(log, "/list.<format_>", permission=LOG_READERS)
def export(format_: str) -> Response:
    """Give the entries that the filters show as a file."""
    person = actor()
    with reading() as uow:
        filters, _ = _filters(uow, Asked())
    columns = [
        gettext("Entry"),
        gettext("When"),
        gettext("What"),
        gettext("More"),
        gettext("Who"),
        gettext("Posts"),
        gettext("Document"),
        gettext("Kind of entry"),
        gettext("Hash"),
    ]
    return exports.answer(format_, gettext("Log"), columns, _rows(person, filters))


def _rows(person: Actor, filters: LogFilters) -> Iterator[list[Cell]]:
    before: int | None = None
    while True:
        with database().reading() as uow:
            entries, more = list_entries(
                uow, person, filters=filters, before=before, limit=MOST_ENTRIES
            )
        for each in entries:
            phrase = told(each)
            yield [
                each.sequence,
                each.at,
                phrase.text,
                phrase.note,
                each.who,
                "; ".join(each.posts),
                each.document[1] if each.document else None,
                each.kind,
                each.leaf_hash.hex(),
            ]
        if not more:
            return
        before = entries[-1].sequence


def _filters(uow: UnitOfWork, asked: Asked) -> tuple[LogFilters, dict[str, str]]:
    kind = asked.choice("kind", KINDS)
    who = asked.text("who")
    since, until = asked.day("from"), asked.day("to")
    refused = bool(asked.text("refused"))
    filters = LogFilters(kind, person_named(uow, asked, who), since, until, refused)
    given = {
        "kind": kind or "",
        "who": who,
        "from": since.isoformat() if since else "",
        "to": until.isoformat() if until else "",
        "refused": "1" if refused else "",
    }
    return filters, given


def person_named(uow: UnitOfWork, asked: Asked, typed: str) -> UUID | None:
    """Return the one person whom a login name, or a part of one name only, means."""
    if not typed:
        return None
    found, _, _ = list_users(uow, filters=UserFilters(typed), limit=20)
    exact = [each for each in found if typed.casefold() in (each.login, each.name.casefold())]
    if len(exact or found) == 1:
        return (exact or found)[0].id
    asked.complain("who", typed)
    return None


def _line(entry: Entry) -> dict[str, object]:
    phrase = told(entry)
    objects = []
    if entry.document is not None:
        document_id, number = entry.document
        objects.append((number, url_for("documents.show", document_id=document_id)))
    return {
        "sequence": entry.sequence,
        "at": entry.at,
        "who": entry.who or gettext("Chancery"),
        "post": entry.posts[0] if entry.posts else None,
        "kind": entry.kind,
        "text": phrase.text,
        "note": phrase.note,
        "hidden": entry.hidden,
        "objects": objects,
        "refused": entry.kind == REFUSED,
        "hash": entry.leaf_hash.hex(),
    }


def init_app(app: Flask) -> None:
    """Add the log."""
    app.register_blueprint(log)
