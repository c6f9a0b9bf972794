"""The search page: words in, documents out, narrowed by facets that stand in the address."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from flask import Blueprint, Flask, Response, make_response, render_template, request
from flask_babel import LazyString, gettext, lazy_gettext

from records.classification.models import FileClass
from records.classification.plan import whole_plan
from records.documents.listing import DocumentLine
from records.exchange.tables import Cell
from records.finding.circles import Circle
from records.finding.service import (
    SECRET_TEXT,
    SYNONYMS,
    Found,
    FoundHit,
    QueryWarning,
    Snippet,
    Sort,
    ahead,
    lines_found,
    search,
)
from records.finding.state import IndexPhase
from records.people.rules import Act, Actor
from web import exports
from web.boundary import database, office, reading
from web.circulation import circulating
from web.document_rows import DocumentRows, document_columns
from web.facets import address_with, chips, chosen_filters, facet_groups, query_string, year_bars
from web.index import index
from web.permissions import SIGNED_IN
from web.routes import route
from web.saved_searches import own_searches, remember_after
from web.search_notes import notes_of
from web.session import actor
from web.within import chosen_circle, shown_circle
from web.words import word

finding = Blueprint("search", __name__)

HITS = 20
# Beyond this, a question is no question.
MOST_CHARACTERS = 2_000
# A line of Chinese ends in the middle of a sentence, and no space belongs there.
_LINE_BREAK = re.compile(r"(?<=[\u3400-\u9fff]) (?=[\u3400-\u9fff])")

# What is odd about a question, in plain words, by the code that the parser gives.
WARNINGS: dict[str, LazyString] = {
    "bad_date": lazy_gettext("“%(text)s” is no date. Write it as 2026-01-31, 2026-01 or 2026."),
    "best_match": lazy_gettext(
        "No document has all of these words, so the best matches are shown."
    ),
    "ignored_word": lazy_gettext("“%(text)s” was left out: it is no word to search for."),
    "nothing_to_search": lazy_gettext("There is no word to search for in this question."),
    "only_negative": lazy_gettext(
        "The question only excludes. Everything that is not excluded is shown."
    ),
    "range_without_field": lazy_gettext(
        "“%(text)s” is a range of no field. Put the field before it, as in "
        "received:2026-01..2026-06."
    ),
    SECRET_TEXT: lazy_gettext(
        "Documents above the secrecy level “%(text)s” are found by number, title and other "
        "metadata, not by their text."
    ),
    SYNONYMS: lazy_gettext("Also searched for: %(text)s."),
    "too_deep": lazy_gettext(
        "The question has too many brackets in one another; some were left out."
    ),
    "too_many_terms": lazy_gettext(
        "The question is too long. Everything from “%(text)s” on was left out."
    ),
    "unbalanced_bracket": lazy_gettext("A bracket has no partner, so it was read as a space."),
    "unbalanced_quote": lazy_gettext("A quotation mark has no partner, so it was read as a space."),
    "unknown_field": lazy_gettext(
        "There is no field “%(text)s”; it was searched for as words. "
        "Fields are title, sender, number, kind, class and others."
    ),
    "wildcard_too_short": lazy_gettext(
        "“%(text)s” is too short for a beginning of words; it was searched for as a word."
    ),
}


@dataclass(frozen=True)
class Hit:
    """One hit as `search/results.html` takes it; parts are pairs (text, whether it is marked)."""

    line: DocumentLine
    title: list[tuple[str, bool]]
    snippets: list[list[tuple[str, bool]]]
    class_label: str | None


@dataclass(frozen=True)
class Question:
    """What an address asks: words, chosen values by facet, and the place that it is kept to."""

    text: str
    chosen: dict[str, list[str]]
    sort: Sort
    circle: Circle | None

    @property
    def within(self) -> frozenset[UUID] | None:
        """The only documents that are asked about; None for all."""
        return self.circle.document_ids if self.circle else None


@route(finding, "/search", permission=SIGNED_IN)
def results() -> Response:
    """Show what a question finds; without one, the searches that its reader keeps."""
    question = _question()
    if not question.text and not question.chosen and not question.circle:
        with reading() as uow:
            own = own_searches(uow)
        return make_response(render_template("search/results.html", query="", warnings=[], **own))
    return remember_after(make_response(_results(question)), question.text)


def _results(question: Question) -> str:
    person = actor()
    with reading():
        found, classes, marked = _find(person, question)
        return render_template(
            "search/results.html",
            query=question.text,
            total=found.total,
            sort=question.sort.value,
            hits=[_hit(each, classes) for each in found.hits],
            circulating=marked,
            may_circulate=person.may(Act.CIRCULATE),
            facets=facet_groups(found.facets, question.chosen),
            chips=chips(found.facets, question.chosen),
            years=year_bars(found.facets, question.chosen),
            asked=query_string(),
            clear_href=f"{request.path}?{urlencode({'q': question.text})}"
            if question.chosen or question.circle
            else None,
            circle=shown_circle(question.circle),
            warnings=[warning_text(each) for each in found.warnings if each.code != SYNONYMS],
            notes=notes_of(found),
            rebuilding=found.index if found.index.phase is IndexPhase.REBUILDING else None,
            missing=found.index.phase is IndexPhase.MISSING,
            first_href=address_with() if request.args.get("cursor") else None,
            next=found.next,
        )


@route(finding, "/search/ahead", permission=SIGNED_IN)
def as_typed() -> str:
    """Offer documents for what is typed so far: a piece of a page, for the box of search."""
    text = _text()
    if not text.strip():
        return ""
    with reading() as uow:
        found = ahead(uow, actor(), index(), text=text)
        return render_template(
            "search/ahead.html",
            query=text.strip(),
            hits=[(each.line, _parts(each.title), _parts(each.number)) for each in found],
        )


@route(finding, "/search/list.<format_>", permission=SIGNED_IN)
def export(format_: str) -> Response:
    """Give the documents that a search found as a file, in the order of the page."""
    question = _question()
    with reading() as uow:
        made = DocumentRows(uow)
    return exports.answer(
        format_, gettext("Search"), document_columns(), _rows(actor(), question, made)
    )


def _rows(person: Actor, question: Question, made: DocumentRows) -> Iterator[list[Cell]]:
    """Yield the lines of all pages; each is read in a unit of its own, so none lasts long."""
    after: str | None = None
    while True:
        with database().reading() as uow:
            lines, after = lines_found(
                uow,
                person,
                index(),
                text=question.text,
                filters=question.chosen,
                sort=question.sort,
                after=after,
                within=question.within,
            )
            rows = made.of(uow, lines)
        yield from rows
        if after is None:
            return


def _question() -> Question:
    """Return what the address asks.

    Raises:
        NotFound: It is kept to a round of which this person may not know.
    """
    sort = Sort.DATE if request.args.get("sort") == "date" else Sort.RELEVANCE
    with reading() as uow:
        return Question(_text().strip(), chosen_filters(), sort, chosen_circle(uow, actor()))


def _text() -> str:
    return request.args.get("q", "")[:MOST_CHARACTERS]


def warning_text(warning: QueryWarning) -> str:
    """Return what is odd about a question, in the reader's language."""
    text = warning.text
    if warning.code == SECRET_TEXT:
        text = str(word("secrecy", text).text)
    return str(WARNINGS[warning.code]) % {"text": text}


