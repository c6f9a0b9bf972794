"""Use cases about the organization: units, posts and who holds them."""

from datetime import date
from uuid import UUID

from sqlalchemy import delete, or_, select

from records.core.database import UnitOfWork
from records.core.errors import Conflict, Invalid
from records.core.rows import check_version, filled, get_row
from records.people.actors import units_below
from records.people.models import Assignment, Post, PostRole, Unit, User
from records.people.names import search_key, typed_pattern
from records.people.rules import ROOT_UNIT_CODE, Act, Actor, Role, check_may, check_separate

PICKER_LIMIT = 20
DEFAULT_RANK = 100
LAST_RANK = 999


# Units ------------------------------------------------------------------------------------------


def add_unit(
    uow: UnitOfWork, actor: Actor, *, code: str, name: str, parent_id: UUID | None
) -> Unit:
    """Add a unit under another; only the root has no parent.

    Raises:
        Invalid: Code or name is empty, or the parent is missing.
        Conflict: The code is taken.
    """
    check_may(actor, Act.KEEP_UNITS)
    code, name = filled(code, "code"), filled(name, "name")
    if uow.session.scalar(select(Unit.id).where(Unit.code == code)) is not None:
        raise Conflict("The code %(code)s is taken.", {"code": code}, field="code")
    if (parent_id is None) != (code == ROOT_UNIT_CODE):
        raise Invalid("A unit stands under another unit.", field="parent")
    if parent_id is not None:
        get_row(uow, Unit, parent_id)
    unit = Unit(
        id=uow.new_id(),
        code=code,
        name=name,
        search_key=search_key(name, code),
        parent_id=parent_id,
        from_on=uow.today,
    )
    uow.session.add(unit)
    uow.record(
        "unit.added",
        actor_id=actor.user_id,
        objects=[unit.id],
        payload={**actor.signature(), "code": code, "unit": name},
    )
    return unit


def change_unit(
    uow: UnitOfWork,
    actor: Actor,
    *,
    unit_id: UUID,
    version: int,
    name: str,
    parent_id: UUID | None,
    until_on: date | None,
) -> Unit:
    """Rename a unit, move it in the tree, or let it end.

    Raises:
        Stale: Somebody else changed it since.
        Conflict: It would stand under itself.
    """
    check_may(actor, Act.KEEP_UNITS)
    unit = get_row(uow, Unit, unit_id)
    check_version(unit, version)
    # Locked, so that two moves at once cannot close a circle between them.
    rows = uow.session.execute(select(Unit.id, Unit.parent_id).with_for_update()).all()
    below = units_below({row[0]: row[1] for row in rows}, [unit.id])
    if parent_id is not None and parent_id in below:
        raise Conflict("A unit cannot stand under itself.", field="parent")
    if (parent_id is None) != (unit.code == ROOT_UNIT_CODE):
        raise Invalid("A unit stands under another unit.", field="parent")
    before = _unit_facts(uow, unit)
    unit.name = filled(name, "name")
    unit.search_key = search_key(unit.name, unit.code)
    unit.parent_id = parent_id
    unit.until_on = until_on
    uow.record(
        "unit.changed",
        actor_id=actor.user_id,
        objects=[unit.id],
        payload={
            **actor.signature(),
            "before": before,
            **_unit_facts(uow, unit),
        },
    )
    return unit


def all_units(uow: UnitOfWork) -> list[Unit]:
    """Return all units by code; an organization has few."""
    return list(uow.session.scalars(select(Unit).order_by(Unit.code)))


def office_name(uow: UnitOfWork) -> str:
    """Return the name of the office: that of the unit above all others."""
    return unit_by_code(uow, ROOT_UNIT_CODE).name


def unit_by_code(uow: UnitOfWork, code: str, *, field: str = "unit") -> Unit:
    """Return a unit by its code or exact name.

    Raises:
        Invalid: There is none.
    """
    text = code.strip()
    for column in (Unit.code, Unit.name):
        found = uow.session.scalars(select(Unit).where(column == text).limit(2)).all()
        if len(found) == 1:
            return found[0]
    raise Invalid("There is no unit %(code)s.", {"code": code}, field=field)


