"""Signing in: passwords, sessions, tokens, invitations, and the brake on guessing.

Secrets of sessions, tokens and invitations are 256 random bits; the database holds their SHA-256,
which is enough for values that cannot be guessed. Passwords are kept by argon2id.
"""

import hashlib
import secrets
import threading
import unicodedata
from base64 import b64encode
from datetime import datetime, timedelta
from uuid import UUID

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from sqlalchemy import bindparam, delete, select, update

from records.core.database import UnitOfWork
from records.core.errors import Invalid, NotAllowed, NotFound, NotSignedIn
from records.core.refusals import record_refusal
from records.people.account_news import tell_owner
from records.people.brake import brake_keys, check_brake, press_brake, release_brake
from records.people.last_sign_in import remember_failure, remember_sign_in
from records.people.models import ApiToken, HalfSignIn, Invitation, User, UserSession
from records.people.organization import office_name
from records.people.rules import Act, Actor, check_password

SESSION_LENGTH = timedelta(hours=12)
INVITATION_LENGTH = timedelta(days=7)
IDLE_LENGTH = timedelta(hours=1)
# A session is marked as used once a minute, not with every request.
SEEN_EVERY = timedelta(minutes=1)

_hasher = PasswordHasher()
# Each takes 64 MiB and four lanes: when everybody comes to work at once, a process checks so many
# passwords at a time, and has memory and cores left for those who are in already.
_AT_ONCE = threading.BoundedSemaphore(2)
# Verified against when nobody has the name, so that both answers take the same time: the hash of no
# password, put together because to make a real one costs every command a tenth of a second.
_NOBODY = "$".join(
    (
        "$argon2id",
        "v=19",
        f"m={_hasher.memory_cost},t={_hasher.time_cost},p={_hasher.parallelism}",
        *(
            b64encode(secrets.token_bytes(length)).decode().rstrip("=")
            for length in (_hasher.salt_len, _hasher.hash_len)
        ),
    )
)
# Asked in every request of a program, so it is put together once.
_TOKEN_OWNER = (
    select(ApiToken.id, ApiToken.expires_at, ApiToken.revoked_at, User)
    .join(User, User.id == ApiToken.user_id)
    .where(ApiToken.secret_hash == bindparam("secret_hash"))
)


def hash_password(password: str) -> str:
    """Return the argon2id hash of a password."""
    return _hasher.hash(_normal(password))


def hash_secret(secret: str) -> bytes:
    """Return what the database keeps of a random secret."""
    return hashlib.sha256(secret.encode()).digest()


def verify_password(
    uow: UnitOfWork, *, login: str, password: str, address: str, device: str | None = None
) -> User:
    """Return the user whose name and password these are; reads only.

    Args:
        device: Id of the device, when this person has signed in with it before.

    Raises:
        TooMany: Too many failures for this name or address; `details["seconds"]` to wait.
        NotSignedIn: Name or password is wrong, or the account is closed.
    """
    name = login.strip().casefold()
    check_brake(uow, brake_keys(name, address, device))
    user = uow.session.scalar(select(User).where(User.login == name))
    known = user.password_hash if user is not None else None
    try:
        with _AT_ONCE:
            _hasher.verify(known or _NOBODY, _normal(password))
        right = known is not None
    except (VerifyMismatchError, InvalidHashError):
        right = False
    if user is None or not right or user.disabled_at is not None:
        raise NotSignedIn("Name or password is wrong.")
    return user


def count_failure(uow: UnitOfWork, *, login: str, address: str, device: str | None = None) -> None:
    """Remember a failed attempt; the boundary calls this in a unit of its own."""
    record_refusal(uow, actor_id=None, act="sign in", code=NotSignedIn.code, address=address)
    name = login.strip().casefold()
    press_brake(uow, brake_keys(name, address, device))
    remember_failure(uow, name)


def open_session(
    uow: UnitOfWork,
    user: User,
    *,
    address: str,
    agent: str,
    device: str | None = None,
    length: timedelta = SESSION_LENGTH,
) -> str:
    """Sign a verified person in and return the secret for the browser.

    Args:
        length: How long the session lasts at most, however much it is used.
    """
    secret = secrets.token_urlsafe(32)
    uow.session.add(
        UserSession(
            secret_hash=hash_secret(secret),
            user_id=user.id,
            created_at=uow.now,
            seen_at=uow.now,
            expires_at=uow.now + length,
            address=address,
            agent=agent[:200],
        )
    )
    release_brake(uow, brake_keys(user.login, address, device))
    remember_sign_in(uow, user.id, address)
    uow.session.execute(delete(UserSession).where(UserSession.expires_at < uow.now))
    uow.record("person.signed_in", actor_id=user.id, objects=[user.id], payload={"name": user.name})
    return secret


