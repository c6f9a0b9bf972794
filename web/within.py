"""A search that is kept to a round, or to what somebody sends or reads: `round=` in the address."""

from typing import Any
from urllib.parse import urlencode

from flask import request
from flask_babel import gettext

from records.core.database import UnitOfWork
from records.finding.circles import MOST_DOCUMENTS, Circle, CircleKind, circle_of
from records.people.rules import Actor

ROUND = "round"


def chosen_circle(uow: UnitOfWork, person: Actor) -> Circle | None:
    """Return what the address keeps the search to; None when that is nothing.

    Raises:
        NotFound: It names a round of which this person may not know, or nothing at all.
    """
    value = request.args.get(ROUND, "")
    return circle_of(uow, person, value) if value else None


def shown_circle(circle: Circle | None) -> dict[str, Any] | None:
    """Return a place as `search/within.html` takes it."""
    if circle is None:
        return None
    words = {
        CircleKind.ROUND: gettext("in the round of %(number)s", number=circle.number),
        CircleKind.SENT: gettext("in the rounds that you send or urge"),
        CircleKind.READING: gettext("in what was sent to you to read"),
    }
    others = [pair for pair in request.args.items(multi=True) if pair[0] not in (ROUND, "cursor")]
    return {
        "value": circle.value,
        "label": str(words[circle.kind]),
        "most": MOST_DOCUMENTS if circle.is_cut else None,
        "href": f"{request.path}?{urlencode(others)}",
    }