def find_units(uow: UnitOfWork, typed: str, *, limit: int = PICKER_LIMIT) -> list[Unit]:
    """Return current units with the typed part in name, code, pinyin or initials."""
    query = (
        select(Unit)
        .where(
            Unit.search_key.like(typed_pattern(typed), escape="\\"),
            or_(Unit.until_on.is_(None), Unit.until_on >= uow.today),
        )
        .order_by(Unit.name)
        .limit(limit)
    )
    return list(uow.session.scalars(query))


# Posts and assignments ---------------------------------------------------------------------------


def add_post(
    uow: UnitOfWork,
    actor: Actor,
    *,
    unit_id: UUID,
    title: str,
    roles: frozenset[Role],
    rank: int = DEFAULT_RANK,
) -> Post:
    """Add a post with its roles to a unit.

    Args:
        rank: Order of precedence within the unit, 1 first.

    Raises:
        Invalid: No title or no role, or a rank out of bounds.
        Conflict: The roles must lie in different hands.
    """
    check_may(actor, Act.KEEP_UNITS)
    if not roles:
        raise Invalid("A post has at least one role.", field="roles")
    check_separate(roles)
    unit = get_row(uow, Unit, unit_id)
    post = Post(
        id=uow.new_id(), unit_id=unit.id, title=filled(title, "title"), rank=_checked_rank(rank)
    )
    uow.session.add(post)
    uow.session.flush()
    uow.session.add_all(PostRole(post_id=post.id, role=role.value) for role in sorted(roles))
    uow.record(
        "post.added",
        actor_id=actor.user_id,
        objects=[post.id, unit.id],
        payload={
            **actor.signature(),
            "title": post.title,
            "unit": unit.name,
            "roles": sorted(role.value for role in roles),
        },
    )
    return post


def change_post(
    uow: UnitOfWork,
    actor: Actor,
    *,
    post_id: UUID,
    version: int,
    title: str,
    roles: frozenset[Role],
    until_on: date | None = None,
    rank: int | None = None,
) -> Post:
    """Rename a post, change its roles or its rank, or let it end after a day.

    Args:
        rank: Order of precedence within the unit, 1 first; None leaves it.

    Raises:
        Stale: Somebody else changed it since.
        Invalid: No title or no role, or a rank out of bounds.
        Conflict: A holder would have two of the three administrations, or the actor more roles.
    """
    check_may(actor, Act.KEEP_UNITS)
    post = get_row(uow, Post, post_id)
    check_version(post, version)
    if not roles:
        raise Invalid("A post has at least one role.", field="roles")
    check_separate(roles)
    held = _roles_of(uow, post_id)
    if not roles <= held and any(each.id == post_id for each in actor.posts):
        raise Conflict("Nobody adds roles to a post of their own.", field="roles")
    uow.session.execute(delete(PostRole).where(PostRole.post_id == post_id))
    uow.session.add_all(PostRole(post_id=post_id, role=role.value) for role in sorted(roles))
    uow.session.flush()
    _check_holders(uow, post_id)
    post.title = filled(title, "title")
    post.until_on = until_on
    if rank is not None:
        post.rank = _checked_rank(rank)
    uow.record(
        "post.changed",
        actor_id=actor.user_id,
        objects=[post.id, post.unit_id],
        payload={
            **actor.signature(),
            "title": post.title,
            "before": sorted(role.value for role in held),
            "roles": sorted(role.value for role in roles),
            "rank": post.rank,
            "until": until_on.isoformat() if until_on else None,
        },
    )
    return post


def _checked_rank(rank: int) -> int:
    if not 1 <= rank <= LAST_RANK:
        raise Invalid("A rank lies between 1 and %(last)d.", {"last": LAST_RANK}, field="rank")
    return rank


def _check_holders(uow: UnitOfWork, post_id: UUID) -> None:
    """Refuse roles of a post that somebody must not hold together with another post."""
    roles = _roles_of(uow, post_id)
    holders = uow.session.scalars(
        select(Assignment).where(
            Assignment.post_id == post_id,
            Assignment.ended_at.is_(None),
            or_(Assignment.until_on.is_(None), Assignment.until_on >= uow.today),
        )
    ).all()
    for each in holders:
        for others in _roles_meanwhile(uow, each.user_id, each.from_on, each.until_on):
            check_separate(roles | others)


