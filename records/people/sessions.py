"""One's own sessions, seen and ended; the security administration ends those of others.

A session is named by the hash of its secret, which the database holds anyway and which opens
nothing.
"""

from uuid import UUID

from sqlalchemy import delete, select

from records.core.database import UnitOfWork
from records.core.errors import NotFound
from records.core.rows import get_row
from records.people.models import User, UserSession
from records.people.rules import Act, Actor, check_may
from records.people.signing_in import close_sessions_of, hash_secret


def sessions_of(uow: UnitOfWork, user_id: UUID) -> list[UserSession]:
    """Return a person's sessions, the one used last first."""
    query = (
        select(UserSession)
        .where(UserSession.user_id == user_id, UserSession.expires_at > uow.now)
        .order_by(UserSession.seen_at.desc(), UserSession.created_at.desc())
    )
    return list(uow.session.scalars(query))


def end_session(uow: UnitOfWork, actor: Actor, *, name: str) -> None:
    """End one of one's own sessions.

    Raises:
        NotFound: There is none of that name, or it is somebody else's.
    """
    try:
        found = uow.session.get(UserSession, bytes.fromhex(name))
    except ValueError:
        raise NotFound from None
    if found is None or actor.user_id is None or found.user_id != actor.user_id:
        raise NotFound
    uow.session.delete(found)
    _record(uow, actor, actor.user_id)


def end_other_sessions(uow: UnitOfWork, actor: Actor, *, secret: str) -> None:
    """End all of one's own sessions but the one of a secret."""
    if actor.user_id is None:
        raise NotFound
    uow.session.execute(
        delete(UserSession).where(
            UserSession.user_id == actor.user_id, UserSession.secret_hash != hash_secret(secret)
        )
    )
    _record(uow, actor, actor.user_id)


def end_sessions_of(uow: UnitOfWork, actor: Actor, *, user_id: UUID) -> None:
    """End all sessions of a person.

    Raises:
        NotAllowed: The security administration does this.
    """
    check_may(actor, Act.GIVE_CLEARANCE)
    user = get_row(uow, User, user_id)
    close_sessions_of(uow, user.id)
    _record(uow, actor, user.id, person=user.name)


def _record(uow: UnitOfWork, actor: Actor, user_id: UUID, **facts: str) -> None:
    uow.record(
        "person.sessions_ended",
        actor_id=actor.user_id,
        objects=[user_id],
        payload={**actor.signature(), **facts},
    )
