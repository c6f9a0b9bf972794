"""Who is calling: found once per request, from the session cookie or from a bearer token.

The cookie is Flask's signed one. It holds the random secret of a session and the forgery token of
the forms; everything else about a session is a row in the database, which dies at sign-out and with
its user.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

from flask import Flask, current_app, g, request, session

from records.core.errors import NotSignedIn
from records.people.actors import load_actor
from records.people.rules import Actor
from records.people.service import get_user
from records.people.signing_in import session_user_id
from web.boundary import reading

_EXTENSION = "chancery_identifiers"
_SECRET = "secret"  # noqa: S105 - the name of the value in the cookie


@dataclass(frozen=True)
class Identity:
    """The signed-in caller as screens and routes need it.

    Attributes:
        actor: The person with the rights of this moment; services take it.
        language: The language that the person has chosen, None for no choice.
        must_change_password: Whether only the change of the password is open to them.
    """

    actor: Actor
    language: str | None = None
    must_change_password: bool = False


Identifier = Callable[[], Identity | None]


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
            user_id = session_user_id(uow, secret)
            person = load_actor(uow, user_id)
            user = get_user(uow, user_id)
            return Identity(person, user.language, user.password_is_temporary)
    except NotSignedIn:
        session.clear()
        return None


def begin(secret: str) -> None:
    """Give the browser a new session: nothing of the one before it remains."""
    session.clear()
    session[_SECRET] = secret


def end() -> str | None:
    """Take the session from the browser and return its secret."""
    secret: str | None = session.get(_SECRET)
    session.clear()
    return secret


def init_app(app: Flask) -> None:
    """Recognise browsers by their cookie."""
    identifiers(app).append(identify_by_cookie)
