"""One round as a picture: stages one after another, each reader with what became of it."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from flask import render_template, request
from flask_babel import gettext

from records.circulation.models import Round
from records.circulation.rules import HELD, ItemState, RoundState, StageState
from records.circulation.telling import ItemView, RoundView, StageView, round_view
from records.core.database import UnitOfWork
from records.core.rows import get_row
from records.people.rules import Act
from web.boundary import reading
from web.composing import draft_page
from web.forms import Errors
from web.permissions import SIGNED_IN
from web.planning import due_choices
from web.rounds import rounds
from web.routes import route
from web.session import actor
from web.stages import StageForm, shown_stages

# The order of a bar: what is done first, what is to come after it, what fell out at the end.
BAR = ("signed", "opened", "delivered", "returned", "waiting", "delegated", "skipped", "recalled")
# An item that fell out is counted through the one that follows it, or not at all.
_OUT = frozenset({"delegated", "skipped", "recalled"})


@dataclass(frozen=True)
class Progress:
    """How far a round is.

    Attributes:
        parts: States in the order of the bar, each with its number of readers.
        asked: How many signatures are asked for.
    """

    parts: Sequence[tuple[str, int]]
    signed: int
    asked: int
    overdue: int


@dataclass(frozen=True)
class Reopened:
    """A dialog that stands open: as it was refused, or asked for without script."""

    dialog: str
    values: Mapping[str, str]
    errors: Errors = field(default_factory=dict)
    stages: Sequence[StageForm] = ()


@route(rounds, "/<uuid:round_id>", permission=SIGNED_IN)
def show(round_id: UUID) -> str:
    """Show a round; a draft as its form. `?ask=` opens a dialog, for whoever has no script."""
    asked = request.args.get("ask")
    reopened = Reopened(asked, request.args.to_dict()) if asked else None
    return round_page(round_id, reopened)


@route(rounds, "/<uuid:round_id>/picture", permission=SIGNED_IN)
def picture(round_id: UUID) -> str:
    """Give the picture alone, for a page that stands open while the round goes on."""
    with reading() as uow:
        view = round_view(uow, actor(), round_id)
        return render_template("rounds/picture.html", **_facts(uow, view))


def round_page(round_id: UUID, reopened: Reopened | None = None) -> str:
    """Return the page of a round, with a dialog open where one was refused."""
    with reading() as uow:
        view = round_view(uow, actor(), round_id)
        if view.state == RoundState.DRAFT:
            return draft_page(uow, get_row(uow, Round, round_id))
        stages = list(reopened.stages) if reopened and reopened.stages else [StageForm()]
        return render_template(
            "rounds/show.html",
            **_facts(uow, view),
            reopen=reopened.dialog if reopened else None,
            errors=reopened.errors if reopened else {},
            values=reopened.values if reopened else {},
            chosen=shown_stages(uow, stages) if view.manages else [],
            due_choices=due_choices(uow),
            today=uow.today,
        )


def progress(counts: Mapping[str, int], overdue: int) -> Progress:
    """Return the progress of a round from its readers by state."""
    parts = [(state, counts[state]) for state in BAR if counts.get(state)]
    asked = sum(number for state, number in parts if state not in _OUT)
    return Progress(parts, counts.get("signed", 0), asked, overdue)


def progress_of(view: RoundView) -> Progress:
    """Return the progress of a round that is shown as a whole."""
    items = [item for stage in view.stages for item in stage.items]
    counts = Counter("skipped" if _is_settled(item) else str(item.state) for item in items)
    return progress(counts, sum(item.overdue for item in items))


def _is_settled(item: ItemView) -> bool:
    return item.state == ItemState.RETURNED and item.settled


def _facts(uow: UnitOfWork, view: RoundView) -> dict[str, Any]:
    items = [item for stage in view.stages for item in stage.items]
    return {
        "round": view,
        "progress": progress_of(view),
        "now": uow.now,
        "held": sum(item.state in HELD for item in items),
        "returned": [
            item for item in items if item.state == ItemState.RETURNED and not item.settled
        ],
        "movable": _movable(view.stages),
        "may_circulate": actor().may(Act.CIRCULATE),
    }


def _movable(stages: Iterable[StageView]) -> list[UUID]:
    """Return the stages whose order can be changed."""
    waiting = [each.id for each in stages if each.state == StageState.WAITING]
    return waiting if len(waiting) > 1 else []


def stage_name(stage: StageView) -> str:
    """Return what a stage is called in a choice."""
    return str(gettext("Stage %(number)s", number=stage.position + 1))