def post_with(uow: UnitOfWork, unit_id: UUID, roles: frozenset[Role]) -> Post | None:
    """Return a current post of a unit that has exactly these roles, if there is one."""
    query = select(Post).where(
        Post.unit_id == unit_id, or_(Post.until_on.is_(None), Post.until_on >= uow.today)
    )
    for post in uow.session.scalars(query):
        if _roles_of(uow, post.id) == roles:
            return post
    return None


def assign(
    uow: UnitOfWork,
    actor: Actor,
    *,
    user_id: UUID,
    post_id: UUID,
    from_on: date | None = None,
    until_on: date | None = None,
) -> Assignment:
    """Give a post to a person, from today on unless said otherwise.

    Raises:
        Invalid: The period ends before it begins.
        Conflict: The person would hold two of the three administrations at some time, or would
            give a post to themselves.
    """
    check_may(actor, Act.KEEP_USERS)
    if user_id == actor.user_id:
        raise Conflict("Nobody gives a post to themselves.", field="post")
    user, post = get_row(uow, User, user_id), get_row(uow, Post, post_id)
    start = from_on or uow.today
    if until_on is not None and until_on < start:
        raise Invalid("The period ends before it begins.", field="until")
    roles = _roles_of(uow, post_id)
    for others in _roles_meanwhile(uow, user_id, start, until_on):
        check_separate(roles | others)
    assignment = Assignment(
        id=uow.new_id(), user_id=user.id, post_id=post.id, from_on=start, until_on=until_on
    )
    uow.session.add(assignment)
    uow.record(
        "post.assigned",
        actor_id=actor.user_id,
        objects=[user.id, post.id],
        payload={
            **actor.signature(),
            "person": user.name,
            "title": post.title,
            "from": start.isoformat(),
            "until": until_on.isoformat() if until_on else None,
        },
    )
    return assignment


def end_assignment(
    uow: UnitOfWork, actor: Actor, *, assignment_id: UUID, until_on: date | None = None
) -> Assignment:
    """Let a person leave a post at the end of a day, or at once when no day or a past one is given.

    Raises:
        Invalid: The period would end before it begins, or later than it does now.
        Conflict: It has ended already.
    """
    check_may(actor, Act.KEEP_USERS)
    assignment = get_row(uow, Assignment, assignment_id)
    user, post = get_row(uow, User, assignment.user_id), get_row(uow, Post, assignment.post_id)
    last_day = assignment.until_on
    if assignment.ended_at is not None or (last_day is not None and last_day < uow.today):
        raise Conflict("This person has left the post already.")
    if until_on is None or until_on < uow.today:
        assignment.ended_at = uow.now
        until_on = max(assignment.from_on, uow.today)
    elif until_on < assignment.from_on:
        raise Invalid("The period ends before it begins.", field="until")
    elif last_day is not None and until_on > last_day:
        raise Invalid("Give the post again to prolong it.", field="until")
    assignment.until_on = until_on
    uow.record(
        "post.left",
        actor_id=actor.user_id,
        objects=[user.id, post.id],
        payload={
            **actor.signature(),
            "person": user.name,
            "title": post.title,
            "until": until_on.isoformat(),
            "at_once": assignment.ended_at is not None,
        },
    )
    return assignment


# Small things ------------------------------------------------------------------------------------


def _unit_facts(uow: UnitOfWork, unit: Unit) -> dict[str, str | None]:
    above = None if unit.parent_id is None else get_row(uow, Unit, unit.parent_id).name
    until = unit.until_on.isoformat() if unit.until_on else None
    return {"unit": unit.name, "under": above, "until": until}


def _roles_of(uow: UnitOfWork, post_id: UUID) -> frozenset[Role]:
    query = select(PostRole.role).where(PostRole.post_id == post_id)
    return frozenset(Role(each) for each in uow.session.scalars(query))


def _roles_meanwhile(
    uow: UnitOfWork, user_id: UUID, from_on: date, until_on: date | None
) -> list[frozenset[Role]]:
    """Return the roles of each post that a person holds on a day of a period."""
    query = select(Assignment.post_id).where(
        Assignment.user_id == user_id,
        Assignment.ended_at.is_(None),
        or_(Assignment.until_on.is_(None), Assignment.until_on >= from_on),
    )
    if until_on is not None:
        query = query.where(Assignment.from_on <= until_on)
    return [_roles_of(uow, each) for each in uow.session.scalars(query).all()]
