"""The timeline of a document: what happened to it, by whom, in the words of the log."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from records.core.database import UnitOfWork
from records.core.log import entries_about, timestamp
from records.documents.visibility import get_document
from records.people.rules import Actor

VIEWED = "document.viewed"
REFUSED = "access.refused"


@dataclass(frozen=True)
class Moment:
    """One entry of the log, ready to be phrased.

    Attributes:
        name: Who did it, as they were called then; None for the service itself.
        posts: The posts that they held then.
        operator: Somebody acted from a shell on behalf of that person.
        facts: What the entry tells; None when a disposition erased it. Changed metadata is
            `changes`: name → [before, after], units and classes by code.
    """

    sequence: int
    at: datetime
    actor_id: UUID | None
    name: str | None
    posts: tuple[str, ...]
    operator: bool
    kind: str
    facts: dict[str, Any] | None


@dataclass(frozen=True)
class View:
    """Somebody looked at a document, or at one of its files."""

    actor: Actor
    document_id: UUID
    component_id: UUID | None
    at: datetime


def timeline(uow: UnitOfWork, actor: Actor, document_id: UUID) -> list[Moment]:
    """Return the timeline of a document that a person may see, oldest first.

    Raises:
        NotFound: It does not exist, or this person may not know that it does.
    """
    get_document(uow, actor, document_id)
    return [
        _moment(entry.sequence, entry.occurred_at, entry.actor_id, entry.kind, payload)
        for entry, payload in entries_about(uow.session, document_id)
        # Who tried in vain is for those who watch over the log.
        if entry.kind != REFUSED
    ]


def record_views(uow: UnitOfWork, views: Sequence[View]) -> None:
    """Record who looked at what; called now and then, outside of requests, for many at once."""
    for view in views:
        objects = [view.document_id]
        if view.component_id is not None:
            objects.append(view.component_id)
        uow.record(
            VIEWED,
            actor_id=view.actor.user_id,
            objects=objects,
            payload={
                **view.actor.signature(),
                "at": timestamp(view.at),
                "component": str(view.component_id) if view.component_id else None,
            },
        )


def _moment(
    sequence: int, at: datetime, actor_id: UUID | None, kind: str, payload: str | None
) -> Moment:
    facts: dict[str, Any] | None = json.loads(payload) if payload is not None else None
    told = facts if facts is not None else {}
    name = told.pop("name", None)
    posts = tuple(told.pop("posts", ()))
    operator = bool(told.pop("operator", False))
    return Moment(sequence, at, actor_id, name, posts, operator, kind, facts)
