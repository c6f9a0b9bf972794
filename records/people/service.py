"""Use cases about people: units, posts, users, assignments and groups."""

import secrets
from datetime import date
from typing import TypeVar
from uuid import UUID

from sqlalchemy import or_, select

from records.core.database import Base, UnitOfWork
from records.core.errors import Conflict, Invalid, NotFound, Stale
from records.people.actors import held_posts, units_below
from records.people.models import Assignment, Group, GroupMember, Post, PostRole, Unit, User
from records.people.names import search_key, typed_pattern
from records.people.rules import (
    ROOT_UNIT_CODE,
    Act,
    Actor,
    Role,
    Secrecy,
    check_may,
    check_separate,
)
from records.people.signing_in import (
    change_password,
    close_sessions_of,
    hash_password,
    open_invitation,
)

PICKER_LIMIT = 20
Row = TypeVar("Row", bound=Base)


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
    code, name = _filled(code, "code"), _filled(name, "name")
    if uow.session.scalar(select(Unit.id).where(Unit.code == code)) is not None:
        raise Conflict("The code %(code)s is taken.", {"code": code}, field="code")
    if parent_id is None and code != ROOT_UNIT_CODE:
        raise Invalid("A unit stands under another unit.", field="parent")
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
    unit = _get(uow, Unit, unit_id)
    if unit.version != version:
        raise Stale
    rows = uow.session.execute(select(Unit.id, Unit.parent_id)).all()
    below = units_below({row[0]: row[1] for row in rows}, [unit.id])
    if parent_id is not None and parent_id in below:
        raise Conflict("A unit cannot stand under itself.", field="parent")
    if (parent_id is None) != (unit.code == ROOT_UNIT_CODE):
        raise Invalid("A unit stands under another unit.", field="parent")
    before = {"unit": unit.name, "until": unit.until_on.isoformat() if unit.until_on else None}
    unit.name = _filled(name, "name")
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
            "unit": unit.name,
            "until": until_on.isoformat() if until_on else None,
        },
    )
    return unit


def all_units(uow: UnitOfWork) -> list[Unit]:
    """Return all units by code; an organization has few."""
    return list(uow.session.scalars(select(Unit).order_by(Unit.code)))


