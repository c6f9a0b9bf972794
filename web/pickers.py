"""Suggestions for the fields that take a person, a unit, a group or a class.

By a part of the name, its pinyin or its initials; the answer is `[{id, label, detail}]`. Units and
classes go by their codes, as everywhere in forms; whom a document is shared with by kind and id.
"""

from collections.abc import Mapping
from uuid import UUID

from flask import Blueprint, Flask, Response, jsonify, request

from records.circulation.choices import find_choices
from records.classification.plan import find_classes
from records.core.database import UnitOfWork
from records.core.errors import Invalid
from records.people.directory import places_of_users
from records.people.groups import find_groups
from records.people.organization import find_units
from records.people.rules import PrincipalKind
from records.people.service import find_users
from web.boundary import reading
from web.forms import read_id
from web.permissions import CIRCULATORS, SHARERS, SIGNED_IN
from web.routes import route
from web.session import actor
from web.stages import detail_of
from web.words import word

pick = Blueprint("pick", __name__, url_prefix="/pick")

Option = dict[str, str]
_OF_EACH_KIND = 8


@route(pick, "/units", permission=SIGNED_IN)
def units() -> Response:
    """Suggest units."""
    with reading() as uow:
        found = find_units(uow, _typed())
        return _options([_option(each.code, each.name, each.code) for each in found])


@route(pick, "/classes", permission=SIGNED_IN)
def classes() -> Response:
    """Suggest classes that take documents."""
    with reading() as uow:
        found = [each for each in find_classes(uow, _typed()) if each.retention is not None]
        return _options([_option(each.code, f"{each.code} {each.title}") for each in found])


@route(pick, "/colleagues", permission=SIGNED_IN)
def colleagues() -> Response:
    """Suggest people other than whoever asks, each with a post that they hold."""
    with reading() as uow:
        me = actor().user_id
        found = [each for each in find_users(uow, _typed()) if each.id != me]
        posts = places_of_users(uow, [each.id for each in found])
    options = []
    for each in found:
        held = next((post for post in posts[each.id] if not post.is_over), None)
        detail = f"{held.unit} · {held.title}" if held else each.login
        options.append(_option(str(each.id), each.name, detail))
    return _options(options)


@route(pick, "/principals", permission=SHARERS)
def principals() -> Response:
    """Suggest people, units and groups with whom a document can be shared."""
    with reading() as uow:
        typed = _typed()
        people = find_users(uow, typed, limit=_OF_EACH_KIND)
        some_units = find_units(uow, typed, limit=_OF_EACH_KIND)
        groups = find_groups(uow, typed, limit=_OF_EACH_KIND)
        return _options(
            [
                *(
                    _principal(PrincipalKind.USER, each.id, each.name, each.login)
                    for each in people
                ),
                *(
                    _principal(PrincipalKind.UNIT, each.id, each.name, _kind(PrincipalKind.UNIT))
                    for each in some_units
                ),
                *(
                    _principal(PrincipalKind.GROUP, each.id, each.name, _kind(PrincipalKind.GROUP))
                    for each in groups
                ),
            ]
        )


@route(pick, "/readers", permission=CIRCULATORS)
def readers() -> Response:
    """Suggest to whom a document can be sent round: people, posts, groups and units."""
    with reading() as uow:
        found = find_choices(uow, _typed())
    return _options([_option(each.key, each.name, detail_of(each)) for each in found])


def read_principal(text: str) -> tuple[PrincipalKind, UUID]:
    """Return whom the id of a suggestion names.

    Raises:
        Invalid: Nobody.
    """
    kind, _, number = text.partition(":")
    try:
        return PrincipalKind(kind), UUID(number)
    except ValueError:
        raise Invalid("Choose a person, a unit or a group from the list.", field="with") from None


def read_person(uow: UnitOfWork, form: Mapping[str, str], name: str) -> UUID | None:
    """Return the person in a field, None when it is empty.

    Without script the typed text itself comes back; it must mean one person.

    Raises:
        Invalid: It means nobody, or several.
    """
    chosen = read_id(form.get(name, ""))
    if chosen is not None:
        return chosen
    typed = form.get(f"{name}_text", "").strip()
    if not typed:
        return None
    found = find_users(uow, typed)
    exact = [each for each in found if typed.casefold() in (each.login, each.name.casefold())]
    if len(exact or found) != 1:
        raise Invalid("Choose a person from the list.", field=name)
    return (exact or found)[0].id


def _typed() -> str:
    return request.args.get("q", "").strip()


def _option(key: str, label: str, detail: str = "") -> Option:
    return {"id": key, "label": label, "detail": detail}


def _principal(kind: PrincipalKind, number: UUID, name: str, detail: str) -> Option:
    return _option(f"{kind}:{number}", name, detail)


def _kind(kind: PrincipalKind) -> str:
    return str(word("principal", kind).text)


def _options(found: list[Option]) -> Response:
    return jsonify(found)


def init_app(app: Flask) -> None:
    """Add the suggestions."""
    app.register_blueprint(pick)
