"""Looking up people and the organization: lists of users, posts with their holders, groups."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, and_, literal, or_, select, tuple_

from records.core.database import UnitOfWork
from records.core.places import Place, cut, no_such_page, read_place
from records.people.models import Assignment, Group, GroupMember, Post, PostRole, Unit, User
from records.people.names import typed_pattern
from records.people.organization import PICKER_LIMIT
from records.people.rules import Role


@dataclass(frozen=True)
class UserFilters:
    """What the list of users is narrowed to."""

    typed: str = ""
    role: Role | None = None
    unit_id: UUID | None = None
    closed: bool | None = None


@dataclass(frozen=True)
class HeldPlace:
    """One assignment, past, present or to come, with what its post is."""

    assignment_id: UUID
    user_id: UUID
    user_name: str
    post_id: UUID
    title: str
    unit_id: UUID
    unit: str
    roles: tuple[str, ...]
    from_on: date
    until_on: date | None
    is_over: bool


@dataclass(frozen=True)
class PostLine:
    """A post that can be held, with its holders of today."""

    id: UUID
    unit_id: UUID
    title: str
    rank: int
    until_on: date | None
    version: int
    roles: tuple[str, ...]
    holders: tuple[tuple[UUID, str], ...]


@dataclass(frozen=True)
class GroupLine:
    """A group with its members."""

    id: UUID
    name: str
    members: tuple[tuple[UUID, str], ...]


def list_users(
    uow: UnitOfWork, *, filters: UserFilters, cursor: str | None = None, limit: int = 50
) -> tuple[list[User], str | None, str | None]:
    """Return a page of users by name, and the cursors of the pages after and before it.

    Raises:
        Invalid: The cursor is not one of this list.
    """
    place = read_place(cursor)
    backwards = place is not None and place.backwards
    query = select(User).where(*_conditions(uow, filters))
    here = tuple_(User.name, User.id)
    if place is not None:
        name, user_id = _position(place)
        there = tuple_(literal(name), literal(user_id, User.id.type))
        query = query.where(here < there if backwards else here > there)
    order = (User.name.desc(), User.id.desc()) if backwards else (User.name, User.id)
    users = list(uow.session.scalars(query.order_by(*order).limit(limit + 1)))
    page = cut(users, limit, place, lambda user: f"{user.id.hex}{user.name}")
    return list(page.rows), page.next, page.previous


def places_of_users(
    uow: UnitOfWork, user_ids: Iterable[UUID], *, past: bool = False
) -> dict[UUID, list[HeldPlace]]:
    """Return the posts of some people, those of today unless the past is asked for; two queries."""
    wanted = list(user_ids)
    query = (
        select(Assignment, Post.title, Unit.id, Unit.name, User.name)
        .join(Post, Post.id == Assignment.post_id)
        .join(Unit, Unit.id == Post.unit_id)
        .join(User, User.id == Assignment.user_id)
        .where(Assignment.user_id.in_(wanted))
        .order_by(Assignment.from_on.desc(), Assignment.id.desc())
    )
    if not past:
        query = query.where(_held(uow))
    rows = uow.session.execute(query).all()
    roles = _roles(uow, {row[0].post_id for row in rows})
    found: dict[UUID, list[HeldPlace]] = {each: [] for each in wanted}
    for held, title, unit_id, unit, name in rows:
        over = held.ended_at is not None or bool(held.until_on and held.until_on < uow.today)
        found[held.user_id].append(
            HeldPlace(
                held.id,
                held.user_id,
                name,
                held.post_id,
                title,
                unit_id,
                unit,
                roles.get(held.post_id, ()),
                held.from_on,
                held.until_on,
                over,
            )
        )
    return found


def all_posts(uow: UnitOfWork) -> list[PostLine]:
    """Return all posts that have not ended, with roles and holders, in three queries."""
    posts = uow.session.scalars(
        select(Post)
        .where(or_(Post.until_on.is_(None), Post.until_on >= uow.today))
        .order_by(Post.rank, Post.title, Post.id)
    ).all()
    holders: dict[UUID, list[tuple[UUID, str]]] = {}
    rows = uow.session.execute(
        select(Assignment.post_id, User.id, User.name)
        .join(User, User.id == Assignment.user_id)
        .where(_held(uow), User.disabled_at.is_(None))
        .order_by(User.name)
    )
    for post_id, user_id, name in rows:
        holders.setdefault(post_id, []).append((user_id, name))
    roles = _roles(uow, {each.id for each in posts})
    return [
        PostLine(
            each.id,
            each.unit_id,
            each.title,
            each.rank,
            each.until_on,
            each.version,
            roles.get(each.id, ()),
            tuple(holders.get(each.id, ())),
        )
        for each in posts
    ]


def holders_of(uow: UnitOfWork, role: Role, *, unit_id: UUID | None = None) -> list[UUID]:
    """Return who holds a post with a role today, in one unit or in any; closed accounts do not."""
    query = (
        select(User.id)
        .join(Assignment, Assignment.user_id == User.id)
        .join(Post, Post.id == Assignment.post_id)
        .join(PostRole, PostRole.post_id == Post.id)
        .where(
            PostRole.role == role.value,
            User.disabled_at.is_(None),
            or_(Post.until_on.is_(None), Post.until_on >= uow.today),
            _held(uow),
        )
        .distinct()
        .order_by(User.id)
    )
    if unit_id is not None:
        query = query.where(Post.unit_id == unit_id)
    return list(uow.session.scalars(query))


def find_posts(
    uow: UnitOfWork, typed: str, *, limit: int = PICKER_LIMIT
) -> list[tuple[UUID, str, str]]:
    """Return id, title and unit of current posts by a part of the title or of the unit's name."""
    pattern = typed_pattern(typed)
    query = (
        select(Post.id, Post.title, Unit.name)
        .join(Unit, Unit.id == Post.unit_id)
        .where(
            or_(Post.until_on.is_(None), Post.until_on >= uow.today),
            or_(Post.title.ilike(pattern, escape="\\"), Unit.search_key.like(pattern, escape="\\")),
        )
        .order_by(Unit.name, Post.title)
        .limit(limit)
    )
    return [(row[0], row[1], row[2]) for row in uow.session.execute(query)]


