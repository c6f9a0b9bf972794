"""Which saved route a document's last round followed, found by comparing the readers."""

from uuid import UUID

from sqlalchemy import select

from records.circulation.models import ReadingItem, Round, Route, Stage
from records.circulation.routes import route_stages
from records.circulation.rules import RoundState
from records.core.database import UnitOfWork

_NOT_MEANT = (RoundState.DRAFT.value, RoundState.DISCARDED.value, RoundState.RECALLED.value)
# Routes are compared one by one; an office has tens of them.
_MOST_ROUTES = 200


def route_followed(uow: UnitOfWork, document_id: UUID) -> UUID | None:
    """Return the saved route whose stages have the readers of a document's last round.

    None where there was no round, or where its readers were chosen by hand.
    """
    stages = _last_readers(uow, document_id)
    if not stages:
        return None
    routes = uow.session.scalars(select(Route.id).order_by(Route.id).limit(_MOST_ROUTES)).all()
    return next((each for each in routes if _readers(uow, each) == stages), None)


def _last_readers(uow: UnitOfWork, document_id: UUID) -> list[frozenset[UUID]]:
    last = (
        select(Round.id)
        .where(Round.document_id == document_id, Round.state.not_in(_NOT_MEANT))
        .order_by(Round.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    rows = uow.session.execute(
        select(Stage.position, ReadingItem.reader_id)
        .join(ReadingItem, ReadingItem.stage_id == Stage.id)
        # Whom the sender chose, not who stands in or came later.
        .where(Stage.round_id == last, ReadingItem.previous_id.is_(None))
        .order_by(Stage.position)
    ).all()
    found: dict[int, set[UUID]] = {}
    for position, reader_id in rows:
        found.setdefault(position, set()).add(reader_id)
    return [frozenset(each) for each in found.values()]


def _readers(uow: UnitOfWork, route_id: UUID) -> list[frozenset[UUID]]:
    return [frozenset(each.readers) for each in route_stages(uow, route_id)]
