"""Use cases about users: adding, changing, clearance, closing accounts, passwords, invitations."""

import secrets
from uuid import UUID

from sqlalchemy import select

from records.core.database import UnitOfWork
from records.core.errors import Conflict, Invalid, NotFound
from records.core.rows import check_version, filled, get_row
from records.people.account_news import tell_owner
from records.people.models import User
from records.people.names import search_key, typed_pattern
from records.people.organization import (
    PICKER_LIMIT,
    add_post,
    assign,
    office_name,
    post_with,
    unit_by_code,
)
from records.people.rules import (
    ROOT_UNIT_CODE,
    SERVICE,
    Act,
    Actor,
    Role,
    Secrecy,
    check_may,
    check_password,
)
from records.people.signing_in import (
    change_password,
    close_sessions_of,
    hash_password,
    revoke_tokens_of,
    use_invitation,
)


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
        NotAllowed: A clearance above `internal` is given by the security administration.
        Invalid: The login is empty or has spaces, or the given password is easy to guess.
        Conflict: The login is taken, or the roles must lie in different hands.
    """
    check_may(actor, Act.KEEP_USERS)
    if clearance > Secrecy.INTERNAL:
        check_may(actor, Act.GIVE_CLEARANCE)
    login = filled(login, "name").casefold()
    if any(character.isspace() for character in login):
        raise Invalid("A login name has no spaces.", field="name")
    if uow.session.scalar(select(User.id).where(User.login == login)) is not None:
        raise Conflict("The name %(name)s is taken.", {"name": login}, field="name")
    shown = filled(name or login, "name")
    if password is not None:
        check_password(password, names=(login, shown, office_name(uow)))
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
    post = post_with(uow, unit_id, roles) or add_post(
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
    user = get_row(uow, User, user_id)
    check_version(user, version)
    before = user.name
    user.name = filled(name, "name")
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
    """Set how secret a document this person may see; the security administration does.

    Raises:
        Conflict: Nobody raises their own clearance.
    """
    check_may(actor, Act.GIVE_CLEARANCE)
    user = get_row(uow, User, user_id)
    before = Secrecy(user.clearance)
    if user.id == actor.user_id and clearance > before:
        raise Conflict("You cannot raise your own clearance.", field="clearance")
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
    """Close an account: its sessions and tokens end at once, its acts stay.

    Raises:
        Conflict: Nobody closes their own account.
    """
    check_may(actor, Act.KEEP_USERS)
    user = get_row(uow, User, user_id)
    if user.id == actor.user_id:
        raise Conflict("You cannot close your own account.")
    if user.disabled_at is None:
        user.disabled_at = uow.now
        close_sessions_of(uow, user.id)
        revoke_tokens_of(uow, user.id)
        _record_person(uow, actor, "person.disabled", user)
    return user


def enable_user(uow: UnitOfWork, actor: Actor, *, user_id: UUID) -> User:
    """Open a closed account again."""
    check_may(actor, Act.KEEP_USERS)
    user = get_row(uow, User, user_id)
    if user.disabled_at is not None:
        user.disabled_at = None
        _record_person(uow, actor, "person.enabled", user)
    return user


def reset_password(uow: UnitOfWork, actor: Actor, *, user_id: UUID) -> str:
    """Return a new password, to be changed at first use; all sessions of the person end."""
    check_may(actor, Act.KEEP_USERS)
    user = get_row(uow, User, user_id)
    password = secrets.token_urlsafe(12)
    user.password_hash = hash_password(password)
    user.password_is_temporary = True
    close_sessions_of(uow, user.id)
    _record_person(uow, actor, "person.password_reset", user)
    tell_owner(uow, user.id, "password_reset", by=actor)
    return password


def set_own_password(uow: UnitOfWork, actor: Actor, *, password: str) -> None:
    """Change one's own password; the boundary has verified the old one."""
    if actor.user_id is None:
        raise NotFound
    change_password(uow, get_row(uow, User, actor.user_id), password)


def choose_language(uow: UnitOfWork, actor: Actor, *, language: str) -> None:
    """Keep the language in which a person reads; a taste, so the log stays silent."""
    if actor.user_id is None:
        raise NotFound
    get_row(uow, User, actor.user_id).language = language


def accept_invitation(
    uow: UnitOfWork, *, secret: str, login: str, name: str, password: str
) -> User:
    """Make the first administrator from a one-time link.

    The first person keeps users, units and registers, and appoints the other administrations.

    Raises:
        NotFound: The link has been used or has expired.
        Invalid: The password is too short or too easy to guess.
    """
    use_invitation(uow, secret)
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
    return user


def get_user(uow: UnitOfWork, user_id: UUID) -> User:
    """Return a person.

    Raises:
        NotFound: There is none with this id.
    """
    return get_row(uow, User, user_id)


def find_users(uow: UnitOfWork, typed: str, *, limit: int = PICKER_LIMIT) -> list[User]:
    """Return open accounts with the typed part in name, login, pinyin or initials."""
    query = (
        select(User)
        .where(User.search_key.like(typed_pattern(typed), escape="\\"), User.disabled_at.is_(None))
        .order_by(User.name, User.id)
        .limit(limit)
    )
    return list(uow.session.scalars(query))


def _record_person(uow: UnitOfWork, actor: Actor, kind: str, user: User) -> None:
    uow.record(
        kind,
        actor_id=actor.user_id,
        objects=[user.id],
        payload={**actor.signature(), "person": user.name},
    )
