"""Where transactions begin and end: one unit of work per request, opened by the handler.

    with writing() as uow:
        service.void(uow, actor(), registration_id=..., reason=...)
    return redirect(...)

Services never commit. A refused attempt is recorded in a transaction of its own, because the first
one was rolled back; `web/errors.py` calls for it.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import cast
from uuid import UUID

from flask import Flask, current_app, g, request

from records.core.database import Database, UnitOfWork
from records.core.errors import Refusal
from records.core.refusals import record_refusal as remember_refusal
from records.documents.components import existing
from records.office import Office

_EXTENSION = "chancery_office"
_HELD = "chancery_reading"


def office() -> Office:
    """Return the installation that this application serves."""
    return cast("Office", current_app.extensions[_EXTENSION])


def database() -> Database:
    """Return the database of this application."""
    return office().database


@contextmanager
def reading() -> Iterator[UnitOfWork]:
    """Open the unit of work of a request that changes nothing; within another, it is that one.

    So a page and the panels that its templates ask for see one moment, and look only once.
    """
    held: UnitOfWork | None = g.get(_HELD)
    if held is not None:
        yield held
        return
    with database().reading() as uow:
        setattr(g, _HELD, uow)
        try:
            yield uow
        finally:
            g.pop(_HELD, None)


@contextmanager
def writing() -> Iterator[UnitOfWork]:
    """Open the unit of work of a request that acts; it commits when the block ends well."""
    with database().writing() as uow:
        yield uow


def record_refusal(refusal: Refusal, actor_id: UUID | None, meant: Sequence[UUID] = ()) -> None:
    """Keep a refused attempt: of a known person in the log, of a stranger as a count.

    Args:
        meant: Ids in the address; those of documents and files that exist are kept with it.
    """
    with writing() as uow:
        remember_refusal(
            uow,
            objects=existing(uow, meant),
            actor_id=actor_id,
            act=f"{request.method} {request.url_rule or '–'}",
            code=refusal.code,
            address=request.remote_addr or "",
        )


def init_app(app: Flask, opened: Office) -> None:
    """Give the application the installation that it serves."""
    app.extensions[_EXTENSION] = opened
