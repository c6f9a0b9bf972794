"""Programs show a bearer token (RFC 6750); `/api` takes nothing else.

The pages for whoever runs the service take it too; every other page wants a session.
"""

from flask import Flask, request
from sqlalchemy.exc import OperationalError

from records.core.errors import NotSignedIn
from records.people.actors import load_actor
from records.people.signing_in import token_owner
from web.boundary import reading
from web.session import (
    Identity,
    forget_sender,
    identifiers,
    remember_sender,
    sender_remembered,
)


def identify_by_token() -> Identity | None:
    """Return as whom the program acts.

    Raises:
        NotSignedIn: The token is unknown, expired or revoked.
    """
    if not request.path.startswith(("/api/", "/metrics", "/readyz")):
        return None
    scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        return None
    try:
        with reading() as uow:
            # The row of the owner stays in the session, where the actor is made from it.
            token_id, owner = token_owner(uow, secret.strip())
            identity = Identity(load_actor(uow, owner.id), token_id=token_id)
            return remember_sender(secret.strip(), identity)
    except NotSignedIn:
        forget_sender(secret.strip())
        return None
    except OperationalError as error:
        return sender_remembered(secret.strip(), error)


def init_app(app: Flask) -> None:
    """Recognise programs by their token."""
    identifiers(app).append(identify_by_token)
