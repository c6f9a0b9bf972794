"""Routes: stages that a unit has saved to use again, and the ones that the office is born with."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from sqlalchemy import select

from records.circulation.models import Route
from records.circulation.plans import (
    MAX_READERS,
    MAX_STAGES,
    ReaderChoice,
    StagePlan,
    check_due_days,
    expand_readers,
    held_today,
)
from records.circulation.rules import Purpose
from records.core.database import UnitOfWork
from records.core.errors import Conflict, Invalid, NotAllowed
from records.core.rows import check_version, filled, get_row
from records.people.models import Assignment, Group, Post, PostRole, Unit, User
from records.people.rules import ALLOWED, ROOT_UNIT_CODE, WORKING_ROLES, Act, Actor, Role, check_may

_NAMED: Mapping[str, type[User | Group | Unit]] = {"user": User, "group": Group, "unit": Unit}


class Template(StrEnum):
    """Routes that follow from the posts that there are."""

    LEADERS_BY_RANK = "leaders_by_rank"
    DEPARTMENT_HEADS = "department_heads"
    ALL_STAFF = "all_staff"


@dataclass(frozen=True)
class RouteStage:
    """A stage of a route: whom it means is found out when it is used."""

    readers: tuple[ReaderChoice, ...]
    due_days: int | None = None


@dataclass(frozen=True)
class RouteLine:
    """A saved route, with the names of the choices in each stage."""

    id: UUID
    unit_id: UUID
    unit_name: str
    name: str
    purpose: Purpose
    stages: tuple[RouteStage, ...]
    names: dict[UUID, str]
    version: int


def template_stages(uow: UnitOfWork, template: Template) -> tuple[StagePlan, ...]:
    """Return the stages of a template, made of the posts held today.

    Leaders of the office stand in stages by the rank of their posts; heads of departments, which
    are the leaders of the units right below the office, and the whole staff in one each.
    """
    holders = _holders(uow)
    match template:
        case Template.LEADERS_BY_RANK:
            ranks: dict[int, list[UUID]] = {}
            for each in holders:
                if each.role == Role.LEADER and each.unit_code == ROOT_UNIT_CODE:
                    ranks.setdefault(each.rank, []).append(each.user_id)
            return _stages(ranks[rank] for rank in sorted(ranks))
        case Template.DEPARTMENT_HEADS:
            root = uow.session.scalar(select(Unit.id).where(Unit.code == ROOT_UNIT_CODE))
            heads = [each for each in holders if each.above == root and each.role == Role.LEADER]
            return _stages([[each.user_id for each in heads]])
        case Template.ALL_STAFF:
            return _stages([[each.user_id for each in holders if each.role in WORKING_ROLES]])


def save_route(
    uow: UnitOfWork,
    actor: Actor,
    *,
    route_id: UUID | None,
    unit_id: UUID,
    name: str,
    purpose: Purpose,
    stages: Sequence[RouteStage],
    version: int | None = None,
) -> Route:
    """Save a route for a unit, or change one.

    Raises:
        NotAllowed: None of the person's posts in the unit circulates documents.
        Invalid: No name, no stage, or a stage without readers.
        Conflict: The unit has another route of this name.
        Stale: Somebody else changed it since.
    """
    _check_keeper(actor, unit_id)
    name = filled(name, "name")
    _check_stages(uow, stages)
    same = select(Route.id).where(Route.unit_id == unit_id, Route.name == name)
    if uow.session.scalar(same) not in (None, route_id):
        raise Conflict("The name %(name)s is taken.", {"name": name}, field="name")
    if route_id is None:
        route = Route(id=uow.new_id(), created_by=actor.user_id)
        uow.session.add(route)
    else:
        route = get_row(uow, Route, route_id)
        _check_keeper(actor, route.unit_id)
        check_version(route, version)
    route.unit_id, route.name, route.purpose = unit_id, name, purpose.value
    route.stages = [_kept(each) for each in stages]
    _record(uow, actor, "route.saved", route)
    return route


def remove_route(uow: UnitOfWork, actor: Actor, *, route_id: UUID) -> None:
    """Remove a saved route; rounds that were made from it stay."""
    route = get_row(uow, Route, route_id)
    _check_keeper(actor, route.unit_id)
    _record(uow, actor, "route.removed", route)
    uow.session.delete(route)


def routes_for(uow: UnitOfWork, actor: Actor) -> list[RouteLine]:
    """Return the routes of the units in which somebody circulates documents, by name."""
    rows = uow.session.execute(
        select(Route, Unit.name)
        .join(Unit, Unit.id == Route.unit_id)
        .where(Route.unit_id.in_(_units_kept(actor)))
        .order_by(Unit.name, Route.name)
    ).all()
    stages = {route.id: _read(route) for route, _ in rows}
    names = _names(
        uow, [each for read in stages.values() for stage in read for each in stage.readers]
    )
    return [
        RouteLine(
            id=route.id,
            unit_id=route.unit_id,
            unit_name=unit,
            name=route.name,
            purpose=Purpose(route.purpose),
            stages=stages[route.id],
            names={
                each.id: names[each.id]
                for stage in stages[route.id]
                for each in stage.readers
                if each.id in names
            },
            version=route.version,
        )
        for route, unit in rows
    ]


def route_stages(uow: UnitOfWork, route_id: UUID) -> tuple[StagePlan, ...]:
    """Return the stages of a saved route with the people whom it means today.

    A stage that means nobody any more is left out.

    Raises:
        NotFound: There is no such route.
    """
    route = get_row(uow, Route, route_id)
    plans = [
        StagePlan(tuple(expand_readers(uow, each.readers)), each.due_days) for each in _read(route)
    ]
    return tuple(each for each in plans if each.readers)


# Who keeps routes, and what they hold ------------------------------------------------------------


def _units_kept(actor: Actor) -> set[UUID]:
    return {post.unit_id for post in actor.posts if post.roles & ALLOWED[Act.CIRCULATE]}


def _check_keeper(actor: Actor, unit_id: UUID) -> None:
    check_may(actor, Act.CIRCULATE)
    if unit_id not in _units_kept(actor):
        raise NotAllowed("Routes are kept by those who circulate documents in the unit.")


def _check_stages(uow: UnitOfWork, stages: Sequence[RouteStage]) -> None:
    if not stages or any(not each.readers for each in stages):
        raise Invalid("Every stage has at least one reader.", field="stages")
    if len(stages) > MAX_STAGES:
        raise Invalid("A round has at most %(most)d stages.", {"most": MAX_STAGES}, field="stages")
    choices = [each for stage in stages for each in stage.readers]
    if len(choices) > MAX_READERS:
        raise Invalid(
            "A round has at most %(most)d readers.", {"most": MAX_READERS}, field="stages"
        )
    for stage in stages:
        check_due_days(stage.due_days)
    if {each.id for each in choices} - set(_names(uow, choices)):
        raise Invalid("A reader is a person, a group, a post or a unit.", field="stages")


def _kept(stage: RouteStage) -> dict[str, object]:
    readers = [{"kind": each.kind, "id": str(each.id)} for each in stage.readers]
    return {"readers": readers, "due_days": stage.due_days}


def _read(route: Route) -> tuple[RouteStage, ...]:
    return tuple(
        RouteStage(
            tuple(ReaderChoice(each["kind"], UUID(each["id"])) for each in stage["readers"]),
            stage["due_days"],
        )
        for stage in route.stages
    )


def _names(uow: UnitOfWork, choices: Sequence[ReaderChoice]) -> dict[UUID, str]:
    """Return the names of what was chosen: a query for each kind that is there."""
    found: dict[UUID, str] = {}
    for kind, table in _NAMED.items():
        wanted = {each.id for each in choices if each.kind == kind}
        if wanted:
            rows = uow.session.execute(select(table.id, table.name).where(table.id.in_(wanted)))
            found |= {row[0]: row[1] for row in rows}
    posts = {each.id for each in choices if each.kind == "post"}
    if posts:
        query = select(Post.id, Unit.name, Post.title).join(Unit, Unit.id == Post.unit_id)
        titles = uow.session.execute(query.where(Post.id.in_(posts)))
        found |= {row[0]: f"{row[1]} · {row[2]}" for row in titles}
    return found


def _record(uow: UnitOfWork, actor: Actor, kind: str, route: Route) -> None:
    uow.record(
        kind,
        actor_id=actor.user_id,
        objects=[route.id, route.unit_id],
        payload={**actor.signature(), "title": route.name, "purpose": route.purpose},
    )


def _stages(readers: Iterable[Sequence[UUID]]) -> tuple[StagePlan, ...]:
    plans = [StagePlan(tuple(dict.fromkeys(each))) for each in readers]
    return tuple(each for each in plans if each.readers)


# Templates ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Holder:
    """One role of a post that a person with an open account holds today."""

    user_id: UUID
    rank: int
    role: Role
    unit_code: str
    above: UUID | None


def _holders(uow: UnitOfWork) -> list[_Holder]:
    """Return who holds what today, in the order of ranks and names."""
    query = (
        select(User.id, Post.rank, PostRole.role, Unit.code, Unit.parent_id)
        .join(Assignment, Assignment.user_id == User.id)
        .join(Post, Post.id == Assignment.post_id)
        .join(PostRole, PostRole.post_id == Post.id)
        .join(Unit, Unit.id == Post.unit_id)
        .where(User.disabled_at.is_(None), *held_today(uow))
        .order_by(Post.rank, User.name, User.id)
    )
    return [
        _Holder(row[0], row[1], Role(row[2]), row[3], row[4]) for row in uow.session.execute(query)
    ]
