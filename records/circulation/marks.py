"""Which documents of a list are in circulation."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import select

from records.circulation.models import Round
from records.circulation.rules import RoundState
from records.core.database import UnitOfWork


def in_circulation(uow: UnitOfWork, document_ids: Iterable[UUID]) -> frozenset[UUID]:
    """Return those documents of which a round is running, in one query.

    Args:
        document_ids: Documents whose visibility has been checked already.
    """
    wanted = list(document_ids)
    if not wanted:
        return frozenset()
    query = select(Round.document_id).where(
        Round.document_id.in_(wanted), Round.state == RoundState.RUNNING.value
    )
    return frozenset(uow.session.scalars(query))
