"""Composing a round: for whom, in which order, why and until when; as a draft, or sent at once.

Everything that is not final (adding a typed name, moving a reader, taking a template) comes back
as the same form, changed; to htmx only its stages.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID, uuid4

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext, ngettext
from werkzeug.wrappers import Response

from records.circulation.advancing import items_of, stages_of
from records.circulation.models import Round
from records.circulation.plans import StagePlan
from records.circulation.routes import Template, routes_for
from records.circulation.rules import RoundState
from records.circulation.sending import (
    change_draft,
    discard_draft,
    draft_round,
    send_round,
    start_rounds,
)
from records.core.database import UnitOfWork
from records.core.errors import Conflict, Invalid, NotFound, Refusal
from records.core.rows import get_row
from records.documents.listing import DocumentLine, lines_of
from records.documents.visibility import get_document, visible_ids
from web.boundary import reading, writing
from web.errors import sentence, status_of
from web.forms import Errors, read_id
from web.permissions import CIRCULATORS
from web.planning import (
    ESCALATE_AFTER_HOURS,
    FIELDS,
    REMIND_BEFORE_HOURS,
    REPEAT_HOURS,
    due_choices,
    read_plan,
    values_of,
)
from web.rounds import rounds
from web.routes import route
from web.saved_routes import keep_route, more_stages, units_of, usable_route
from web.session import actor
from web.stages import (
    StageForm,
    append_stages,
    change,
    from_plans,
    read_stages,
    shown_stages,
    take_typed,
)
from web.submitting import KEY, once

MOST_DOCUMENTS = 100
_FINAL = ("send", "draft", "discard")
# Where the form shows what a service says of a field.
_PLACES = {
    "stages": "readers",
    "due_days": "readers",
    "days": "readers",
    "due_at": "due",
    "due_on": "due",
    "urger_id": "urger",
    "escalate_to_id": "escalate_to",
}
_KNOWN = frozenset({*FIELDS, "readers"})

Answer = Response | tuple[str, int] | str


@dataclass
class Composition:
    """What stands in the form.

    Attributes:
        values: The fields besides the readers, as text.
        draft: The draft that is being changed, None for a new round.
    """

    documents: Sequence[DocumentLine]
    stages: list[StageForm]
    values: dict[str, str]
    draft: Round | None = None
    errors: Errors = field(default_factory=dict)


# New rounds -------------------------------------------------------------------------------------


@route(rounds, "/new", permission=CIRCULATORS)
def new() -> str:
    """Show the form of a new round, of one document or of several, by a saved route if asked."""
    with reading() as uow:
        documents = _documents(uow, request.args.getlist("document"))
        route_id = read_id(request.args.get("route", ""))
        found = usable_route(uow, route_id) if route_id is not None else None
        if found is None:
            return _page(uow, Composition(documents, [StageForm()], {}))
        return _page(uow, Composition(documents, *found))


@route(rounds, "/new", permission=CIRCULATORS, methods=("POST",))
def start() -> Answer:
    """Send a new round, keep it as a draft, or give the form back changed."""
    with reading() as uow:
        made = _composed(uow, _documents(uow, request.form.getlist("document")))
    answer = _intermediate(made)
    if answer is not None:
        return answer
    sends = _act() == "send"

    def make(uow: UnitOfWork) -> list[str]:
        plan = read_plan(uow, made.values, made.stages, is_complete=sends)
        ids = [each.id for each in made.documents]
        if sends:
            sent = start_rounds(uow, actor(), document_ids=ids, plan=plan)
            return [str(each.id) for each in sent]
        return [str(draft_round(uow, actor(), document_id=each, plan=plan).id) for each in ids]

    try:
        found = once(make)
    except (Invalid, Conflict) as refusal:
        return _refused(made, refusal)
    _say(len(found), sends=sends)
    if len(found) == 1:
        return _to_round(UUID(found[0]))
    state = None if sends else RoundState.DRAFT.value
    return redirect(url_for("rounds.index", state=state), code=303)


# Drafts -----------------------------------------------------------------------------------------


def draft_page(uow: UnitOfWork, draft: Round) -> str:
    """Return the form of a draft, as its sender opens it again."""
    return _page(uow, _drafted(uow, draft))


@route(rounds, "/<uuid:round_id>", permission=CIRCULATORS, methods=("POST",))
def change_it(round_id: UUID) -> Answer:
    """Keep the changes of a draft, send it or throw it away."""
    with reading() as uow:
        draft = _own(uow, round_id)
        if draft.state != RoundState.DRAFT:
            return _to_round(round_id)  # sent already, as by a second click
        made = _composed(uow, _documents(uow, [str(draft.document_id)]), draft)
    answer = _intermediate(made)
    if answer is not None:
        return answer
    act = _act()
    try:
        with writing() as uow:
            if act == "discard":
                discard_draft(uow, actor(), round_id=round_id)
            else:
                plan = read_plan(uow, made.values, made.stages, is_complete=act == "send")
                version = request.form.get("version", type=int)
                change_draft(uow, actor(), round_id=round_id, version=version, plan=plan)
                if act == "send":
                    uow.session.flush()
                    send_round(uow, actor(), round_id=round_id)
    except (Invalid, Conflict) as refusal:
        with reading() as uow:
            if _own(uow, round_id).state != RoundState.DRAFT:
                return _to_round(round_id)
        return _refused(made, refusal)
    if act == "discard":
        flash(gettext("The draft is thrown away."), "ok")
        return redirect(url_for("documents.show", document_id=made.documents[0].id), code=303)
    _say(1, sends=act == "send")
    return _to_round(round_id)


def _own(uow: UnitOfWork, round_id: UUID) -> Round:
    """Return a round that its sender may see."""
    found = get_row(uow, Round, round_id)
    if found.sender_id != actor().user_id or found.state == RoundState.DISCARDED:
        raise NotFound
    get_document(uow, actor(), found.document_id)
    return found


def _drafted(uow: UnitOfWork, draft: Round) -> Composition:
    readers: dict[UUID, list[UUID]] = {}
    for item in items_of(uow, draft):
        readers.setdefault(item.stage_id, []).append(item.reader_id)
    plans = [
        StagePlan(tuple(readers.get(each.id, ())), each.due_days) for each in stages_of(uow, draft)
    ]
    stages = from_plans(plans) or [StageForm()]
    documents = _documents(uow, [str(draft.document_id)])
    return Composition(documents, stages, values_of(uow, draft), draft)


# The form ---------------------------------------------------------------------------------------


def _act() -> str:
    return request.form.get("act", "send")


def _composed(
    uow: UnitOfWork, documents: Sequence[DocumentLine], draft: Round | None = None
) -> Composition:
    values = {name: request.form.get(name, "") for name in FIELDS if name in request.form}
    made = Composition(documents, read_stages(request.form), values, draft)
    if not take_typed(uow, made.stages):
        made.errors["typed"] = gettext("A reader is not clear yet.")
    return made


def _intermediate(made: Composition) -> Answer | None:
    """Return the form changed by a button that ends nothing, None for the others."""
    act = _act()
    if act in _FINAL:
        if made.errors:
            return _again(made), 422
        return None
    what, _, rest = act.partition(".")
    if what == "route" and rest == "keep":
        return _keep_route(made)
    with reading() as uow:
        if what == "template" and rest in set(Template):
            made.stages = append_stages(made.stages, more_stages(uow, Template(rest)))
        elif what == "route":
            route_id = read_id(rest)
            if route_id is None:
                raise NotFound
            made.stages = append_stages(made.stages, more_stages(uow, route_id))
        else:
            made.stages = change(uow, made.stages, act)
    return _again(made)


def _keep_route(made: Composition) -> Answer:
    try:
        with writing() as uow:
            name = keep_route(uow, made.values, made.stages).name
    except (Invalid, Conflict) as refusal:
        return _refused(made, refusal)
    made.values |= {"name": ""}
    flash(gettext("The route %(name)s is saved.", name=name), "ok")
    return _again(made)


def _refused(made: Composition, refusal: Refusal) -> tuple[str, int]:
    place = _PLACES.get(refusal.field or "", refusal.field or "")
    made.errors = {place if place in _KNOWN else "": sentence(refusal)}
    return _again(made), status_of(refusal)


def _again(made: Composition) -> str:
    with reading() as uow:
        if request.headers.get("HX-Request"):
            return render_template(
                "rounds/stages.html",
                stages=shown_stages(uow, made.stages),
                error=made.errors.get("readers"),
            )
        return _page(uow, made)


def _page(uow: UnitOfWork, made: Composition) -> str:
    return render_template(
        "rounds/compose.html",
        documents=made.documents,
        draft=made.draft,
        stages=shown_stages(uow, made.stages),
        values={"purpose": "read", KEY: str(uuid4()), **made.values},
        errors=made.errors,
        due_choices=due_choices(uow),
        today=uow.today,
        routes=routes_for(uow, actor()),
        units=units_of(actor()),
        remind_before=REMIND_BEFORE_HOURS,
        repeat=REPEAT_HOURS,
        escalate_after=ESCALATE_AFTER_HOURS,
    )


def _documents(uow: UnitOfWork, texts: Sequence[str]) -> list[DocumentLine]:
    """Return the documents of the form; one that is hidden is not found, nor is none."""
    ids = list(dict.fromkeys(each for each in map(read_id, texts) if each is not None))
    if not ids or len(ids) != len(set(texts)) or len(ids) > MOST_DOCUMENTS:
        raise NotFound
    if len(visible_ids(uow, actor(), ids)) != len(ids):
        raise NotFound
    lines = lines_of(uow, ids)
    return [lines[each] for each in ids]


def _say(count: int, *, sends: bool) -> None:
    if sends:
        said = ngettext("The round is on its way.", "%(num)s rounds are on their way.", count)
    else:
        said = ngettext("The draft is kept.", "%(num)s drafts are kept.", count)
    flash(said, "ok")


def _to_round(round_id: UUID) -> Response:
    return redirect(url_for("rounds.show", round_id=round_id), code=303)
