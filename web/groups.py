"""Groups: named sets of people from any units, such as a committee."""

from typing import Any
from uuid import UUID

from flask import (
    Blueprint,
    Flask,
    Response,
    flash,
    jsonify,
    redirect,
    render_template,
    request,
    url_for,
)
from flask_babel import gettext
from werkzeug.wrappers import Response as AnyResponse

from records.core.database import UnitOfWork
from records.core.errors import Conflict, Invalid, NotFound, Refusal
from records.people.directory import GroupLine, UserFilters, all_groups, list_users
from records.people.groups import add_group, change_group
from records.people.rules import Act
from records.people.service import find_users
from web.boundary import reading, writing
from web.errors import sentence, status_of
from web.forms import read_id
from web.permissions import PEOPLE_KEEPERS, UNIT_KEEPERS
from web.routes import route
from web.session import actor

groups = Blueprint("groups", __name__)


@route(groups, "/groups", permission=PEOPLE_KEEPERS)
def index() -> str:
    """List the groups; `?group=<id>` opens the form of one."""
    chosen = request.args.get("group")
    if not chosen:
        return _page(None, {})
    with reading() as uow:
        group = next((each for each in all_groups(uow) if str(each.id) == chosen), None)
    if group is None:
        raise NotFound
    return _page(group, {"name": group.name}, is_open=True)


@route(groups, "/groups", permission=UNIT_KEEPERS, methods=("POST",))
def save() -> AnyResponse | tuple[str, int]:
    """Add a group, or change name and members of the one that the form names."""
    form = request.form
    chosen = form.get("id", "")
    try:
        with writing() as uow:
            members = list(filter(None, map(read_id, form.getlist("member"))))
            members += _newcomer(uow)
            if chosen:
                group = change_group(
                    uow,
                    actor(),
                    group_id=_known(uow, chosen).id,
                    name=form.get("name", ""),
                    user_ids=members,
                )
            else:
                group = add_group(uow, actor(), name=form.get("name", ""), user_ids=members)
            name = group.name
    except (Invalid, Conflict) as refusal:
        with reading() as uow:
            line = _known(uow, chosen) if chosen else None
        return _page(line, form, refusal, is_open=True), status_of(refusal)
    flash(gettext("The group %(name)s is saved.", name=name), "ok")
    return redirect(url_for("groups.index"), code=303)


@route(groups, "/pick/people", permission=UNIT_KEEPERS)
def pick_people() -> Response:
    """Suggest people by a part of the name or its pinyin."""
    with reading() as uow:
        found = find_users(uow, request.args.get("q", ""))
    return jsonify(
        [{"id": str(each.id), "label": each.name, "detail": each.login} for each in found]
    )


def _newcomer(uow: UnitOfWork) -> list[UUID]:
    chosen = read_id(request.form.get("person", ""))
    if chosen is not None:
        return [chosen]
    typed = request.form.get("person_text", "").strip()
    if not typed:
        return []
    # Without script: what was typed must mean one person.
    found, _, _ = list_users(uow, filters=UserFilters(typed, closed=False), limit=20)
    exact = [each for each in found if typed.casefold() in (each.login, each.name.casefold())]
    if len(exact or found) != 1:
        raise Invalid("Choose a person from the list.", field="person")
    return [(exact or found)[0].id]


def _known(uow: UnitOfWork, group_id: str) -> GroupLine:
    found = next((each for each in all_groups(uow) if str(each.id) == group_id), None)
    if found is None:
        raise NotFound
    return found


def _page(
    chosen: GroupLine | None,
    values: Any,
    refusal: Refusal | None = None,
    *,
    is_open: bool = False,
) -> str:
    may_edit = actor().may(Act.KEEP_UNITS)
    with reading() as uow:
        found = all_groups(uow)
    return render_template(
        "people/groups.html",
        lines=found,
        chosen=chosen,
        values=values,
        may_edit=may_edit,
        reopen="group-dialog" if is_open and may_edit else None,
        errors={refusal.field or "": sentence(refusal)} if refusal else {},
    )


def init_app(app: Flask) -> None:
    """Add the groups."""
    app.register_blueprint(groups)