def live_session(uow: UnitOfWork, secret: str, *, idle: timedelta = IDLE_LENGTH) -> UserSession:
    """Return the session of a secret; reads only.

    Raises:
        NotSignedIn: The session has ended, was not used for too long, or never was.
    """
    found = uow.session.get(UserSession, hash_secret(secret))
    if found is None or found.expires_at <= uow.now or found.seen_at + idle <= uow.now:
        raise NotSignedIn("Please sign in.")
    return found


def session_user_id(uow: UnitOfWork, secret: str) -> UUID:
    """Return whose session this is; reads only.

    Raises:
        NotSignedIn: The session has ended or never was.
    """
    return live_session(uow, secret).user_id


def mark_seen(uow: UnitOfWork, secret: str) -> None:
    """Note that a session is in use, so that it does not end as idle."""
    uow.session.execute(
        update(UserSession)
        .where(UserSession.secret_hash == hash_secret(secret))
        .values(seen_at=uow.now)
    )


def close_session(uow: UnitOfWork, secret: str) -> None:
    """Sign out: the session is gone at once."""
    found = uow.session.get(UserSession, hash_secret(secret))
    if found is not None:
        uow.record("person.signed_out", actor_id=found.user_id, objects=[found.user_id])
        uow.session.delete(found)


def close_sessions_of(uow: UnitOfWork, user_id: UUID) -> None:
    """End all sessions of a person, as when the account is closed or the password changes."""
    uow.session.execute(delete(UserSession).where(UserSession.user_id == user_id))
    uow.session.execute(delete(HalfSignIn).where(HalfSignIn.user_id == user_id))


def change_password(uow: UnitOfWork, user: User, password: str, *, temporary: bool = False) -> None:
    """Set a password that the rules allow and end all sessions of its owner.

    Raises:
        Invalid: The password is too short or too easy to guess.
    """
    check_password(password, names=(user.login, user.name, office_name(uow)))
    user.password_hash = hash_password(password)
    user.password_is_temporary = temporary
    close_sessions_of(uow, user.id)
    uow.record("person.password_changed", actor_id=user.id, objects=[user.id])
    tell_owner(uow, user.id, "password_changed")


def add_token(
    uow: UnitOfWork,
    actor: Actor,
    *,
    user_id: UUID,
    label: str,
    expires_at: datetime | None,
    made_by: UUID | None = None,
) -> str:
    """Make a token with which a program acts as a person, and return its secret once.

    Args:
        expires_at: None for never; with `made_by`, for when that token ends.
        made_by: The token that asks for it. The new one ends with it at the latest, so that a
            secret which leaked cannot make itself last.

    Raises:
        NotAllowed: Nobody makes a token for somebody else.
        Invalid: The token would have expired already, or outlive the one that makes it.
    """
    if actor.user_id != user_id and not actor.is_service:
        raise NotAllowed("A token is made by the person whose rights it has.")
    if expires_at is not None and expires_at <= uow.now:
        raise Invalid("The token would have expired already.", field="expires")
    if made_by is not None:
        expires_at = _no_longer_than(uow, made_by, expires_at)
    secret = "chy_" + secrets.token_urlsafe(32)
    token_id = uow.new_id()
    uow.session.add(
        ApiToken(
            id=token_id,
            secret_hash=hash_secret(secret),
            user_id=user_id,
            label=label,
            created_at=uow.now,
            expires_at=expires_at,
            made_by=made_by,
        )
    )
    uow.record(
        "person.token_added",
        actor_id=actor.user_id,
        objects=[user_id, token_id],
        payload={**actor.signature(), "label": label},
    )
    if not actor.is_service:
        tell_owner(uow, user_id, "token_added", by=actor)
    return secret


def _no_longer_than(uow: UnitOfWork, made_by: UUID, expires_at: datetime | None) -> datetime | None:
    last = uow.session.get_one(ApiToken, made_by).expires_at
    if last is not None and expires_at is not None and expires_at > last:
        raise Invalid("A token cannot outlive the one that makes it.", field="expires")
    return expires_at or last


