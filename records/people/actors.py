"""From a user to an Actor: the posts held today and every capacity that follows from them."""

from collections.abc import Iterable, Mapping
from uuid import UUID

from sqlalchemy import bindparam, or_, select

from records.core.database import UnitOfWork
from records.core.errors import NotFound, NotSignedIn
from records.people.models import Assignment, GroupMember, Post, PostRole, Unit, User
from records.people.rules import (
    ARCHIVISTS,
    EVERYONE,
    WORKING_ROLES,
    Actor,
    HeldPost,
    PrincipalKind,
    Role,
    Secrecy,
    principal_id,
)

# Asked in every request, so they are put together once.
_USER_ID = bindparam("user_id", type_=User.id.type)
_TODAY = bindparam("today", type_=Assignment.from_on.type)
_HELD_POSTS = (
    select(Post.id, Post.title, Unit.id, Unit.name, PostRole.role)
    .join(Assignment, Assignment.post_id == Post.id)
    .join(Unit, Unit.id == Post.unit_id)
    .join(PostRole, PostRole.post_id == Post.id)
    .where(
        Assignment.user_id == _USER_ID,
        Assignment.from_on <= _TODAY,
        or_(Assignment.until_on.is_(None), Assignment.until_on >= _TODAY),
        Assignment.ended_at.is_(None),
        or_(Post.until_on.is_(None), Post.until_on >= _TODAY),
    )
    .order_by(Assignment.from_on, Post.id)
)
_GROUPS = select(GroupMember.group_id).where(GroupMember.user_id == _USER_ID)


def load_actor(uow: UnitOfWork, user_id: UUID, *, operator: bool = False) -> Actor:
    """Return a person with the rights of this moment.

    Four queries at most: the person, the posts, the groups, and the tree of units for leaders.

    Raises:
        NotSignedIn: The person is disabled or unknown.
    """
    user = uow.session.get(User, user_id)
    if user is None or user.disabled_at is not None:
        raise NotSignedIn("This account is closed.")
    posts = held_posts(uow, user_id)
    working_units = {post.unit_id for post in posts if post.roles & WORKING_ROLES}
    responsible = working_units | _below(uow, _units_led(posts))
    clerk_units = {post.unit_id for post in posts if Role.CLERK in post.roles}
    principals = {EVERYONE, principal_id(PrincipalKind.USER, user_id)}
    principals |= {principal_id(PrincipalKind.UNIT, each) for each in working_units}
    principals |= {principal_id(PrincipalKind.RESPONSIBLE_UNIT, each) for each in responsible}
    principals |= {principal_id(PrincipalKind.CLERKS, each) for each in clerk_units}
    principals |= {principal_id(PrincipalKind.GROUP, each) for each in _groups(uow, user_id)}
    if any(Role.ARCHIVIST in post.roles for post in posts):
        principals.add(ARCHIVISTS)
    return Actor(
        user_id,
        user.name,
        Secrecy(user.clearance),
        posts,
        frozenset(principals),
        frozenset(clerk_units),
        operator,
        frozenset(responsible),
    )


def actor_by_login(uow: UnitOfWork, login: str, *, operator: bool = False) -> Actor:
    """Return the person with a login name.

    Raises:
        NotFound: Nobody has it.
    """
    user_id = uow.session.scalar(select(User.id).where(User.login == login.strip().casefold()))
    if user_id is None:
        raise NotFound("There is no user with this name.")
    return load_actor(uow, user_id, operator=operator)


def held_posts(uow: UnitOfWork, user_id: UUID) -> tuple[HeldPost, ...]:
    """Return the posts that a person holds today, with their roles."""
    rows = uow.session.execute(_HELD_POSTS, {"user_id": user_id, "today": uow.today}).all()
    roles: dict[UUID, set[Role]] = {}
    facts: dict[UUID, tuple[str, UUID, str]] = {}
    for post_id, title, unit_id, unit_name, role in rows:
        roles.setdefault(post_id, set()).add(Role(role))
        facts[post_id] = (title, unit_id, unit_name)
    return tuple(HeldPost(each, *facts[each], frozenset(roles[each])) for each in facts)


def units_below(parents: Mapping[UUID, UUID | None], roots: Iterable[UUID]) -> set[UUID]:
    """Return the roots and every unit under them, given each unit's parent."""
    children: dict[UUID, list[UUID]] = {}
    for unit_id, parent_id in parents.items():
        if parent_id is not None:
            children.setdefault(parent_id, []).append(unit_id)
    found: set[UUID] = set()
    waiting = list(roots)
    while waiting:
        unit_id = waiting.pop()
        if unit_id not in found:
            found.add(unit_id)
            waiting.extend(children.get(unit_id, ()))
    return found


def leads_unit(uow: UnitOfWork, actor: Actor, unit_id: UUID | None) -> bool:
    """Return whether somebody is leader of a unit, or of one that stands over it."""
    led = _units_led(actor.posts)
    # Who leads nothing, or has nothing to do with the unit, costs no query.
    if unit_id is None or not led or unit_id not in actor.responsible_units:
        return False
    return unit_id in led or unit_id in _below(uow, led)


def units_led(uow: UnitOfWork, actor: Actor) -> set[UUID]:
    """Return the units that somebody leads, with all units below them."""
    return _below(uow, _units_led(actor.posts))


def _units_led(posts: Iterable[HeldPost]) -> set[UUID]:
    return {post.unit_id for post in posts if Role.LEADER in post.roles}


def _below(uow: UnitOfWork, roots: set[UUID]) -> set[UUID]:
    if not roots:
        return set()
    rows = uow.session.execute(select(Unit.id, Unit.parent_id)).all()
    return units_below({row[0]: row[1] for row in rows}, roots)


def _groups(uow: UnitOfWork, user_id: UUID) -> list[UUID]:
    return list(uow.session.scalars(_GROUPS, {"user_id": user_id}))
