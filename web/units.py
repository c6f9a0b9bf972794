"""Units and posts: the tree of the organization, from which all rights come."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from flask import Blueprint, Flask, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from records.core.database import UnitOfWork
from records.core.errors import Conflict, Invalid, NotFound, Refusal
from records.core.rows import get_row
from records.people.directory import PostLine, all_posts
from records.people.models import Unit
from records.people.organization import (
    DEFAULT_RANK,
    add_post,
    add_unit,
    all_units,
    change_post,
    change_unit,
    unit_by_code,
)
from records.people.rules import Act, Role
from web.boundary import reading, writing
from web.errors import sentence, status_of
from web.forms import day_of, read_id
from web.permissions import PEOPLE_KEEPERS, UNIT_KEEPERS
from web.routes import route
from web.session import actor
from web.words import choices

units = Blueprint("units", __name__, url_prefix="/units")

Values = dict[str, Any]


@route(units, "", permission=PEOPLE_KEEPERS)
def index() -> str:
    """Show the tree; `?unit=<id>` and `?post=<id>` open the form of one of them."""
    with reading() as uow:
        if request.args.get("unit"):
            return _page(_unit_values(uow, _id("unit")), "unit-dialog")
        if request.args.get("post"):
            return _page(_post_values(uow, _id("post")), "post-dialog")
    return _page({})


@route(units, "/save", permission=UNIT_KEEPERS, methods=("POST",))
def save() -> Response | tuple[str, int]:
    """Add a unit, or rename, move or end the one that the form names."""
    form = request.form

    def keep(uow: UnitOfWork) -> str:
        typed = form.get("parent", "")
        parent_id = unit_by_code(uow, typed, field="parent").id if typed else None
        if form.get("id"):
            unit = change_unit(
                uow,
                actor(),
                unit_id=_uuid(form["id"]),
                version=form.get("version", 0, int),
                name=form.get("name", ""),
                parent_id=parent_id,
                until_on=day_of(form, "until_on"),
            )
        else:
            unit = add_unit(
                uow,
                actor(),
                code=form.get("code", ""),
                name=form.get("name", ""),
                parent_id=parent_id,
            )
        return str(gettext("The unit %(name)s is saved.", name=unit.name))

    return _act("unit-dialog", keep)


@route(units, "/posts", permission=UNIT_KEEPERS, methods=("POST",))
def save_post() -> Response | tuple[str, int]:
    """Add a post, or change the one that the form names."""
    form = request.form
    roles = frozenset(Role(each) for each in form.getlist("role") if each in set(Role))

    def keep(uow: UnitOfWork) -> str:
        if form.get("id"):
            post = change_post(
                uow,
                actor(),
                post_id=_uuid(form["id"]),
                version=form.get("version", 0, int),
                title=form.get("title", ""),
                roles=roles,
                until_on=day_of(form, "until_on"),
                rank=_rank(),
            )
        else:
            unit = unit_by_code(uow, form.get("post_unit", ""), field="post_unit")
            post = add_post(
                uow,
                actor(),
                unit_id=unit.id,
                title=form.get("title", ""),
                roles=roles,
                rank=_rank() or DEFAULT_RANK,
            )
        return str(gettext("The post %(title)s is saved.", title=post.title))

    return _act("post-dialog", keep)


def _rank() -> int | None:
    """Return the order of precedence in the form, None when it is empty."""
    text = request.form.get("rank", "").strip()
    if not text:
        return None
    if not text.isascii() or not text.isdigit() or len(text) > 6:
        raise Invalid("%(text)s is not a whole number.", {"text": text}, field="rank")
    return int(text)


def _act(dialog: str, act: Callable[[UnitOfWork], str]) -> Response | tuple[str, int]:
    try:
        with writing() as uow:
            said = act(uow)
    except (Invalid, Conflict) as refusal:
        values = {**request.form.to_dict(), "roles": request.form.getlist("role")}
        return _page(values, dialog, refusal), status_of(refusal)
    flash(said, "ok")
    return redirect(url_for("units.index"), code=303)


def _page(values: Values, dialog: str | None = None, refusal: Refusal | None = None) -> str:
    may_edit = actor().may(Act.KEEP_UNITS)
    with reading() as uow:
        found = all_units(uow)
        posts = all_posts(uow)
    field = {"roles": "role", "until": "until_on"}.get(
        (refusal and refusal.field) or "", (refusal and refusal.field) or ""
    )
    return render_template(
        "people/units.html",
        roots=_tree(found, posts),
        may_edit=may_edit,
        roles=choices("role"),
        parents=[(each.code, each.name) for each in found if each.until_on is None],
        values=values,
        reopen=dialog if may_edit else None,
        errors={field: sentence(refusal)} if refusal else {},
    )


def _tree(found: list[Unit], posts: list[PostLine]) -> list[Values]:
    nodes: dict[UUID, Values] = {
        each.id: {
            "id": each.id,
            "code": each.code,
            "name": each.name,
            "until_on": each.until_on,
            "posts": [],
            "children": [],
        }
        for each in found
    }
    for post in posts:
        nodes[post.unit_id]["posts"].append(
            {
                "id": post.id,
                "title": post.title,
                "roles": post.roles,
                "rank": post.rank,
                "until_on": post.until_on,
                "holders": [name for _, name in post.holders],
            }
        )
    roots: list[Values] = []
    for each in found:
        above = nodes.get(each.parent_id) if each.parent_id else None
        (above["children"] if above else roots).append(nodes[each.id])
    return roots


def _unit_values(uow: UnitOfWork, unit_id: UUID) -> Values:
    unit = get_row(uow, Unit, unit_id)
    parent = get_row(uow, Unit, unit.parent_id).code if unit.parent_id else ""
    return {
        "id": unit.id,
        "version": unit.version,
        "code": unit.code,
        "name": unit.name,
        "parent": parent,
        "until_on": unit.until_on,
    }


def _post_values(uow: UnitOfWork, post_id: UUID) -> Values:
    post = next((each for each in all_posts(uow) if each.id == post_id), None)
    if post is None:
        raise NotFound
    return {
        "id": post.id,
        "version": post.version,
        "title": post.title,
        "roles": list(post.roles),
        "rank": post.rank,
        "until_on": post.until_on,
    }


def _id(name: str) -> UUID:
    return _uuid(request.args[name])


def _uuid(text: str) -> UUID:
    found = read_id(text)
    if found is None:
        raise NotFound
    return found


def init_app(app: Flask) -> None:
    """Add units and posts."""
    app.register_blueprint(units)
