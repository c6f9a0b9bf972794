"""Where a search can be kept to: one round, the rounds that somebody sends, what they have to read.

The documents of such a place are named to the index by their ids, after the rule of visibility; the
index applies its own besides.
"""

import enum
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import or_, select

from records.circulation.models import ReadingItem, Round
from records.circulation.rules import ItemState, RoundState
from records.circulation.telling import known_round
from records.core.database import UnitOfWork
from records.core.errors import NotFound
from records.documents.visibility import visible
from records.people.rules import Actor

# The newest of them; an index that is asked about thousands of ids takes its time.
MOST_DOCUMENTS = 500


class CircleKind(enum.StrEnum):
    """What a search is kept to: a single round, or all of somebody's."""

    ROUND = "round"
    SENT = "sent"
    READING = "reading"


@dataclass(frozen=True)
class Circle:
    """A place that a search is kept to.

    Attributes:
        value: As it stands in the address: the id of the round, or the name of the kind.
        number: Of the document, for a single round.
        is_cut: Whether only the newest `MOST_DOCUMENTS` are searched.
    """

    kind: CircleKind
    value: str
    document_ids: frozenset[UUID]
    number: str | None = None
    is_cut: bool = False


def circle_of(uow: UnitOfWork, actor: Actor, value: str) -> Circle:
    """Return the place that a value of the address names.

    Raises:
        NotFound: It names none, or a round of which this person may not know.
    """
    if value == CircleKind.SENT:
        return _all_of(uow, actor, CircleKind.SENT)
    if value == CircleKind.READING:
        return _all_of(uow, actor, CircleKind.READING)
    try:
        round_id = UUID(value)
    except ValueError:
        raise NotFound from None
    _, document = known_round(uow, actor, round_id)
    return Circle(CircleKind.ROUND, str(round_id), frozenset({document.id}), document.number)


def _all_of(uow: UnitOfWork, actor: Actor, kind: CircleKind) -> Circle:
    if kind is CircleKind.SENT:
        mine = or_(Round.sender_id == actor.user_id, Round.urger_id == actor.user_id)
        drafts = (RoundState.DRAFT.value, RoundState.DISCARDED.value)
        query = (
            select(Round.document_id)
            .where(mine, Round.state.not_in(drafts), visible(uow, actor, Round.document_id))
            .order_by(Round.id.desc())
        )
    else:
        unread = (ItemState.WAITING.value, ItemState.RECALLED.value)
        query = (
            select(ReadingItem.document_id)
            .where(
                ReadingItem.reader_id == actor.user_id,
                ReadingItem.state.not_in(unread),
                visible(uow, actor, ReadingItem.document_id),
            )
            .order_by(ReadingItem.id.desc())
        )
    found = list(uow.session.scalars(query.limit(MOST_DOCUMENTS + 1)))
    ids = frozenset(found[:MOST_DOCUMENTS])
    return Circle(kind, kind.value, ids, is_cut=len(found) > MOST_DOCUMENTS)
