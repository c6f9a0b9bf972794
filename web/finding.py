"""The search page: words in, documents out, narrowed by facets that stand in the address."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from flask import Blueprint, Flask, render_template, request
from flask_babel import LazyString, gettext, lazy_gettext

from records.classification.models import FileClass
from records.classification.plan import whole_plan
from records.documents.listing import DocumentLine
from records.finding.circles import Circle
from records.finding.service import (
    FACETS,
    SECRET_TEXT,
    FacetValue,
    Found,
    FoundHit,
    QueryWarning,
    Snippet,
    Sort,
    search,
)
from records.finding.state import IndexPhase
from records.people.rules import Act, Actor
from web.boundary import office, reading
from web.circulation import circulating
from web.index import index
from web.permissions import SIGNED_IN
from web.routes import route
from web.session import actor
from web.within import ROUND, chosen_circle, shown_circle
from web.words import WORDS, word

finding = Blueprint("search", __name__)

HITS = 20
# Beyond this, a question is no question.
MOST_CHARACTERS = 2_000
_MOST_VALUES = 50
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

_FACET_NAMES: dict[str, LazyString] = {
    "register": lazy_gettext("Register"),
    "kind": lazy_gettext("Kind"),
    "sender": lazy_gettext("Sender"),
    "class": lazy_gettext("Class"),
    "unit": lazy_gettext("Unit"),
    "year": lazy_gettext("Year"),
    "secrecy": lazy_gettext("Secrecy"),
    "state": lazy_gettext("State"),
    "urgency": lazy_gettext("Urgency"),
}
_SHOWN_VALUES = 8


@dataclass(frozen=True)
class Hit:
    """One hit as `search/results.html` takes it; parts are pairs (text, whether it is marked)."""

    line: DocumentLine
    title: list[tuple[str, bool]]
    snippets: list[list[tuple[str, bool]]]
    class_label: str | None


@route(finding, "/search", permission=SIGNED_IN)
def results() -> str:
    """Show what a question finds."""
    person, text = actor(), request.args.get("q", "").strip()[:MOST_CHARACTERS]
    chosen = {
        name: list(dict.fromkeys(values))
        for name in FACETS
        if (values := [each for each in request.args.getlist(name) if each][:_MOST_VALUES])
    }
    sort = Sort.DATE if request.args.get("sort") == "date" else Sort.RELEVANCE
    with reading() as uow:
        circle = chosen_circle(uow, person)
    if not text and not chosen and not circle:
        return render_template("search/results.html", query="", warnings=[], hits=[], facets=[])
    with reading():
        found, classes, marked = _find(person, text, chosen, sort, circle)
        return render_template(
            "search/results.html",
            query=text,
            total=found.total,
            sort=sort.value,
            hits=[_hit(each, classes) for each in found.hits],
            circulating=marked,
            may_circulate=person.may(Act.CIRCULATE),
            facets=_facets(found, chosen),
            clear_href=f"{request.path}?{urlencode({'q': text})}" if chosen or circle else None,
            circle=shown_circle(circle),
            warnings=[warning_text(each) for each in found.warnings],
            rebuilding=found.index if found.index.phase is IndexPhase.REBUILDING else None,
            missing=found.index.phase is IndexPhase.MISSING,
            first_href=_address() if request.args.get("cursor") else None,
            next=found.next,
        )


def warning_text(warning: QueryWarning) -> str:
    """Return what is odd about a question, in the reader's language."""
    text = warning.text
    if warning.code == SECRET_TEXT:
        text = str(word("secrecy", text).text)
    return str(WARNINGS[warning.code]) % {"text": text}


def _find(
    person: Actor, text: str, chosen: dict[str, list[str]], sort: Sort, circle: Circle | None
) -> tuple[Found, dict[Any, str], frozenset[UUID]]:
    with reading() as uow:
        found = search(
            uow,
            person,
            index(),
            office().vault,
            text=text,
            filters=chosen,
            sort=sort,
            limit=HITS,
            after=request.args.get("cursor") or None,
            within=circle.document_ids if circle else None,
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


# Facets -----------------------------------------------------------------------------------------


def _facets(found: Found, chosen: dict[str, list[str]]) -> list[dict[str, Any]]:
    groups = []
    for name, label in _FACET_NAMES.items():
        active = chosen.get(name, [])
        values = list(found.facets.get(name, ()))
        values = values[:_SHOWN_VALUES] + [
            each for each in values[_SHOWN_VALUES:] if each.value in active
        ]
        known = {each.value for each in values}
        # A chosen value that nothing has any more must stay in sight, or nobody can take it out.
        values += [FacetValue(each, each, 0) for each in active if each not in known]
        groups.append(
            {
                "name": name,
                "label": str(label),
                "values": [_value(name, each, active) for each in values],
            }
        )
    return groups


def _value(name: str, each: FacetValue, active: Sequence[str]) -> dict[str, Any]:
    if name == "register":
        label = each.label
    elif name in WORDS:
        label = str(word(name, each.value).text)
    elif name == "class" and each.label != each.value:
        label = f"{each.value} {each.label}"
    else:
        label = each.label
    return {
        "value": each.value,
        "label": label,
        "count": each.count,
        "active": each.value in active,
        "href": _address(name, each.value),
    }


def _address(name: str | None = None, value: str = "") -> str:
    """Return this page's address from its first hit on, with one value switched on or off."""
    pairs = [
        (key, each)
        for key, each in request.args.items(multi=True)
        if key in ("q", "sort", ROUND, *FACETS)
    ]
    if name is not None:
        pair = (name, value)
        pairs = [each for each in pairs if each != pair] if pair in pairs else [*pairs, pair]
    return f"{request.path}?{urlencode(pairs)}"


def init_app(app: Flask) -> None:
    """Add the search page."""
    app.register_blueprint(finding)
