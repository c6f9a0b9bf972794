"""What waits to be read: the list, most pressing first, and signing many routine items at once."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from flask import Blueprint, Flask, flash, g, redirect, render_template, request, url_for
from flask_babel import ngettext
from werkzeug.wrappers import Response

from records.circulation.phrases import phrases_of
from records.circulation.rules import Decision, Purpose
from records.circulation.signing import Opinion, sign_items
from records.circulation.telling import ReadingLine, reading_count, reading_list
from records.core.database import UnitOfWork
from records.core.errors import Conflict, Invalid
from records.people.keys import passkeys_in_use
from records.people.rules import Actor
from records.seals.request_views import ApprovalLine, approval_count, approvals_for
from web.boundary import office, reading, writing
from web.errors import sentence, status_of
from web.filters import Asked
from web.forms import read_id
from web.i18n import current_language
from web.permissions import SIGNED_IN
from web.routes import route
from web.session import actor, current_identity

readings = Blueprint("reading", __name__, url_prefix="/reading")

LINES = 50
# An approval is a decision of its own; what is only to be read or commented can be signed in a row.
ROUTINE = frozenset({Purpose.READ, Purpose.COMMENT})


@dataclass(frozen=True)
class Again:
    """A batch that was refused: why, and what had been chosen and written."""

    error: str
    chosen: frozenset[str] = frozenset()
    values: Mapping[str, str] = field(default_factory=dict)


@route(readings, "", permission=SIGNED_IN)
def index() -> tuple[str, int]:
    """Show what waits for whoever asks, also on behalf of others."""
    return _page()


@route(readings, "/sign", permission=SIGNED_IN, methods=("POST",))
def sign_batch() -> Response | tuple[str, int]:
    """Sign several items with one act and one opinion."""
    chosen = chosen_items()
    try:
        with writing() as uow:
            opinion = Opinion(Decision.READ, request.form.get("opinion", "").strip() or None)
            receipts = sign_items(
                uow, office().vault, actor(), item_ids=needed(chosen), opinion=opinion
            )
    except (Invalid, Conflict) as refusal:
        kept = frozenset(map(str, chosen))
        return _page(Again(sentence(refusal), kept, request.form), status_of(refusal))
    flash(signed_many(len(receipts)), "ok")
    here = url_for(
        "reading.index", purpose=request.args.get("purpose"), due=request.args.get("due")
    )
    return redirect(here, code=303)


def chosen_items() -> list[UUID]:
    """Return the items that a form names, each once."""
    found = (read_id(each) for each in request.form.getlist("item"))
    return list(dict.fromkeys(each for each in found if each is not None))


def needed(chosen: list[UUID]) -> list[UUID]:
    """Return the items that were chosen.

    Raises:
        Invalid: There is none.
    """
    if not chosen:
        raise Invalid("Choose at least one item.", field="item")
    return chosen


def signed_many(count: int) -> str:
    """Say how many items were signed."""
    return str(ngettext("%(num)s item is signed.", "%(num)s items are signed.", count))


def items_waiting() -> int:
    """Return how many items wait for whoever asks; counted once per request."""
    identity = current_identity()
    if identity is None or identity.actor.user_id is None:
        return 0
    if "items_waiting" not in g:
        with reading() as uow:
            g.items_waiting = reading_count(uow, identity.actor)
    found: int = g.items_waiting
    return found


def approvals_waiting() -> int:
    """Return how many seal requests wait for whoever asks; counted once per request."""
    identity = current_identity()
    if identity is None or identity.actor.user_id is None:
        return 0
    if "approvals_waiting" not in g:
        with reading() as uow:
            g.approvals_waiting = approval_count(uow, identity.actor)
    found: int = g.approvals_waiting
    return found


def _page(again: Again | None = None, status: int = 200) -> tuple[str, int]:
    person = actor()
    asked = Asked()
    purpose = asked.choice("purpose", [each.value for each in Purpose])
    overdue_only = asked.choice("due", ["overdue"]) is not None
    with reading() as uow:
        lines, after = _lines(uow, person, asked, purpose, overdue_only)
        seals = _seals(uow, person, asked, purpose, overdue_only)
        phrases = phrases_of(uow, person.user_id, current_language()) if person.user_id else []
        by_passkey = bool(person.user_id and passkeys_in_use(uow, person.user_id))
    text = render_template(
        "reading/index.html",
        overdue=[each for each in lines if each.overdue],
        coming=[each for each in lines if not each.overdue],
        routine=ROUTINE,
        total=items_waiting() + approvals_waiting(),
        seals=seals,
        next=after,
        purpose=purpose,
        overdue_only=overdue_only,
        phrases=phrases,
        by_passkey=by_passkey,
        problems=asked.problems,
        again=again,
    )
    return text, asked.status() if status == 200 else status


def _seals(
    uow: UnitOfWork, person: Actor, asked: Asked, purpose: str | None, overdue_only: bool
) -> list[ApprovalLine]:
    """Return the seal requests to decide; they stand on the first page, and have no deadline."""
    if overdue_only or asked.text("cursor") or purpose not in (None, Purpose.APPROVE):
        return []
    found = approvals_for(uow, person)
    g.approvals_waiting = len(found)
    return found


def _lines(
    uow: UnitOfWork, person: Actor, asked: Asked, purpose: str | None, overdue_only: bool
) -> tuple[list[ReadingLine], str | None]:
    wanted = Purpose(purpose) if purpose else None

    def read(cursor: str | None) -> tuple[list[ReadingLine], str | None]:
        return reading_list(
            uow, person, cursor=cursor, limit=LINES, purpose=wanted, overdue_only=overdue_only
        )

    return asked.page(read)


def init_app(app: Flask) -> None:
    """Add what is to be read, with whatever else stands on its blueprint."""
    app.register_blueprint(readings)