def _find(person: Actor, question: Question) -> tuple[Found, dict[Any, str], frozenset[UUID]]:
    with reading() as uow:
        found = search(
            uow,
            person,
            index(),
            office().vault,
            text=question.text,
            filters=question.chosen,
            sort=question.sort,
            limit=HITS,
            after=request.args.get("cursor") or None,
            within=question.within,
        )
    if not found.hits:
        return found, {}, frozenset()
    with reading() as uow:
        marked = circulating(uow, (each.line.id for each in found.hits))
        is_filed = any(each.line.class_id for each in found.hits)
        plan = whole_plan(uow) if is_filed else []
        return found, {each.id: _class_label(each) for each in plan}, marked


def _class_label(each: FileClass) -> str:
    return f"{each.code} {each.title}"


# Hits -------------------------------------------------------------------------------------------


def _hit(found: FoundHit, classes: dict[Any, str]) -> Hit:
    title = next((_parts(each) for each in found.snippets if each.field == "title"), None)
    shown = [each for each in found.snippets if each.field in ("body", "file_name")]
    return Hit(
        found.line,
        title or [(found.line.title or gettext("Without title"), False)],
        [_parts(each) for each in shown],
        classes.get(found.line.class_id) if found.line.class_id else None,
    )


def _parts(snippet: Snippet) -> list[tuple[str, bool]]:
    """Cut a snippet at its marks; the template escapes every part by itself."""
    parts: list[tuple[str, bool]] = []
    at = 0
    for start, end in snippet.marks:
        parts += [(snippet.text[at:start], False), (snippet.text[start:end], True)]
        at = end
    parts.append((snippet.text[at:], False))
    return [(_LINE_BREAK.sub("", text), marked) for text, marked in parts if text]


def init_app(app: Flask) -> None:
    """Add the search page."""
    app.register_blueprint(finding)