def unit_by_code(uow: UnitOfWork, code: str, *, field: str = "unit") -> Unit:
    """Return a unit by its code or exact name.

    Raises:
        Invalid: There is none.
    """
    text = code.strip()
    found = uow.session.scalars(
        select(Unit).where(or_(Unit.code == text, Unit.name == text)).limit(2)
    ).all()
    if len(found) != 1:
        raise Invalid("There is no unit %(code)s.", {"code": code}, field=field)
    return found[0]


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
    uow: UnitOfWork, actor: Actor, *, unit_id: UUID, title: str, roles: frozenset[Role]
) -> Post:
    """Add a post with its roles to a unit.

    Raises:
        Invalid: No title or no role.
        Conflict: The roles must lie in different hands.
    """
    check_may(actor, Act.KEEP_UNITS)
    if not roles:
        raise Invalid("A post has at least one role.", field="roles")
    check_separate(roles)
    unit = _get(uow, Unit, unit_id)
    post = Post(id=uow.new_id(), unit_id=unit.id, title=_filled(title, "title"))
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
        Conflict: The person would hold two of the three administrations.
    """
    check_may(actor, Act.KEEP_USERS)
    user, post = _get(uow, User, user_id), _get(uow, Post, post_id)
    start = from_on or uow.today
    if until_on is not None and until_on < start:
        raise Invalid("The period ends before it begins.", field="until")
    roles = {Role(each) for each in _roles_of(uow, post_id)}
    for held in held_posts(uow, user_id):
        roles |= held.roles
    check_separate(roles)
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
    uow: UnitOfWork, actor: Actor, *, assignment_id: UUID, until_on: date
) -> Assignment:
    """Let a person leave a post at the end of a day; a day before today ends it at once."""
    check_may(actor, Act.KEEP_USERS)
    assignment = _get(uow, Assignment, assignment_id)
    user, post = _get(uow, User, assignment.user_id), _get(uow, Post, assignment.post_id)
    if until_on < assignment.from_on:
        raise Invalid("The period ends before it begins.", field="until")
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
        },
    )
    return assignment


# Users -------------------------------------------------------------------------------------------


def add_user(
    uow: UnitOfWork,
    actor: Actor,
    *,
    login: str,
    name: str | None = None,
    roles: frozenset[Role],
    unit_id: UUID,
    clearance: Secrecy = Secrecy.INTERNAL,
    title: str | None = None,
    password: str | None = None,
    email: str | None = None,
    language: str | None = None,
) -> tuple[User, str]:
    """Add a person with a post, and return the row with a password to be changed at first use.

    Raises:
        Invalid: The login is empty or has spaces.
        Conflict: The login is taken, or the roles must lie in different hands.
    """
    check_may(actor, Act.KEEP_USERS)
    login = _filled(login, "name").casefold()
    if any(character.isspace() for character in login):
        raise Invalid("A login name has no spaces.", field="name")
    if uow.session.scalar(select(User.id).where(User.login == login)) is not None:
        raise Conflict("The name %(name)s is taken.", {"name": login}, field="name")
    shown = (name or login).strip()
    secret = password or secrets.token_urlsafe(12)
    user = User(
        id=uow.new_id(),
        login=login,
        name=shown,
        search_key=search_key(shown, login),
        clearance=int(clearance),
        password_hash=hash_password(secret),
        password_is_temporary=password is None,
        email=email,
        language=language,
        created_at=uow.now,
    )
    uow.session.add(user)
    uow.record(
        "person.added",
        actor_id=actor.user_id,
        objects=[user.id],
        payload={
            **actor.signature(),
            "person": shown,
            "login": login,
            "clearance": clearance.code,
        },
    )
    uow.session.flush()
    post = _post_with(uow, unit_id, roles) or add_post(
        uow,
        actor,
        unit_id=unit_id,
        title=title or ", ".join(sorted(role.value.replace("_", " ") for role in roles)),
        roles=roles,
    )
    uow.session.flush()
    assign(uow, actor, user_id=user.id, post_id=post.id)
    return user, secret


def change_user(
    uow: UnitOfWork, actor: Actor, *, user_id: UUID, version: int, name: str, email: str | None
) -> User:
    """Change the shown name and the mail address of a person.

    Raises:
        Stale: Somebody else changed the person since.
    """
    check_may(actor, Act.KEEP_USERS)
    user = _get(uow, User, user_id)
    if user.version != version:
        raise Stale
    before = user.name
    user.name = _filled(name, "name")
    user.email = email
    user.search_key = search_key(user.name, user.login)
    uow.record(
        "person.changed",
        actor_id=actor.user_id,
        objects=[user.id],
        payload={**actor.signature(), "before": before, "person": user.name},
    )
    return user


def give_clearance(uow: UnitOfWork, actor: Actor, *, user_id: UUID, clearance: Secrecy) -> User:
    """Set how secret a document this person may see; the security administration does."""
    check_may(actor, Act.GIVE_CLEARANCE)
    user = _get(uow, User, user_id)
    before = Secrecy(user.clearance)
    user.clearance = int(clearance)
    uow.record(
        "person.clearance_given",
        actor_id=actor.user_id,
        objects=[user.id],
        payload={
            **actor.signature(),
            "person": user.name,
            "before": before.code,
            "clearance": clearance.code,
        },
    )
    return user


def disable_user(uow: UnitOfWork, actor: Actor, *, user_id: UUID) -> User:
    """Close an account: its sessions end at once, its acts stay.

    Raises:
        Conflict: Nobody closes their own account.
    """
    check_may(actor, Act.KEEP_USERS)
    user = _get(uow, User, user_id)
    if user.id == actor.user_id:
        raise Conflict("You cannot close your own account.")
    if user.disabled_at is None:
        user.disabled_at = uow.now
        close_sessions_of(uow, user.id)
        _record_person(uow, actor, "person.disabled", user)
    return user


def enable_user(uow: UnitOfWork, actor: Actor, *, user_id: UUID) -> User:
    """Open a closed account again."""
    check_may(actor, Act.KEEP_USERS)
    user = _get(uow, User, user_id)
    if user.disabled_at is not None:
        user.disabled_at = None
        _record_person(uow, actor, "person.enabled", user)
    return user


def reset_password(uow: UnitOfWork, actor: Actor, *, user_id: UUID) -> str:
    """Return a new password, to be changed at first use; all sessions of the person end."""
    check_may(actor, Act.KEEP_USERS)
    user = _get(uow, User, user_id)
    password = secrets.token_urlsafe(12)
    user.password_hash = hash_password(password)
    user.password_is_temporary = True
    close_sessions_of(uow, user.id)
    _record_person(uow, actor, "person.password_reset", user)
    return password


def set_own_password(uow: UnitOfWork, actor: Actor, *, password: str) -> None:
    """Change one's own password; the boundary has verified the old one."""
    if actor.user_id is None:
        raise NotFound
    change_password(uow, _get(uow, User, actor.user_id), password)


def choose_language(uow: UnitOfWork, actor: Actor, *, language: str) -> None:
    """Keep the language in which a person reads; a taste, so the log stays silent."""
    if actor.user_id is None:
        raise NotFound
    _get(uow, User, actor.user_id).language = language


