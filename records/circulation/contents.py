"""What a round sends: the components as they are at one moment, compared again later."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import select

from records.circulation.models import Round, RoundContent
from records.core.database import UnitOfWork
from records.core.rows import write_new
from records.documents.models import Component
from records.documents.rules import DERIVED_ROLES

# Ids and digests in order.
Content = list[tuple[UUID, str]]


def freeze(uow: UnitOfWork, round_: Round) -> None:
    """Keep the content of this moment as that of the round's revision."""
    rows = [
        RoundContent(
            round_id=round_.id,
            revision=round_.revision,
            position=position,
            component_id=component_id,
            sha256=sha256,
        )
        for position, (component_id, sha256) in enumerate(present_content(uow, round_.document_id))
    ]
    write_new(uow, rows)


def present_content(uow: UnitOfWork, document_id: UUID) -> Content:
    """Return the content of a document as it is now, without what was made from it."""
    query = (
        select(Component.id, Component.sha256)
        .where(
            Component.document_id == document_id,
            Component.role.not_in(DERIVED_ROLES),
        )
        .order_by(Component.position)
    )
    return [(row[0], row[1]) for row in uow.session.execute(query)]


def sent_content(uow: UnitOfWork, round_id: UUID, revision: int) -> Content:
    """Return the content that a revision of a round sent."""
    query = (
        select(RoundContent.component_id, RoundContent.sha256)
        .where(RoundContent.round_id == round_id, RoundContent.revision == revision)
        .order_by(RoundContent.position)
    )
    return [(row[0], row[1]) for row in uow.session.execute(query)]


def is_present(uow: UnitOfWork, round_: Round, *, revision: int | None = None) -> bool:
    """Return whether what a round sent is still what the document holds."""
    sent = sent_content(uow, round_.id, revision or round_.revision)
    return sent == present_content(uow, round_.document_id)


def component_ids(content: Iterable[tuple[UUID, str]]) -> set[UUID]:
    """Return the components of a content."""
    return {component_id for component_id, _ in content}
