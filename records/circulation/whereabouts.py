"""Where a document is: who holds the electronic item and the paper now, and its whole way.

The electronic item lies with the readers who owe an answer; when nobody does, with the unit that
is responsible, else with the registry. The paper lies with whoever confirmed last to have it, and
with the registry until somebody does. A way tells who and when, and no opinion: those have a rule
of their own.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import aliased

from records.circulation.labels import known_label
from records.circulation.models import PaperHolding, ReadingItem, Round
from records.circulation.paper import keeps_paper, may_withdraw
from records.circulation.rules import ENDED, ItemState
from records.core.database import UnitOfWork
from records.documents.models import Document
from records.documents.rules import Medium
from records.documents.visibility import get_document
from records.people.models import Unit, User
from records.people.rules import Actor

_Reader, _Absent, _Ended, _Giver = aliased(User), aliased(User), aliased(User), aliased(User)
_NEVER = datetime.max.replace(tzinfo=UTC)


class Kept(StrEnum):
    """What of a document somebody holds."""

    ELECTRONIC = "electronic"
    PAPER = "paper"


class Keeper(StrEnum):
    """In what part somebody holds it."""

    REGISTRY = "registry"
    UNIT = "unit"
    PERSON = "person"


class End(StrEnum):
    """How a leg ended; the ends of reading items are their states."""

    SIGNED = "signed"
    RETURNED = "returned"
    DELEGATED = "delegated"
    SKIPPED = "skipped"
    RECALLED = "recalled"
    SENT = "sent"  # it went to its readers
    HANDED_ON = "handed_on"
    WITHDRAWN = "withdrawn"  # never confirmed


@dataclass(frozen=True)
class Leg:
    """A piece of the way: who held it, from when, until when.

    Attributes:
        on_behalf_of: The reader who handed the item on.
        acted: Who ended it, where that was a deputy and not the holder.
        opened_at: When a reader opened it first.
        end: How it ended; None while it lasts.
        purpose: Why it was circulated; None outside of rounds.
        is_expected: The paper is on its way there, and not confirmed.
    """

    kept: Kept
    keeper: Keeper
    name: str
    from_at: datetime
    until_at: datetime | None = None
    end: End | None = None
    user_id: UUID | None = None
    on_behalf_of: str | None = None
    acted: str | None = None
    opened_at: datetime | None = None
    due_at: datetime | None = None
    purpose: str | None = None
    place: str | None = None
    note: str | None = None
    given_by: str | None = None
    is_expected: bool = False

    def length(self, now: datetime) -> timedelta:
        """Return how long it lasted, or has lasted."""
        return (self.until_at or now) - self.from_at

    def is_overdue(self, now: datetime) -> bool:
        """Tell whether a reader owes an answer that is due."""
        return self.end is None and self.due_at is not None and self.due_at < now


@dataclass(frozen=True)
class Handing:
    """A hand-over of the paper that waits for its taker."""

    id: UUID
    leg: Leg
    mine: bool
    may_withdraw: bool


@dataclass(frozen=True)
class SentRound:
    """A round of the document, for its slip."""

    id: UUID
    purpose: str
    sent_at: datetime


@dataclass(frozen=True)
class Whereabouts:
    """Where a document is and was.

    Attributes:
        electronic: Who holds the electronic item now; several in a stage that reads in parallel.
        paper: Who holds the paper now; None where there is no paper.
        pending: The hand-over on its way.
        way: The whole way of both, by time.
        label: Code of the label, None while none was printed.
        may_hand: Whether this person may hand the paper over.
        rounds: The rounds that were sent, the newest first.
    """

    document_id: UUID
    electronic: tuple[Leg, ...]
    paper: Leg | None
    pending: Handing | None
    way: tuple[Leg, ...]
    label: str | None
    may_hand: bool
    rounds: tuple[SentRound, ...]


def whereabouts_of(uow: UnitOfWork, actor: Actor, document_id: UUID) -> Whereabouts:
    """Return where a document is and was, in a handful of queries.

    Raises:
        NotFound: It does not exist, or this person may not know that it does.
    """
    document = get_document(uow, actor, document_id)
    keeper, name = _home(uow, document)
    readers = _readers(uow, document_id)
    between = _between(document, readers, keeper, name)
    electronic = [*readers, *between]
    holdings = _holdings(uow, document_id)
    registry = _registry_name(uow, document)
    papers = _papers(document, [row for row in holdings if row[0].confirmed_at], registry)
    held = next((each for each in papers if each.end is None), None)
    expected = [_expected(*each) for each in holdings if each[0].confirmed_at is None]
    waiting = next((row for row in holdings if _is_pending(row[0])), None)
    holder_id = held.user_id if held else None
    return Whereabouts(
        document_id,
        tuple(_by_time(each for each in electronic if each.end is None)),
        held,
        _handing(actor, document, *waiting) if waiting else None,
        tuple(_by_time([*electronic, *papers, *expected])),
        known_label(uow, actor, document_id),
        keeps_paper(actor, document, holder_id) and waiting is None,
        _rounds(uow, document_id),
    )


def _by_time(legs: Iterable[Leg]) -> list[Leg]:
    return sorted(
        legs,
        key=lambda each: (each.from_at, each.until_at or _NEVER, each.kept, each.name),
    )


def _home(uow: UnitOfWork, document: Document) -> tuple[Keeper, str]:
    if document.unit_id is None:
        return Keeper.REGISTRY, _registry_name(uow, document)
    unit = uow.session.get(Unit, document.unit_id)
    return Keeper.UNIT, unit.name if unit else ""


def _registry_name(uow: UnitOfWork, document: Document) -> str:
    unit = uow.session.get(Unit, document.clerk_unit_id)
    return unit.name if unit else ""


# The electronic item -----------------------------------------------------------------------------


def _readers(uow: UnitOfWork, document_id: UUID) -> list[Leg]:
    query = (
        select(ReadingItem, _Reader.name, _Absent.name, _Ended.name, Round.purpose)
        .join(Round, Round.id == ReadingItem.round_id)
        .join(_Reader, _Reader.id == ReadingItem.reader_id)
        .outerjoin(_Absent, _Absent.id == ReadingItem.on_behalf_of_id)
        .outerjoin(_Ended, _Ended.id == ReadingItem.ended_by)
        .where(ReadingItem.document_id == document_id, ReadingItem.delivered_at.is_not(None))
    )
    return [_reader(*row) for row in uow.session.execute(query)]


def _reader(
    item: ReadingItem, name: str, absent: str | None, ended: str | None, purpose: str
) -> Leg:
    assert item.delivered_at is not None
    state = ItemState(item.state)
    signed_by_other = state is ItemState.SIGNED and item.ended_by != item.reader_id
    return Leg(
        Kept.ELECTRONIC,
        Keeper.PERSON,
        name,
        item.delivered_at,
        item.ended_at,
        End(state.value) if state in ENDED else None,
        user_id=item.reader_id,
        on_behalf_of=absent,
        acted=ended if signed_by_other else None,
        opened_at=item.opened_at,
        due_at=item.due_at,
        purpose=purpose,
    )


def _rounds(uow: UnitOfWork, document_id: UUID) -> tuple[SentRound, ...]:
    query = (
        select(Round.id, Round.purpose, Round.sent_at)
        .where(Round.document_id == document_id, Round.sent_at.is_not(None))
        .order_by(Round.sent_at.desc(), Round.id.desc())
    )
    rows = uow.session.execute(query)
    return tuple(SentRound(row[0], row[1], row[2]) for row in rows if row[2] is not None)


def _between(document: Document, readers: Sequence[Leg], keeper: Keeper, name: str) -> list[Leg]:
    """Return when no reader held the item: before, between and after its rounds."""
    legs: list[Leg] = []
    free_from: datetime | None = document.registered_at
    for each in sorted(readers, key=lambda leg: leg.from_at):
        if free_from is None:
            break
        if each.from_at > free_from:
            legs.append(Leg(Kept.ELECTRONIC, keeper, name, free_from, each.from_at, End.SENT))
        free_from = None if each.until_at is None else max(free_from, each.until_at)
    if free_from is not None:
        legs.append(Leg(Kept.ELECTRONIC, keeper, name, free_from))
    return legs


# The paper ---------------------------------------------------------------------------------------

_Row = tuple[PaperHolding, str, str | None]


def _holdings(uow: UnitOfWork, document_id: UUID) -> list[_Row]:
    query = (
        select(PaperHolding, User.name, _Giver.name)
        .join(User, User.id == PaperHolding.holder_id)
        .outerjoin(_Giver, _Giver.id == PaperHolding.given_by)
        .where(PaperHolding.document_id == document_id)
        .order_by(PaperHolding.confirmed_at, PaperHolding.id)
    )
    return [(row[0], row[1], row[2]) for row in uow.session.execute(query)]


def _papers(document: Document, confirmed: Sequence[_Row], registry: str) -> list[Leg]:
    """Return who had the paper one after the other, first of all the registry."""
    if document.medium == Medium.ELECTRONIC and not confirmed:
        return []
    ends = [row[0].confirmed_at for row in confirmed]
    first_end = ends[0] if ends else None
    legs = [
        Leg(
            Kept.PAPER,
            Keeper.REGISTRY,
            registry,
            document.registered_at,
            first_end,
            End.HANDED_ON if first_end else None,
        )
    ]
    for (holding, name, giver), until in zip(confirmed, [*ends[1:], None], strict=False):
        assert holding.confirmed_at is not None
        legs.append(
            Leg(
                Kept.PAPER,
                Keeper.PERSON,
                name,
                holding.confirmed_at,
                until,
                End.HANDED_ON if until else None,
                user_id=holding.holder_id,
                place=holding.place,
                note=holding.note,
                given_by=giver,
            )
        )
    return legs


def _expected(holding: PaperHolding, name: str, giver: str | None) -> Leg:
    return Leg(
        Kept.PAPER,
        Keeper.PERSON,
        name,
        holding.handed_at,
        holding.withdrawn_at,
        End.WITHDRAWN if holding.withdrawn_at else None,
        user_id=holding.holder_id,
        place=holding.place,
        note=holding.note,
        given_by=giver,
        is_expected=True,
    )


def _is_pending(holding: PaperHolding) -> bool:
    return holding.confirmed_at is None and holding.withdrawn_at is None


def _handing(
    actor: Actor, document: Document, holding: PaperHolding, name: str, giver: str | None
) -> Handing:
    return Handing(
        holding.id,
        _expected(holding, name, giver),
        mine=holding.holder_id == actor.user_id,
        may_withdraw=may_withdraw(actor, document, holding),
    )
