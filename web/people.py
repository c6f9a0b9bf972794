"""Users: who they are, which posts they hold, what they are cleared for, and their accounts."""

from collections.abc import Callable
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

from records.audit.browsing import entries_about_person
from records.core.database import UnitOfWork
from records.core.errors import Conflict, Invalid, NotFound, Refusal
from records.people import service
from records.people.directory import (
    HeldPlace,
    UserFilters,
    find_posts,
    list_users,
    places_of_users,
)
from records.people.models import User
from records.people.organization import assign, end_assignment, unit_by_code
from records.people.rules import Act, Role, Secrecy
from records.people.second_factor import reset_factor
from records.people.sessions import end_sessions_of
from web.boundary import reading, writing
from web.errors import sentence, status_of
from web.events import told
from web.filters import Asked
from web.forms import day_of, read_id
from web.permissions import CLEARANCE_GIVERS, PEOPLE_KEEPERS, USER_KEEPERS
from web.routes import route
from web.session import actor
from web.words import choices

people = Blueprint("people", __name__)

LINES = 50


# The list ---------------------------------------------------------------------------------------


@route(people, "/users", permission=PEOPLE_KEEPERS)
def users() -> tuple[str, int]:
    """List the users."""
    return _users_page()


def _users_page(
    refusal: Refusal | None = None,
    *,
    reopen: str | None = None,
    password: tuple[str, str] | None = None,
) -> tuple[str, int]:
    asked = Asked()
    role = asked.choice("role", [each.value for each in Role])
    state = asked.choice("state", ("active", "disabled"))
    typed, unit_code = asked.text("q"), asked.text("unit") or asked.text("unit_text")
    with reading() as uow:
        unit = _unit(uow, asked, unit_code)
        filters = UserFilters(
            typed, Role(role) if role else None, unit[0] if unit else None, _closed(state)
        )
        cursor = asked.text("cursor") or None
        try:
            found, following, previous = list_users(
                uow, filters=filters, cursor=cursor, limit=LINES
            )
        except Invalid as wrong:
            asked.problems.append(sentence(wrong))
            found, following, previous = list_users(uow, filters=filters, limit=LINES)
        posts = places_of_users(uow, [each.id for each in found])
    page = render_template(
        "people/users.html",
        users=[_user_line(each, posts[each.id]) for each in found],
        typed=typed,
        state=state or "",
        role=role or "",
        unit=(unit_code, unit[1]) if unit else None,
        previous=previous,
        next=following,
        may_add=actor().may(Act.KEEP_USERS),
        roles=choices("role"),
        problems=asked.problems,
        values=request.form,
        reopen=reopen,
        errors=_errors(refusal),
        password=password,
    )
    return page, status_of(refusal) if refusal else asked.status()


def _unit(uow: UnitOfWork, asked: Asked, code: str) -> tuple[UUID, str] | None:
    if not code:
        return None
    try:
        found = unit_by_code(uow, code)
    except Invalid:
        asked.complain("unit", code)
        return None
    return found.id, found.name


def _closed(state: str | None) -> bool | None:
    return None if state is None else state == "disabled"


def _user_line(user: User, posts: list[HeldPlace]) -> dict[str, Any]:
    return {
        "id": user.id,
        "login": user.login,
        "name": user.name,
        "clearance": Secrecy(user.clearance),
        "disabled_at": user.disabled_at,
        "posts": [(each.unit, each.title) for each in posts],
        "href": url_for("people.user", user_id=user.id),
    }


@route(people, "/users/new", permission=USER_KEEPERS, methods=("POST",))
def add_user() -> tuple[str, int]:
    """Add a user, and show the one-time password in the answer: it is kept nowhere."""
    form = request.form
    try:
        roles = frozenset(Role(each) for each in form.getlist("role") if each in set(Role))
        with writing() as uow:
            unit = unit_by_code(uow, form.get("unit") or form.get("unit_text", ""))
            added, password = service.add_user(
                uow,
                actor(),
                login=form.get("login", ""),
                name=form.get("name") or None,
                roles=roles,
                unit_id=unit.id,
                title=form.get("title") or None,
                email=form.get("email") or None,
            )
            login = added.login
    except (Invalid, Conflict) as refusal:
        return _users_page(refusal, reopen="add-user")
    return _users_page(password=(login, password))


