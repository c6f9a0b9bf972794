"""My rounds: what I have sent round or urge, with filters in the address and pages by keyset."""

from flask import Blueprint, render_template

from records.circulation.rules import Purpose, RoundState
from records.circulation.sent import sent_rounds
from records.circulation.views import SentLine
from web.boundary import reading
from web.filters import Asked
from web.permissions import CIRCULATORS
from web.progress import progress
from web.routes import route
from web.session import actor
from web.words import word

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

        def read(cursor: str | None) -> tuple[list[SentLine], str | None]:
            return sent_rounds(
                uow,
                actor(),
                state=RoundState(state) if state else None,
                purpose=Purpose(purpose) if purpose else None,
                overdue_only=overdue,
                cursor=cursor,
                limit=LINES,
            )

        lines, following = asked.page(read)
        now = uow.now
    page = render_template(
        "rounds/index.html",
        lines=[(each, progress(each.counts, each.overdue)) for each in lines],
        next=following,
        is_first=not asked.text("cursor"),
        filters={name: value for name, value in given.items() if value},
        round_states=[(each, word("round", each).text) for each in STATES],
        problems=asked.problems,
        now=now,
    )
    return page, asked.status()
