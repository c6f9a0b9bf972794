"""Suggestions for the fields that take a person, a unit, a group or a class.

By a part of the name, its pinyin or its initials; the answer is `[{id, label, detail}]`. Units and
classes go by their codes, as everywhere in forms; whom a document is shared with by kind and id.
"""

from uuid import UUID

from flask import Blueprint, Flask, Response, jsonify, request

from records.circulation.choices import find_choices
from records.classification.plan import find_classes
from records.core.errors import Invalid
from records.people.organization import find_groups, find_units
from records.people.rules import PrincipalKind
from records.people.service import find_users
from web.boundary import reading
from web.permissions import CIRCULATORS, SHARERS, SIGNED_IN
from web.routes import route
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


@route(pick, "/colleagues", permission=CIRCULATORS)
def colleagues() -> Response:
    """Suggest people, for those who urge and those who are told when nothing helps."""
    with reading() as uow:
        found = find_users(uow, _typed())
        return _options([_option(str(each.id), each.name, each.login) for each in found])


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
