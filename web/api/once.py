"""`Idempotency-Key`: a POST that comes again is answered as the first time, and done once."""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import cast
from uuid import UUID

from flask import Flask, current_app, g, request

from records.core.database import UnitOfWork
from records.core.idempotency import Answer, Asked, Running, check_key, keep, recall
from web.boundary import office, reading, writing
from web.session import actor

_EXTENSION = "chancery_running"


@contextmanager
def held(key: str | None) -> Iterator[None]:
    """Work on a request, alone if it has a key.

    Raises:
        Conflict: The first request with this key is still running.
        Invalid: The key is no key.
    """
    if key is None:
        yield
        return
    g.idempotency_key = check_key(key)
    if g.get("database_is_away"):
        yield  # whoever keeps it keeps it once
        return
    running = cast("Running", current_app.extensions[_EXTENSION])
    with running.hold(_user_id(), key):
        yield


def answered_before(content: bytes | None = None) -> Answer | None:
    """Return the answer of an earlier time, before anything costly is done.

    Args:
        content: Digest of the body; by default of its bytes.
    """
    asked = _asked(content)
    if asked is None:
        return None
    with reading() as uow:
        return recall(uow, office().vault, asked)


def once(act: Callable[[UnitOfWork], Answer], content: bytes | None = None) -> Answer:
    """Do an act and keep its answer in one transaction, or give the answer of an earlier time."""
    asked = _asked(content)
    with writing() as uow:
        if asked is None:
            return act(uow)
        vault = office().vault
        answer = recall(uow, vault, asked)
        if answer is None:
            answer = act(uow)
            keep(uow, vault, asked, answer)
        return answer


def _asked(content: bytes | None) -> Asked | None:
    key = g.get("idempotency_key")
    if key is None:
        return None
    digest = hashlib.sha256(f"{request.method} {request.full_path}\n".encode())
    digest.update(content if content is not None else hashlib.sha256(request.get_data()).digest())
    return Asked(_user_id(), key, digest.digest())


def _user_id() -> UUID:
    user_id = actor().user_id
    assert user_id is not None  # a token belongs to a person
    return user_id


def init_app(app: Flask) -> None:
    """Know which requests are running."""
    with app.app_context():
        opened = office()
    app.extensions[_EXTENSION] = Running(opened.database, opened.config.home)
