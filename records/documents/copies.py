"""Numbered copies 份号 of a document on paper: how many were made, for whom, what became of them.

Numbers begin at 1 for each document and have no gap; GB/T 9704-2012, 7.2.1, prints them with six
digits. Who keeps the register, or the archive of what is filed, makes copies and takes them back.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from records.core.database import UnitOfWork
from records.core.errors import Invalid, NotAllowed, NotFound
from records.core.rows import clean, filled
from records.documents.models import Component, Document, DocumentCopy
from records.documents.rules import (
    COPY_EVENTS,
    CopyState,
    CopyStep,
    DocumentState,
    check_not_voided,
    next_copy_state,
)
from records.documents.service import record_document
from records.documents.visibility import get_document, visible
from records.people.models import User
from records.people.rules import Act, Actor, Role

PDF = "application/pdf"
MOST_AT_ONCE = 200
LONGEST_NAME = 200
DIGITS = 6


@dataclass(frozen=True)
class CopyLine:
    """One numbered copy as the list shows it."""

    id: UUID
    component_id: UUID
    file: str
    number: int
    for_whom: str
    purpose: str | None
    state: CopyState
    made_at: datetime
    made_by: str
    ended_at: datetime | None
    ended_by: str | None
    end_reason: str | None

    @property
    def text(self) -> str:
        """The number as it stands on paper."""
        return copy_number(self.number)


def copy_number(number: int) -> str:
    """Return a number with the digits that the standard wants."""
    return f"{number:0{DIGITS}d}"


def keeps_copies(actor: Actor, document: Document) -> bool:
    """Return whether a person makes copies of a document that they see, and takes them back."""
    is_clerk = actor.may(Act.REGISTER) and document.clerk_unit_id in actor.clerk_units
    is_filed = document.state == DocumentState.FILED
    return is_clerk or (is_filed and Role.ARCHIVIST in actor.roles)


def make_copies(
    uow: UnitOfWork,
    actor: Actor,
    *,
    document_id: UUID,
    component_id: UUID,
    for_whom: Sequence[str] = (),
    count: int | None = None,
    purpose: str | None = None,
) -> list[DocumentCopy]:
    """Give numbers to copies of a file, one for each name, or as many as are counted.

    Args:
        for_whom: One name for each copy; with `count` at most one name, for all of them.

    Raises:
        NotFound: There is no such document or file, or the person may not know of it.
        NotAllowed: The person keeps neither its register nor, once it is filed, the archive.
        Conflict: The registration was voided.
        Invalid: No copies, too many of them, or the file is no PDF.
    """
    document = _keep(uow, actor, document_id)
    component = uow.session.get(Component, component_id)
    if component is None or component.document_id != document.id:
        raise NotFound
    if component.media_type != PDF:
        raise Invalid("Only a PDF can be printed with copy numbers.", field="component")
    names = _names(for_whom, count)
    why = clean(purpose or "").strip() or None
    first = 1 + (
        uow.session.scalar(
            select(func.max(DocumentCopy.number)).where(DocumentCopy.document_id == document.id)
        )
        or 0
    )
    made = [
        DocumentCopy(
            id=uow.new_id(),
            document_id=document.id,
            component_id=component.id,
            number=number,
            for_whom=name,
            purpose=why,
            state=CopyState.OUT.value,
            made_at=uow.now,
            made_by=actor.user_id,
        )
        for number, name in enumerate(names, start=first)
    ]
    uow.session.add_all(made)
    uow.session.flush()
    told = {
        "file": component.name,
        "first": first,
        "last": first + len(made) - 1,
        "for_whom": names,
        "purpose": why,
    }
    record_document(uow, actor, "copy.made", document, told, component.id)
    return made


def move_copy(
    uow: UnitOfWork, actor: Actor, *, copy_id: UUID, step: CopyStep, reason: str | None = None
) -> DocumentCopy:
    """Say that a copy came back or was destroyed, or that this was said by mistake.

    Args:
        reason: How, or by whose word; to open a copy again it must be there.

    Raises:
        NotFound: There is no such copy, or the person may not know of the document.
        NotAllowed: As `make_copies`.
        Conflict: The step is not open from the state of the copy.
        Invalid: A copy is opened again without a reason.
    """
    seen = visible(uow, actor, DocumentCopy.document_id)
    found = uow.session.scalar(select(DocumentCopy).where(DocumentCopy.id == copy_id, seen))
    if found is None:
        raise NotFound
    # The document is held, so that two people do not mark one copy in two ways.
    document = _keep(uow, actor, found.document_id)
    uow.session.refresh(found)
    state = next_copy_state(CopyState(found.state), step)
    why = filled(reason or "", "reason") if step is CopyStep.REOPEN else clean(reason or "").strip()
    found.state = state.value
    is_out = state is CopyState.OUT
    found.ended_at = None if is_out else uow.now
    found.ended_by = None if is_out else actor.user_id
    found.end_reason = None if is_out else (why or None)
    told = {"copy": found.number, "for_whom": found.for_whom, "reason": why or None}
    record_document(uow, actor, COPY_EVENTS[step], document, told, found.component_id)
    return found


def copies_of(
    uow: UnitOfWork,
    actor: Actor,
    document_id: UUID,
    *,
    after: int = 0,
    limit: int = 200,
) -> list[CopyLine]:
    """Return the numbered copies of a document that a person may see, in their order.

    Args:
        after: Only copies with higher numbers.
    """
    maker, ender = aliased(User), aliased(User)
    query = (
        select(DocumentCopy, Component.name, maker.name, ender.name)
        .join(Component, Component.id == DocumentCopy.component_id)
        .join(maker, maker.id == DocumentCopy.made_by)
        .outerjoin(ender, ender.id == DocumentCopy.ended_by)
        .where(
            DocumentCopy.document_id == document_id,
            DocumentCopy.number > after,
            visible(uow, actor, DocumentCopy.document_id),
        )
        .order_by(DocumentCopy.number)
        .limit(limit)
    )
    return [_line(*row) for row in uow.session.execute(query)]


def count_copies(uow: UnitOfWork, actor: Actor, document_id: UUID) -> dict[CopyState, int]:
    """Return how many copies of a document that a person may see are in each state."""
    query = (
        select(DocumentCopy.state, func.count())
        .where(
            DocumentCopy.document_id == document_id,
            visible(uow, actor, DocumentCopy.document_id),
        )
        .group_by(DocumentCopy.state)
    )
    return {CopyState(state): number for state, number in uow.session.execute(query)}


def copies_to_print(
    uow: UnitOfWork, actor: Actor, document_id: UUID, *, first: int, last: int
) -> tuple[Document, Component, list[DocumentCopy]]:
    """Return some copies of one file to who may make them, for the paper.

    Raises:
        NotFound: There are none, they are of several files, or the person may not know of them.
        NotAllowed: As `make_copies`.
        Invalid: More than are made at once.
    """
    document = get_document(uow, actor, document_id)
    _check_keeps(actor, document)
    if last - first >= MOST_AT_ONCE:
        raise Invalid("At most %(max)d copies at once.", {"max": MOST_AT_ONCE}, field="count")
    query = (
        select(DocumentCopy)
        .where(DocumentCopy.document_id == document_id, DocumentCopy.number.between(first, last))
        .order_by(DocumentCopy.number)
    )
    found = list(uow.session.scalars(query))
    if len({each.component_id for each in found}) != 1:
        raise NotFound
    return document, uow.session.get_one(Component, found[0].component_id), found


def _keep(uow: UnitOfWork, actor: Actor, document_id: UUID) -> Document:
    document = get_document(uow, actor, document_id, for_update=True)
    _check_keeps(actor, document)
    check_not_voided(document.state)
    return document


def _check_keeps(actor: Actor, document: Document) -> None:
    if not keeps_copies(actor, document):
        raise NotAllowed("Numbered copies are for the registry, and for the archive once filed.")


def _names(for_whom: Sequence[str], count: int | None) -> list[str]:
    names = [found for each in for_whom if (found := clean(each).strip())]
    if any(len(each) > LONGEST_NAME for each in names):
        raise Invalid("A name is too long.", field="for_whom")
    if count is not None:
        if count < 1:
            raise Invalid("At least one copy.", field="count")
        if len(names) > 1 and len(names) != count:
            raise Invalid(
                "There are %(names)d names for %(count)d copies.",
                {"names": len(names), "count": count},
                field="count",
            )
        if len(names) <= 1 and count <= MOST_AT_ONCE:
            names = (names or [""]) * count
    if not names and not count:
        raise Invalid("Say for whom the copies are, or how many.", field="for_whom")
    if len(names) > MOST_AT_ONCE or (count or 0) > MOST_AT_ONCE:
        raise Invalid("At most %(max)d copies at once.", {"max": MOST_AT_ONCE}, field="count")
    return names


def _line(copy: DocumentCopy, file: str, made_by: str, ended_by: str | None) -> CopyLine:
    return CopyLine(
        id=copy.id,
        component_id=copy.component_id,
        file=file,
        number=copy.number,
        for_whom=copy.for_whom,
        purpose=copy.purpose,
        state=CopyState(copy.state),
        made_at=copy.made_at,
        made_by=made_by,
        ended_at=copy.ended_at,
        ended_by=ended_by,
        end_reason=copy.end_reason,
    )