def all_groups(uow: UnitOfWork) -> list[GroupLine]:
    """Return all groups with their members, in two queries."""
    members: dict[UUID, list[tuple[UUID, str]]] = {}
    rows = uow.session.execute(
        select(GroupMember.group_id, User.id, User.name)
        .join(User, User.id == GroupMember.user_id)
        .order_by(User.name)
    )
    for group_id, user_id, name in rows:
        members.setdefault(group_id, []).append((user_id, name))
    groups = uow.session.scalars(select(Group).order_by(Group.name))
    return [GroupLine(each.id, each.name, tuple(members.get(each.id, ()))) for each in groups]


def closed_accounts(uow: UnitOfWork, *, limit: int = 5) -> list[User]:
    """Return the accounts that were closed last."""
    query = (
        select(User)
        .where(User.disabled_at.is_not(None))
        .order_by(User.disabled_at.desc(), User.id)
        .limit(limit)
    )
    return list(uow.session.scalars(query))


def names_of_units(uow: UnitOfWork, ids: Iterable[UUID]) -> dict[UUID, str]:
    """Return the names of units by id, in one query."""
    wanted = list(set(ids))
    if not wanted:
        return {}
    rows = uow.session.execute(select(Unit.id, Unit.name).where(Unit.id.in_(wanted)))
    return {row[0]: row[1] for row in rows}


def names_of_people(uow: UnitOfWork, ids: Iterable[UUID | None]) -> dict[UUID, str]:
    """Return the names of people by id, in one query."""
    wanted = {each for each in ids if each is not None}
    if not wanted:
        return {}
    rows = uow.session.execute(select(User.id, User.name).where(User.id.in_(wanted)))
    return {row[0]: row[1] for row in rows}


def _held(uow: UnitOfWork) -> ColumnElement[bool]:
    return and_(
        Assignment.from_on <= uow.today,
        or_(Assignment.until_on.is_(None), Assignment.until_on >= uow.today),
        Assignment.ended_at.is_(None),
    )


def _conditions(uow: UnitOfWork, filters: UserFilters) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if filters.typed.strip():
        found.append(User.search_key.like(typed_pattern(filters.typed), escape="\\"))
    if filters.closed is not None:
        found.append(
            User.disabled_at.is_not(None) if filters.closed else User.disabled_at.is_(None)
        )
    if filters.role is not None or filters.unit_id is not None:
        held = (
            select(Assignment.id)
            .join(Post, Post.id == Assignment.post_id)
            .join(PostRole, PostRole.post_id == Post.id)
            .where(Assignment.user_id == User.id, _held(uow))
        )
        if filters.role is not None:
            held = held.where(PostRole.role == filters.role.value)
        if filters.unit_id is not None:
            held = held.where(Post.unit_id == filters.unit_id)
        found.append(held.exists())
    return found


def _roles(uow: UnitOfWork, post_ids: Iterable[UUID]) -> dict[UUID, tuple[str, ...]]:
    found: dict[UUID, tuple[str, ...]] = {}
    rows = uow.session.execute(
        select(PostRole.post_id, PostRole.role)
        .where(PostRole.post_id.in_(list(post_ids)))
        .order_by(PostRole.role)
    )
    for post_id, role in rows:
        found[post_id] = (*found.get(post_id, ()), role)
    return found


def _position(place: Place) -> tuple[str, UUID]:
    try:
        return place.row[32:], UUID(place.row[:32])
    except ValueError as error:
        raise no_such_page() from error
