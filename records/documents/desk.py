"""What waits for a person: one function for each card of the desk, each in two or three queries.

Work that is open is found by its state, which has a short index range; what came in is found in the
capacities of the person, as every list is.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from uuid import UUID

from sqlalchemy import ColumnElement, select

from records.core.database import UnitOfWork
from records.documents.listing import (
    COUNT_LIMIT,
    DocumentLine,
    lines_of,
    list_documents,
)
from records.documents.models import Document
from records.documents.rules import DocumentState, TextState, Urgency
from records.documents.visibility import visible
from records.people.rules import ARCHIVISTS, EVERYONE, Actor, PrincipalKind, principal_id

OPEN_STATES = (DocumentState.REGISTERED, DocumentState.CHECKED)
CARD_LINES = 5


@dataclass(frozen=True)
class Waiting:
    """The head of a list on the desk.

    Attributes:
        count: How many there are, exact up to `COUNT_LIMIT`; None when only the newest are asked.
    """

    lines: list[DocumentLine]
    count: int | None = None


def to_be_checked(uow: UnitOfWork, actor: Actor) -> Waiting:
    """Return what a clerk has not checked yet, the oldest first."""
    return _open(uow, actor, [DocumentState.REGISTERED], _kept_by(actor), newest_first=False)


def to_be_filed(uow: UnitOfWork, actor: Actor) -> Waiting:
    """Return what is checked and not in the file yet, of all that a person may see."""
    return _open(uow, actor, [DocumentState.CHECKED], newest_first=False)


def urgent(uow: UnitOfWork, actor: Actor) -> Waiting:
    """Return what is urgent and not filed yet, the newest first."""
    return _open(uow, actor, OPEN_STATES, Document.urgency != Urgency.ROUTINE.value)


def unreadable(uow: UnitOfWork, actor: Actor) -> Waiting:
    """Return what a clerk has in hand that could not be read, the newest first."""
    failed = Document.text_state == TextState.FAILED.value
    return _open(uow, actor, OPEN_STATES, _kept_by(actor), failed)


def of_my_units(uow: UnitOfWork, actor: Actor) -> Waiting:
    """Return the newest documents of the units of a person, for leaders those below too."""
    return _newest(uow, actor, _responsible(actor))


def shared_with_me(uow: UnitOfWork, actor: Actor) -> Waiting:
    """Return the newest documents that were shared with a person, a unit or a group of theirs."""
    by_office = {EVERYONE, ARCHIVISTS} | _responsible(actor)
    by_office |= {principal_id(PrincipalKind.CLERKS, each) for each in actor.clerk_units}
    return _newest(uow, actor, actor.principals - by_office)


def in_the_file(uow: UnitOfWork, actor: Actor) -> Waiting:
    """Return the newest documents that archivists keep."""
    return _newest(uow, actor, [ARCHIVISTS])


def came_in_last(uow: UnitOfWork, actor: Actor, *, limit: int = 10) -> list[DocumentLine]:
    """Return the newest documents of all that a person may see."""
    return list_documents(uow, actor, limit=limit).items


def _responsible(actor: Actor) -> set[UUID]:
    return {principal_id(PrincipalKind.RESPONSIBLE_UNIT, each) for each in actor.responsible_units}


def _open(
    uow: UnitOfWork,
    actor: Actor,
    states: Iterable[DocumentState],
    *conditions: ColumnElement[bool],
    newest_first: bool = True,
) -> Waiting:
    query = (
        select(Document.id)
        .where(Document.state.in_([each.value for each in states]), *conditions)
        .where(visible(uow, actor))
        .order_by(Document.id.desc() if newest_first else Document.id)
        .limit(COUNT_LIMIT + 1)
    )
    ids = list(uow.session.scalars(query))
    lines = lines_of(uow, ids[:CARD_LINES])
    return Waiting([lines[each] for each in ids[:CARD_LINES]], len(ids))


def _kept_by(actor: Actor) -> ColumnElement[bool]:
    return Document.clerk_unit_id.in_(actor.clerk_units)


def _newest(uow: UnitOfWork, actor: Actor, principals: Iterable[UUID]) -> Waiting:
    # The same person, looking in some of their capacities only.
    narrowed = replace(actor, principals=actor.principals & frozenset(principals))
    if not narrowed.principals:
        return Waiting([])
    return Waiting(list_documents(uow, narrowed, limit=CARD_LINES).items)
