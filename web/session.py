"""Who is calling: found once per request, from the session cookie or from a bearer token.

The cookie is Flask's signed one. It holds the random secret of a session and the forgery token of
the forms; everything else about a session is a row in the database, which dies at sign-out and with
its user.
"""

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast
from uuid import UUID

from flask import Flask, current_app, g, request, session
from sqlalchemy.exc import OperationalError

from records.core.database import UnitOfWork
from records.core.errors import NotSignedIn
from records.people.actors import load_actor
from records.people.rules import Act, Actor
from records.people.second_factor import factor_in_use
from records.people.service import get_user
from records.people.signing_in import SEEN_EVERY, live_session, mark_seen
from web.boundary import office, reading, writing

_EXTENSION = "chancery_identifiers"
_SENDERS = "chancery_senders"
_SECRET = "secret"  # noqa: S105 - the name of the value in the cookie
_HALF = "half"
_ENDED = "ended"
# Shown by what a page renews by itself, which is no use of the session.
_UNATTENDED = "X-Unattended"


@dataclass(frozen=True)
class Identity:
    """The signed-in caller as screens and routes need it.

    Attributes:
        actor: The person with the rights of this moment; services take it.
        language: The language that the person has chosen, None for no choice.
        must_change_password: Whether only the change of the password is open to them.
        must_add_factor: Whether a role of theirs demands a second factor that they lack.
        signed_in_at: When they last proved who they are; None for programs.
        token_id: The token that a program showed; None for a browser.
    """

    actor: Actor
    language: str | None = None
    must_change_password: bool = False
    must_add_factor: bool = False
    signed_in_at: datetime | None = None
    token_id: UUID | None = None


Identifier = Callable[[], Identity | None]
# Where a file may be left while the database is away, by whoever was known a moment ago.
_TAKES_FILES = {"registration.receive", "api.register_document"}
_REMEMBERED_SECONDS = 900.0
_MOST_REMEMBERED = 1_000


def identifiers(app: Flask) -> list[Identifier]:
    """Return the ways of finding out who calls, in the order in which they are asked."""
    ways: list[Identifier] = app.extensions.setdefault(_EXTENSION, [])
    return ways


def current_identity() -> Identity | None:
    """Return who calls, or None for a stranger; asked once per request."""
    if "identity" not in g:
        g.identity = None  # a way that fails must not be asked again by its own error page
        g.identity = next(filter(None, (ask() for ask in identifiers(current_app))), None)
    return cast("Identity | None", g.identity)


def actor() -> Actor:
    """Return the person who acts.

    Raises:
        NotSignedIn: Nobody is signed in.
    """
    identity = current_identity()
    if identity is None:
        raise NotSignedIn("Please sign in.")
    return identity.actor


def identify_by_cookie() -> Identity | None:
    """Return whose browser session this is; programs under `/api` show a token instead."""
    secret = session.get(_SECRET)
    if secret is None or request.path.startswith("/api/"):
        return None
    try:
        with reading() as uow:
            found = live_session(
                uow, secret, idle=timedelta(minutes=office().config.session_idle_minutes)
            )
            person = load_actor(uow, found.user_id)
            user = get_user(uow, found.user_id)
            identity = Identity(
                person,
                user.language,
                user.password_is_temporary,
                _lacks_factor(uow, person),
                found.created_at,
            )
            # Also of one that was seen later than now: then the clock was set back.
            unmarked = not found.seen_at <= uow.now < found.seen_at + SEEN_EVERY
            remember_sender(secret, identity)
    except NotSignedIn:
        forget_sender(secret)
        session.clear()
        session[_ENDED] = True
        return None
    except OperationalError as error:
        return sender_remembered(secret, error)
    if unmarked and _UNATTENDED not in request.headers:
        _mark_seen(secret)
    return identity


def idle_seconds() -> float:
    """Return how long the session of this browser lasts at least when it is not used."""
    idle = timedelta(minutes=office().config.session_idle_minutes)
    return max(idle - SEEN_EVERY, idle / 2).total_seconds()


def _mark_seen(secret: str) -> None:
    try:
        with writing() as uow:
            mark_seen(uow, secret)
    except OperationalError:
        # The database is busy or gone: the next request tries again.
        return


def _lacks_factor(uow: UnitOfWork, person: Actor) -> bool:
    demanding = office().config.second_factor_roles
    if person.user_id is None or demanding.isdisjoint(role.value for role in person.roles):
        return False
    return factor_in_use(uow, person.user_id) is None


def own_secret() -> str:
    """Return the secret of the session of this browser."""
    return str(session[_SECRET])


def has_ended() -> bool:
    """Tell whether this browser had a session that ended by itself, or was ended."""
    return bool(session.get(_ENDED))


def remember_sender(secret: str, identity: Identity) -> Identity:
    """Remember for a while who may send files, by the digest of what they showed."""
    if identity.actor.may(Act.REGISTER):
        known = _senders()
        known.pop(_digest(secret), None)
        while len(known) >= _MOST_REMEMBERED:
            known.pop(next(iter(known), b""), None)
        known[_digest(secret)] = (time.monotonic(), identity)
    return identity


def forget_sender(secret: str) -> None:
    """Forget who showed this."""
    _senders().pop(_digest(secret), None)


def sender_remembered(secret: str, error: OperationalError) -> Identity:
    """Return who showed this lately; only to be called while the database is away.

    It lets them leave a file, and nothing else: what they may is asked again when it is taken in.

    Raises:
        OperationalError: Nobody did, or the request is for anything else.
    """
    seen, identity = _senders().get(_digest(secret), (float("-inf"), None))
    fresh = time.monotonic() - seen < _REMEMBERED_SECONDS
    if identity is None or not fresh or request.endpoint not in _TAKES_FILES:
        raise error
    g.database_is_away = True
    return identity


def _senders() -> dict[bytes, tuple[float, Identity]]:
    senders: dict[bytes, tuple[float, Identity]] = current_app.extensions[_SENDERS]
    return senders


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()


def begin(secret: str) -> None:
    """Give the browser a new session: nothing of the one before it remains."""
    session.clear()
    session[_SECRET] = secret


def begin_half(secret: str) -> None:
    """Give the browser what stands for a right password until the second factor is proved."""
    session.clear()
    session[_HALF] = secret


def half_secret() -> str | None:
    """Return what stands for a right password, or None."""
    secret: str | None = session.get(_HALF)
    return secret


def end() -> str | None:
    """Take the session from the browser and return its secret."""
    secret: str | None = session.get(_SECRET)
    if secret is not None:
        forget_sender(secret)
    session.clear()
    return secret


def init_app(app: Flask) -> None:
    """Recognise browsers by their cookie."""
    app.extensions.setdefault(_SENDERS, {})
    identifiers(app).append(identify_by_cookie)
    app.add_template_global(idle_seconds)