def accept_invitation(
    uow: UnitOfWork, *, secret: str, login: str, name: str, password: str
) -> User:
    """Make the first administrator from a one-time link.

    The first person keeps users, units and registers, and appoints the other administrations.

    Raises:
        NotFound: The link has been used or has expired.
        Invalid: The password is too short or too easy to guess.
    """
    from records.people.rules import SERVICE, check_password

    invitation = open_invitation(uow, secret)
    check_password(password, name=login)
    root = unit_by_code(uow, ROOT_UNIT_CODE)
    user, _ = add_user(
        uow,
        SERVICE,
        login=login,
        name=name,
        roles=frozenset({Role.SYSTEM_ADMIN}),
        unit_id=root.id,
        password=password,
    )
    invitation.used_at = uow.now
    return user


def get_user(uow: UnitOfWork, user_id: UUID) -> User:
    """Return a person.

    Raises:
        NotFound: There is none with this id.
    """
    return _get(uow, User, user_id)


def find_users(uow: UnitOfWork, typed: str, *, limit: int = PICKER_LIMIT) -> list[User]:
    """Return open accounts with the typed part in name, login, pinyin or initials."""
    query = (
        select(User)
        .where(User.search_key.like(typed_pattern(typed), escape="\\"), User.disabled_at.is_(None))
        .order_by(User.name, User.id)
        .limit(limit)
    )
    return list(uow.session.scalars(query))


# Groups ------------------------------------------------------------------------------------------


def add_group(uow: UnitOfWork, actor: Actor, *, name: str, user_ids: list[UUID]) -> Group:
    """Add a named set of people.

    Raises:
        Conflict: The name is taken.
    """
    check_may(actor, Act.KEEP_UNITS)
    name = _filled(name, "name")
    if uow.session.scalar(select(Group.id).where(Group.name == name)) is not None:
        raise Conflict("The name %(name)s is taken.", {"name": name}, field="name")
    group = Group(id=uow.new_id(), name=name, search_key=search_key(name))
    uow.session.add(group)
    uow.session.flush()
    _set_members(uow, actor, group, user_ids, kind="group.added")
    return group


def change_group(
    uow: UnitOfWork, actor: Actor, *, group_id: UUID, name: str, user_ids: list[UUID]
) -> Group:
    """Rename a group and set who belongs to it."""
    check_may(actor, Act.KEEP_UNITS)
    group = _get(uow, Group, group_id)
    group.name = _filled(name, "name")
    group.search_key = search_key(group.name)
    _set_members(uow, actor, group, user_ids, kind="group.changed")
    return group


def _set_members(
    uow: UnitOfWork, actor: Actor, group: Group, user_ids: list[UUID], *, kind: str
) -> None:
    wanted = dict.fromkeys(user_ids)
    held = {
        each.user_id: each
        for each in uow.session.scalars(select(GroupMember).where(GroupMember.group_id == group.id))
    }
    for user_id, member in held.items():
        if user_id not in wanted:
            uow.session.delete(member)
    people = [_get(uow, User, each) for each in wanted]
    uow.session.add_all(
        GroupMember(group_id=group.id, user_id=each.id) for each in people if each.id not in held
    )
    uow.record(
        kind,
        actor_id=actor.user_id,
        objects=[group.id],
        payload={
            **actor.signature(),
            "group": group.name,
            "people": [each.name for each in people],
        },
    )


# Small things ------------------------------------------------------------------------------------


def _get(uow: UnitOfWork, model: type[Row], row_id: UUID) -> Row:
    found = uow.session.get(model, row_id)
    if found is None:
        raise NotFound
    return found


def _filled(text: str, field: str) -> str:
    stripped = text.strip()
    if not stripped:
        raise Invalid("This must not be empty.", field=field)
    return stripped


def _roles_of(uow: UnitOfWork, post_id: UUID) -> list[str]:
    return list(uow.session.scalars(select(PostRole.role).where(PostRole.post_id == post_id)))


def _post_with(uow: UnitOfWork, unit_id: UUID, roles: frozenset[Role]) -> Post | None:
    """Return a current post of a unit that has exactly these roles."""
    query = select(Post).where(
        Post.unit_id == unit_id, or_(Post.until_on.is_(None), Post.until_on >= uow.today)
    )
    for post in uow.session.scalars(query):
        if frozenset(_roles_of(uow, post.id)) == {role.value for role in roles}:
            return post
    return None


def _record_person(uow: UnitOfWork, actor: Actor, kind: str, user: User) -> None:
    uow.record(
        kind,
        actor_id=actor.user_id,
        objects=[user.id],
        payload={**actor.signature(), "person": user.name},
    )