# One user ---------------------------------------------------------------------------------------


@route(people, "/users/<uuid:user_id>", permission=PEOPLE_KEEPERS)
def user(user_id: UUID) -> str:
    """Show a user."""
    return _user_page(user_id)


def _user_page(
    user_id: UUID,
    refusal: Refusal | None = None,
    *,
    reopen: str | None = None,
    password: str | None = None,
) -> str:
    person = actor()
    with reading() as uow:
        found = service.get_user(uow, user_id)
        posts = places_of_users(uow, [user_id], past=True)[user_id]
        entries = entries_about_person(uow, person, user_id, families=("person", "post"))
    return render_template(
        "people/user.html",
        user=found,
        clearance=Secrecy(found.clearance),
        posts=posts,
        timeline=[
            {
                "at": each.at,
                "who": each.who or gettext("Chancery"),
                "post": each.posts[0] if each.posts else None,
                "text": told(each).text,
                "note": told(each).note,
            }
            for each in reversed(entries)
        ],
        password=password,
        may={
            "keep": person.may(Act.KEEP_USERS),
            "give_clearance": person.may(Act.GIVE_CLEARANCE),
        },
        posts_href=url_for("people.pick_posts"),
        reopen=reopen,
        errors=_errors(refusal),
        values=request.form,
    )


@route(people, "/users/<uuid:user_id>/details", permission=USER_KEEPERS, methods=("POST",))
def change_user(user_id: UUID) -> AnyResponse | tuple[str, int]:
    """Change the shown name and the mail address."""
    form = request.form

    def change(uow: UnitOfWork) -> str:
        changed = service.change_user(
            uow,
            actor(),
            user_id=user_id,
            version=form.get("version", 0, int),
            name=form.get("name", ""),
            email=form.get("email") or None,
        )
        return str(gettext("The details of %(name)s are saved.", name=changed.name))

    return _act(user_id, "details", change)


@route(people, "/users/<uuid:user_id>/posts", permission=USER_KEEPERS, methods=("POST",))
def assign_post(user_id: UUID) -> AnyResponse | tuple[str, int]:
    """Give a post."""

    def give(uow: UnitOfWork) -> str:
        assign(
            uow,
            actor(),
            user_id=user_id,
            post_id=_post_id(uow),
            from_on=day_of(request.form, "from_on"),
            until_on=day_of(request.form, "until_on"),
        )
        return str(gettext("The post is given."))

    return _act(user_id, "assign", give)


@route(
    people,
    "/users/<uuid:user_id>/posts/<uuid:assignment_id>/end",
    permission=USER_KEEPERS,
    methods=("POST",),
)
def end_post(user_id: UUID, assignment_id: UUID) -> AnyResponse | tuple[str, int]:
    """Let a person leave a post, at once or at the end of a day."""

    def leave(uow: UnitOfWork) -> str:
        held = places_of_users(uow, [user_id], past=True)[user_id]
        if assignment_id not in {each.assignment_id for each in held}:
            raise NotFound
        end_assignment(
            uow, actor(), assignment_id=assignment_id, until_on=day_of(request.form, "until_on")
        )
        return str(gettext("The post is given up."))

    return _act(user_id, f"end-{assignment_id}", leave)


@route(people, "/users/<uuid:user_id>/clearance", permission=CLEARANCE_GIVERS, methods=("POST",))
def give_clearance(user_id: UUID) -> AnyResponse | tuple[str, int]:
    """Set the clearance."""

    def give(uow: UnitOfWork) -> str:
        level = Secrecy.from_code(request.form.get("clearance", ""), field="clearance")
        service.give_clearance(uow, actor(), user_id=user_id, clearance=level)
        return str(gettext("The clearance is changed."))

    return _act(user_id, "clearance-dialog", give)


