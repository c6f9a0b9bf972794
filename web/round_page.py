"""One round as a picture: stages one after another, each reader with what became of it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

from flask import render_template, request

from records.circulation.models import Round
from records.circulation.rules import HELD, ItemState, RoundState, StageState
from records.circulation.telling import RoundView, StageView, round_view
from records.core.database import UnitOfWork
from records.core.rows import get_row
from records.people.rules import Act
from web.boundary import reading
from web.composing import draft_page
from web.forms import Errors
from web.permissions import SIGNED_IN
from web.planning import due_choices
from web.progress import progress_of
from web.rounds import rounds
from web.routes import route
from web.session import actor
from web.stages import StageForm, shown_stages


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
            once=str(uuid4()),
            chosen=shown_stages(uow, stages) if view.manages else [],
            due_choices=due_choices(uow),
            today=uow.today,
        )


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
