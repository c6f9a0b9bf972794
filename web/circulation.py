"""Circulation on pages of other topics: the section of a document, and the marks in lists."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from records.circulation.marks import in_circulation
from records.circulation.rules import HELD
from records.circulation.telling import RoundView, rounds_of
from records.core.database import UnitOfWork
from records.documents.models import Document
from records.documents.rules import DocumentState
from records.people.rules import Act, Actor
from web.progress import Progress, progress_of

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


def _some(names: Sequence[str]) -> list[str]:
    return [*names[:_NAMED], *(["…"] if len(names) > _NAMED else [])]
