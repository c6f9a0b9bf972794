"""Where transactions begin and end: one unit of work per request, opened by the handler.

    with writing() as uow:
        service.void(uow, actor(), registration_id=..., reason=...)
    return redirect(...)

Services never commit. A refused attempt is recorded in a transaction of its own, because the first
one was rolled back; `web/errors.py` calls for it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast
from uuid import UUID

from flask import Flask, current_app, request

from records.core.database import Database, UnitOfWork
from records.core.errors import Refusal

_EXTENSION = "chancery_database"


def database() -> Database:
    """Return the database of this application."""
    return cast("Database", current_app.extensions[_EXTENSION])


@contextmanager
def reading() -> Iterator[UnitOfWork]:
    """Open the unit of work of a request that changes nothing."""
    with database().reading() as uow:
        yield uow


@contextmanager
def writing() -> Iterator[UnitOfWork]:
    """Open the unit of work of a request that acts; it commits when the block ends well."""
    with database().writing() as uow:
        yield uow


def record_refusal(refusal: Refusal, actor_id: UUID) -> None:
    """Put the refused attempt of a known person into the log."""
    with writing() as uow:
        uow.record(
            "request.refused",
            actor_id=actor_id,
            objects=(actor_id,),
            payload={
                "code": refusal.code,
                "message": refusal.message,
                "method": request.method,
                "path": request.path,
            },
        )


def init_app(app: Flask, opened: Database) -> None:
    """Give the application its database."""
    app.extensions[_EXTENSION] = opened
