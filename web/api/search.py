"""Search: the same question and the same answer as the command."""

from flask import request

from records.core.idempotency import Answer
from records.finding.circles import MOST_DOCUMENTS, circle_of
from records.finding.service import FACETS, MOST_HITS, Sort
from records.finding.service import search as find
from web.api.bodies import integer, nullable, obj, one_of, string
from web.api.declaring import CURSOR, Answered, Parameter, cursor, endpoint, number, word
from web.boundary import office, reading
from web.index import index
from web.permissions import SIGNED_IN
from web.search_answer import search_answer
from web.session import actor

_QUESTION = Parameter("q", "The question, in the query language; empty finds all.", required=True)
_SORT = Parameter("sort", "Order of the hits.", one_of(Sort, default=Sort.RELEVANCE.value))
_LIMIT = Parameter(
    "limit", f"Hits of the page, {MOST_HITS} at most.", integer(minimum=0, default=20)
)
_ROUND = Parameter(
    "round",
    "Only in the round of this id; `sent` for the rounds that the caller sends or urges, "
    f"`reading` for what was sent to the caller, the newest {MOST_DOCUMENTS} of them.",
)
_FACETS = tuple(
    Parameter(
        name,
        "A value of this facet; several, given again and again, are alternatives.",
        {"type": "array", "items": {"type": "string"}},
    )
    for name in FACETS
)

_SNIPPET = obj(
    {
        "field": string(),
        "text": string(),
        "marks": {
            "type": "array",
            "items": {"type": "array", "items": integer(minimum=0)},
            "description": "Closed-open character ranges of the words found.",
        },
    },
    *("field", "text", "marks"),
)
_HIT = obj(
    {
        "id": string(format="uuid"),
        "number": string(),
        "title": string(),
        "file_name": nullable(string()),
        "score": {"type": "number"},
        "snippets": {"type": "array", "items": _SNIPPET},
    },
    *("id", "number", "title", "file_name", "score", "snippets"),
)
_VALUE = obj(
    {"value": string(), "label": string(), "count": integer(minimum=0)},
    *("value", "label", "count"),
)
_FOUND = obj(
    {
        "total": integer("After visibility.", minimum=0),
        "hits": {"type": "array", "items": _HIT},
        "facets": {
            "type": "object",
            "additionalProperties": {"type": "array", "items": _VALUE},
        },
        "warnings": {
            "type": "array",
            "items": obj({"code": string(), "text": string()}, "code", "text"),
        },
        "next": nullable(string()),
        "meant": nullable(
            string("A question near to this one that finds something, where this does not.")
        ),
    },
    *("total", "hits", "facets", "warnings", "next", "meant"),
)


@endpoint(
    "GET",
    "/search",
    tag="search",
    permission=SIGNED_IN,
    summary="Search what the caller may see",
    parameters=(_QUESTION, _SORT, _LIMIT, CURSOR, _ROUND, *_FACETS),
    answers=[Answered(200, "Hits, facets and warnings.", _FOUND)],
    refusals=(404, 422),
)
def search() -> Answer:
    """What is odd in a question yields a warning, never an error and never a silent zero."""
    filters = {
        name: values
        for name in FACETS
        if (values := [each for each in request.args.getlist(name) if each])
    }
    kept_to = word(_ROUND)
    with reading() as uow:
        circle = circle_of(uow, actor(), kept_to) if kept_to else None
        found = find(
            uow,
            actor(),
            index(),
            office().vault,
            text=word(_QUESTION) or "",
            filters=filters,
            sort=Sort(word(_SORT) or Sort.RELEVANCE),
            limit=number(_LIMIT),
            after=cursor(),
            within=circle.document_ids if circle else None,
        )
    return Answer(search_answer(found))
