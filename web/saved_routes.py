"""Saved routes: stages that a unit uses again and again."""

from collections.abc import Mapping, Sequence
from uuid import UUID, uuid4

from flask import Blueprint, Flask, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from records.circulation.models import Route
from records.circulation.plans import ReaderChoice
from records.circulation.routes import (
    RouteLine,
    RouteStage,
    Template,
    remove_route,
    routes_for,
    save_route,
    template_stages,
)
from records.circulation.rules import Purpose
from records.core.database import UnitOfWork
from records.core.errors import Conflict, Invalid, NotFound, Refusal
from records.people.rules import ALLOWED, Act, Actor
from web.boundary import reading, writing
from web.errors import sentence, status_of
from web.forms import Errors, read_id
from web.permissions import CIRCULATORS
from web.routes import route
from web.session import actor
from web.stages import (
    StageForm,
    append_stages,
    change,
    days_of,
    from_plans,
    read_stages,
    shown_stages,
    take_typed,
)
from web.submitting import KEY, once

saved_routes = Blueprint("saved_routes", __name__, url_prefix="/routes")

_PLACES = {"stages": "readers", "due_days": "readers", "days": "readers"}
_KNOWN = frozenset({"readers", "name", "unit", "purpose"})

Answer = Response | tuple[str, int] | str


# For other forms --------------------------------------------------------------------------------


def units_of(person: Actor) -> list[tuple[UUID, str]]:
    """Return the units for which a person can keep routes."""
    named = {
        post.unit_id: post.unit_name for post in person.posts if post.roles & ALLOWED[Act.CIRCULATE]
    }
    return sorted(named.items(), key=lambda each: each[1])


def more_stages(uow: UnitOfWork, wanted: Template | UUID) -> list[StageForm]:
    """Return the stages of a template or of a saved route, for a form.

    Raises:
        NotFound: It is no route of this person's units.
    """
    if isinstance(wanted, Template):
        return from_plans(template_stages(uow, wanted))
    return _stages_of(_known(uow, wanted))


def usable_route(uow: UnitOfWork, route_id: UUID) -> tuple[list[StageForm], dict[str, str]] | None:
    """Return the stages and values that a saved route gives a form; None where it is gone."""
    try:
        line = _known(uow, route_id)
    except NotFound:
        return None
    return _stages_of(line), {"purpose": line.purpose.value}


def keep_route(
    uow: UnitOfWork,
    values: Mapping[str, str],
    stages: Sequence[StageForm],
    line: RouteLine | None = None,
) -> Route:
    """Save the stages of a form as a route, or change one."""
    unit_id, purpose = read_id(values.get("unit", "")), values.get("purpose", "")
    if unit_id is None:
        raise Invalid("Choose a unit.", field="unit")
    if purpose not in set(Purpose):
        raise Invalid("Choose why it is circulated.", field="purpose")
    return save_route(
        uow,
        actor(),
        route_id=line.id if line else None,
        version=request.form.get("version", type=int) if line else None,
        unit_id=unit_id,
        name=values.get("name", ""),
        purpose=Purpose(purpose),
        stages=[
            RouteStage(tuple(ReaderChoice(*key) for key in stage.keys), days_of(stage.days))
            for stage in stages
            if stage.keys
        ],
    )


# The screens ------------------------------------------------------------------------------------


@route(saved_routes, "", permission=CIRCULATORS)
def index() -> str:
    """List the routes of the reader's units."""
    with reading() as uow:
        lines = routes_for(uow, actor())
    asked = request.args.get("remove", "")
    return render_template(
        "rounds/routes.html",
        lines=lines,
        reopen="remove" if asked else None,
        asked=next((each for each in lines if str(each.id) == asked), None),
    )


@route(saved_routes, "/new", permission=CIRCULATORS)
def new() -> str:
    """Show the form of a new route."""
    return _page(None, [StageForm()], {"purpose": "read"})


@route(saved_routes, "/new", permission=CIRCULATORS, methods=("POST",))
def add() -> Answer:
    """Save a new route."""
    return _keep(None)


@route(saved_routes, "/<uuid:route_id>", permission=CIRCULATORS)
def show(route_id: UUID) -> str:
    """Show the form of a route."""
    with reading() as uow:
        line = _known(uow, route_id)
    values = {"name": line.name, "unit": str(line.unit_id), "purpose": line.purpose.value}
    return _page(line, _stages_of(line), values)


@route(saved_routes, "/<uuid:route_id>", permission=CIRCULATORS, methods=("POST",))
def save(route_id: UUID) -> Answer:
    """Change a route."""
    with reading() as uow:
        line = _known(uow, route_id)
    return _keep(line)


@route(saved_routes, "/remove", permission=CIRCULATORS, methods=("POST",))
def remove() -> Response:
    """Remove a route; rounds that were made from it stay."""
    route_id = read_id(request.form.get("route", ""))
    with writing() as uow:
        if route_id is None:
            raise NotFound
        name = _known(uow, route_id).name
        remove_route(uow, actor(), route_id=route_id)
    flash(gettext("The route %(name)s is removed.", name=name), "ok")
    return redirect(url_for("saved_routes.index"), code=303)


def _keep(line: RouteLine | None) -> Answer:
    form = request.form
    values = {name: form.get(name, "") for name in ("name", "unit", "purpose", KEY)}
    stages, act = read_stages(form), form.get("act", "save")
    with reading() as uow:
        clear = take_typed(uow, stages)
        if act != "save":
            stages = _changed(uow, stages, act)
    if act != "save":
        return _page(line, stages, values)
    if not clear:
        return _page(line, stages, values), 422

    def make(uow: UnitOfWork) -> list[str]:
        return [keep_route(uow, values, stages, line).name]

    try:
        (name,) = once(make)
    except (Invalid, Conflict) as refusal:
        return _page(line, stages, values, _errors(refusal)), status_of(refusal)
    flash(gettext("The route %(name)s is saved.", name=name), "ok")
    return redirect(url_for("saved_routes.index"), code=303)


def _changed(uow: UnitOfWork, stages: list[StageForm], act: str) -> list[StageForm]:
    what, _, rest = act.partition(".")
    if what == "template" and rest in set(Template):
        return append_stages(stages, more_stages(uow, Template(rest)))
    return change(uow, stages, act)


def _errors(refusal: Refusal) -> Errors:
    place = _PLACES.get(refusal.field or "", refusal.field or "")
    return {place if place in _KNOWN else "": sentence(refusal)}


def _page(
    line: RouteLine | None,
    stages: Sequence[StageForm],
    values: Mapping[str, str],
    errors: Errors | None = None,
) -> str:
    with reading() as uow:
        shown = shown_stages(uow, stages)
    found = errors or {}
    if request.headers.get("HX-Request"):
        return render_template("rounds/stages.html", stages=shown, error=found.get("readers"))
    return render_template(
        "rounds/route.html",
        line=line,
        stages=shown,
        values={KEY: str(uuid4()), **values},
        units=units_of(actor()),
        errors=found,
    )


def _known(uow: UnitOfWork, route_id: UUID) -> RouteLine:
    found = next((each for each in routes_for(uow, actor()) if each.id == route_id), None)
    if found is None:
        raise NotFound
    return found


def _stages_of(line: RouteLine) -> list[StageForm]:
    return [
        StageForm([(each.kind, each.id) for each in stage.readers], str(stage.due_days or ""))
        for stage in line.stages
    ]


def init_app(app: Flask) -> None:
    """Add the saved routes."""
    app.register_blueprint(saved_routes)
