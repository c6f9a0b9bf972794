"""Where the words of a question stand on the pages of a file, for the viewer to walk through."""

from typing import Any
from uuid import UUID

from flask import Response, jsonify, request

from records.core.errors import NotFound
from records.documents.components import get_component
from records.documents.models import Component, StoredObject
from records.finding.inside import InsideHits, Size, hits_inside
from records.scans.pages import recognised_pages
from web.boundary import office, reading
from web.permissions import SIGNED_IN
from web.pictures import components, pictures
from web.routes import route
from web.session import actor

# Beyond this, a question is no question.
MOST_CHARACTERS = 2_000


@route(components, "/<uuid:component_id>/hits", permission=SIGNED_IN)
def hits(component_id: UUID) -> Response:
    """Give the pages of a file with hits, and their boxes in points from the top left corner."""
    with reading() as uow:
        held = get_component(uow, actor(), component_id)
    return jsonify(hits_answer(hits_of(held, request.args.get("q", ""))))


def hits_of(held: tuple[Component, StoredObject], question: str) -> InsideHits:
    """Find a question in a file that was found visible; outside of any unit of work."""
    component, stored = held
    with reading() as uow:
        found = recognised_pages(uow, office().vault, (component.id, stored.wrapped_key))
    return hits_inside(
        pictures().previews,
        held,
        question[:MOST_CHARACTERS],
        sizes=_sizes(component, stored),
        recognised={each.page: each for each in found},
    )


def _sizes(component: Component, stored: StoredObject) -> list[Size]:
    try:
        return pictures().sizes(component, stored)
    except NotFound:
        return []


def hits_answer(found: InsideHits) -> dict[str, Any]:
    """Return hits as JSON: the same for the viewer and for programs."""
    return {
        "total": found.total,
        "more": found.more,
        "pages": [
            {"number": page.number, "count": page.count, "hits": page.hits, "more": page.more}
            for page in found.pages
        ],
    }