def revoke_token(uow: UnitOfWork, actor: Actor, *, token_id: UUID) -> None:
    """End a token and those made with it; its owner may, and whoever keeps the users.

    Raises:
        NotFound: There is none, or it is somebody else's.
    """
    token = uow.session.get(ApiToken, token_id)
    if token is None or not (token.user_id == actor.user_id or actor.may(Act.KEEP_USERS)):
        raise NotFound
    if token.revoked_at is None:
        token.revoked_at = uow.now
        uow.record(
            "person.token_revoked",
            actor_id=actor.user_id,
            objects=[token.user_id, token.id, *_revoke_made_with(uow, token.id)],
            payload={**actor.signature(), "label": token.label},
        )


def _revoke_made_with(uow: UnitOfWork, token_id: UUID) -> list[UUID]:
    """End all tokens that go back to one, and return them."""
    ended: list[UUID] = []
    makers = [token_id]
    while makers:
        statement = (
            update(ApiToken)
            .where(ApiToken.made_by.in_(makers), ApiToken.revoked_at.is_(None))
            .values(revoked_at=uow.now)
            .returning(ApiToken.id)
        )
        makers = list(uow.session.scalars(statement))
        ended += makers
    return ended


def revoke_tokens_of(uow: UnitOfWork, user_id: UUID) -> None:
    """End all tokens of a person, as when the account is closed."""
    uow.session.execute(
        update(ApiToken)
        .where(ApiToken.user_id == user_id, ApiToken.revoked_at.is_(None))
        .values(revoked_at=uow.now)
    )


def tokens_of(uow: UnitOfWork, user_id: UUID) -> list[ApiToken]:
    """Return a person's tokens, newest first."""
    query = select(ApiToken).where(ApiToken.user_id == user_id).order_by(ApiToken.id.desc())
    return list(uow.session.scalars(query))


def token_owner(uow: UnitOfWork, secret: str) -> tuple[UUID, User]:
    """Return a token's id, and the person as whom it acts; reads only.

    Raises:
        NotSignedIn: The token is unknown, expired or revoked.
    """
    row = uow.session.execute(_TOKEN_OWNER, {"secret_hash": hash_secret(secret)}).one_or_none()
    if row is None or row.revoked_at is not None or (row.expires_at and row.expires_at <= uow.now):
        raise NotSignedIn("The token is not valid (any more).")
    return row.id, row.User


def invite_first_administrator(uow: UnitOfWork) -> str | None:
    """Return the secret of a link for the first administrator, or None when somebody is here.

    A new link makes the earlier ones worthless.
    """
    if uow.session.scalar(select(User.id).limit(1)) is not None:
        return None
    uow.session.execute(update(Invitation).values(used_at=uow.now))
    secret = secrets.token_urlsafe(24)
    uow.session.add(
        Invitation(
            secret_hash=hash_secret(secret),
            created_at=uow.now,
            expires_at=uow.now + INVITATION_LENGTH,
        )
    )
    return secret


def open_invitation(uow: UnitOfWork, secret: str) -> Invitation:
    """Return an invitation that can still be used.

    Raises:
        NotFound: Unknown, used or expired.
    """
    found = uow.session.get(Invitation, hash_secret(secret))
    if found is None or found.used_at is not None or found.expires_at <= uow.now:
        raise NotFound("This link has been used or has expired.")
    _check_nobody_here(uow)
    return found


def use_invitation(uow: UnitOfWork, secret: str) -> None:
    """Use an invitation up; of several at once, one succeeds.

    Raises:
        NotFound: Unknown, used or expired.
    """
    used = uow.session.scalar(
        update(Invitation)
        .where(
            Invitation.secret_hash == hash_secret(secret),
            Invitation.used_at.is_(None),
            Invitation.expires_at > uow.now,
        )
        .values(used_at=uow.now)
        .returning(Invitation.secret_hash)
    )
    if used is None:
        raise NotFound("This link has been used or has expired.")
    _check_nobody_here(uow)


def _check_nobody_here(uow: UnitOfWork) -> None:
    """Refuse a link that lay around while somebody was added from a shell."""
    if uow.session.scalar(select(User.id).limit(1)) is not None:
        raise NotFound("This link has been used or has expired.")


def _normal(password: str) -> str:
    # The same characters, however a keyboard puts them together (NIST SP 800-63B, 3.1.1.2).
    return unicodedata.normalize("NFKC", password)
