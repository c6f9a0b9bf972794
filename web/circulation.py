"""Circulation on pages of other topics: the section of a document, and the marks in lists."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from flask_babel import gettext, ngettext

from records.circulation.marks import in_circulation
from records.circulation.rules import HELD, ItemState, RoundState
from records.circulation.sent import open_rounds
from records.circulation.telling import RoundView, rounds_of
from records.circulation.views import SentLine
from records.core.database import UnitOfWork
from records.documents.desk import CARD_LINES
from records.documents.models import Document
from records.documents.rules import DocumentState
from records.people.rules import Act, Actor
from web.progress import Progress, progress, progress_of

_NAMED = 3


@dataclass(frozen=True)
class Circulation:
    """What the page of a document shows of its rounds, as `rounds/of_document.html` takes it.

    Attributes:
        may: Whether the person may send it round.
        holders: By round, some of those who have it now.
    """

    rounds: Sequence[tuple[RoundView, Progress]]
    holders: Mapping[UUID, Sequence[str]]
    may: bool


def circulation_of(uow: UnitOfWork, person: Actor, document: Document) -> Circulation:
    """Return the rounds of a document that a person sees."""
    views = rounds_of(uow, person, document.id)
    holders = {
        view.id: [item.reader_name for item in view.items if item.state in HELD] for view in views
    }
    return Circulation(
        [(view, progress_of(view)) for view in views],
        {round_id: _some(names) for round_id, names in holders.items()},
        may=person.may(Act.CIRCULATE) and document.state != DocumentState.VOIDED,
    )


def circulating(uow: UnitOfWork, document_ids: Iterable[UUID]) -> frozenset[UUID]:
    """Return which documents of a list are marked as being in circulation; one query."""
    return in_circulation(uow, document_ids)


@dataclass(frozen=True)
class Watched:
    """What the desk shows of the rounds that somebody sends or urges in.

    Attributes:
        says: By round, how far it is.
        late: Those that need a hand.
    """

    lines: Sequence[SentLine]
    count: int
    says: Mapping[UUID, str]
    late: frozenset[UUID]


def rounds_to_watch(uow: UnitOfWork, person: Actor) -> Watched:
    """Return the rounds that are not closed, those that need a hand first."""
    lines, waiting, count = open_rounds(uow, person, limit=CARD_LINES)
    return Watched(lines, count, {each.round_id: _says(each) for each in lines}, waiting)


def _says(line: SentLine) -> str:
    told = progress(line.counts, line.overdue)
    said = [
        gettext("%(signed)s of %(asked)s signed", signed=told.signed, asked=told.asked),
        *([ngettext("%(num)s overdue", "%(num)s overdue", line.overdue)] if line.overdue else []),
        *([gettext("to be closed")] if line.state == RoundState.COMPLETE else []),
    ]
    returned = line.counts.get(ItemState.RETURNED, 0)
    if returned and line.state == RoundState.RUNNING:
        said.insert(1, ngettext("%(num)s returned", "%(num)s returned", returned))
    return " · ".join(map(str, said))


def _some(names: Sequence[str]) -> list[str]:
    return [*names[:_NAMED], *(["…"] if len(names) > _NAMED else [])]
