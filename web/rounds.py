"""My rounds: what I have sent round or urge, with filters in the address and pages by keyset."""

from flask import Blueprint, render_template
from flask_babel import gettext

from records.circulation.rules import Purpose, RoundState
from records.circulation.telling import sent_rounds
from records.core.errors import Invalid
from web.boundary import reading
from web.filters import Asked
from web.permissions import CIRCULATORS
from web.routes import route
from web.session import actor

rounds = Blueprint("rounds", __name__, url_prefix="/rounds")

LINES = 50
STATES = tuple(each.value for each in RoundState if each is not RoundState.DISCARDED)


@route(rounds, "", permission=CIRCULATORS)
def index() -> tuple[str, int]:
    """List the rounds that the reader sends or urges."""
    asked = Asked()
    state = asked.choice("state", STATES)
    purpose = asked.choice("purpose", [each.value for each in Purpose])
    overdue = asked.text("overdue") == "1"
    given = {"state": state, "purpose": purpose, "overdue": "1" if overdue else None}
    with reading() as uow:
        filters = {
            "state": RoundState(state) if state else None,
            "purpose": Purpose(purpose) if purpose else None,
            "overdue_only": overdue,
        }
        try:
            lines, following = sent_rounds(
                uow, actor(), **filters, cursor=asked.text("cursor") or None, limit=LINES
            )
        except Invalid:
            asked.problems.append(
                gettext("This page of the list does not exist. The list begins anew.")
            )
            lines, following = sent_rounds(uow, actor(), **filters, limit=LINES)
        now = uow.now
    page = render_template(
        "rounds/index.html",
        lines=lines,
        next=following,
        is_first=not asked.text("cursor"),
        filters={name: value for name, value in given.items() if value},
        states=STATES,
        problems=asked.problems,
        now=now,
    )
    return page, asked.status()
