"""Who is calling: found once per request, from the session cookie or from a bearer token.

The cookie is Flask's signed one. It holds a random session id and the forgery token of the forms;
everything else about a session is a row in the database, which dies at sign-out and with its user.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import cast
from uuid import UUID

from flask import Flask, current_app, g

_EXTENSION = "chancery_identifiers"


@dataclass(frozen=True)
class Identity:
    """The signed-in caller as screens and routes need it.

    Attributes:
        user_id: whose session or token it is.
        name: how the person is called on screen.
        roles: all roles of the posts held now.
        post: the main post and unit in words, for the user menu.
        language: the language set by the user, None for no choice.
        must_change_password: whether only the change of the password is open to them.
    """

    user_id: UUID
    name: str
    roles: frozenset[str]
    post: str = ""
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