@route(people, "/users/<uuid:user_id>/disabling", permission=USER_KEEPERS, methods=("POST",))
def disable(user_id: UUID) -> AnyResponse | tuple[str, int]:
    """Close the account."""

    def close(uow: UnitOfWork) -> str:
        service.disable_user(uow, actor(), user_id=user_id)
        return str(gettext("The account is closed."))

    return _act(user_id, "disable", close)


@route(people, "/users/<uuid:user_id>/enabling", permission=USER_KEEPERS, methods=("POST",))
def enable(user_id: UUID) -> AnyResponse | tuple[str, int]:
    """Open the account again."""

    def reopen(uow: UnitOfWork) -> str:
        service.enable_user(uow, actor(), user_id=user_id)
        return str(gettext("The account is open again."))

    return _act(user_id, "disable", reopen)


@route(people, "/users/<uuid:user_id>/password", permission=USER_KEEPERS, methods=("POST",))
def reset_password(user_id: UUID) -> str:
    """Make a new password, and show it in the answer: it is kept nowhere."""
    with writing() as uow:
        password = service.reset_password(uow, actor(), user_id=user_id)
    return _user_page(user_id, password=password)


def _act(
    user_id: UUID, dialog: str, act: Callable[[UnitOfWork], str]
) -> AnyResponse | tuple[str, int]:
    """Do one thing to a user, and go back to the page or to the dialog that was refused."""
    try:
        with writing() as uow:
            said = act(uow)
    except (Invalid, Conflict) as refusal:
        return _user_page(user_id, refusal, reopen=dialog), status_of(refusal)
    flash(said, "ok")
    return redirect(url_for("people.user", user_id=user_id), code=303)


@route(people, "/users/<uuid:user_id>/sessions/end", permission=CLEARANCE_GIVERS, methods=("POST",))
def end_sessions(user_id: UUID) -> AnyResponse | tuple[str, int]:
    """End all sessions of a person."""

    def end(uow: UnitOfWork) -> str:
        end_sessions_of(uow, actor(), user_id=user_id)
        return str(gettext("All sessions of this person have ended."))

    return _act(user_id, "sessions", end)


@route(people, "/users/<uuid:user_id>/factor/reset", permission=CLEARANCE_GIVERS, methods=("POST",))
def reset_second_factor(user_id: UUID) -> AnyResponse | tuple[str, int]:
    """Take a lost second factor away."""

    def reset(uow: UnitOfWork) -> str:
        reset_factor(uow, actor(), user_id=user_id, reason=request.form.get("reason", ""))
        return str(gettext("The second factor is reset."))

    return _act(user_id, "factor", reset)


@route(people, "/pick/posts", permission=USER_KEEPERS)
def pick_posts() -> Response:
    """Suggest posts by a part of the title or of the unit's name."""
    with reading() as uow:
        found = find_posts(uow, request.args.get("q", ""))
    options = [
        {"id": str(post_id), "label": f"{unit} · {title}", "detail": ""}
        for post_id, title, unit in found
    ]
    return jsonify(options)


def _post_id(uow: UnitOfWork) -> UUID:
    chosen = read_id(request.form.get("post", ""))
    if chosen is not None:
        return chosen
    # Without script: what was typed must mean one post.
    typed = request.form.get("post_text", "").rpartition("·")[2].strip()
    found = find_posts(uow, typed, limit=2) if typed else []
    if len(found) != 1:
        raise Invalid("Choose a post from the list.", field="post")
    return found[0][0]


def _errors(refusal: Refusal | None) -> dict[str, str]:
    if refusal is None:
        return {}
    # The services name the parts of a period and of an account by their REST names.
    field = {"until": "until_on", "from": "from_on", "roles": "role"}.get(
        refusal.field or "", refusal.field or ""
    )
    return {field: sentence(refusal)}


def init_app(app: Flask) -> None:
    """Add the users."""
    app.register_blueprint(people)
