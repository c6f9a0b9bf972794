"""What a reader may be told about why: counts of documents that this reader may see.

Nothing here knows what was learned. The counts are made of the records themselves, each time
somebody asks, and the rule of visibility stands inside the query: a document that is hidden from
the reader changes no number and no word, whatever it has taught.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ColumnElement, func, select

from records.core.database import UnitOfWork
from records.documents.models import Document
from records.documents.rules import DocumentState
from records.documents.visibility import visible
from records.filing.models import FilingTrait
from records.people.rules import Actor

# The newest filings of a sender say more than those of years ago, and are quickly counted.
MOST_COUNTED = 200


class ReasonKind(StrEnum):
    """Why something is suggested."""

    RULE = "rule"  # a rule of the office, by `name`
    SENDER = "sender"  # `count` documents from this sender went there
    SERIES = "series"  # `count` documents with numbers of this series went there
    CLASS = "class"  # the file plan says so for the class
    LEARNED = "learned"  # earlier filings, of which nothing can be told


@dataclass(frozen=True)
class Reason:
    """Why something is suggested: what a sentence is made of (`web.filing_words.reason_words`).

    Attributes:
        count: Documents that the reader may see and that speak for it.
        of: All documents of that sender or series that the reader may see and that have a class.
        name: Name of the rule, or what a number begins with.
    """

    kind: ReasonKind
    count: int = 0
    of: int = 0
    name: str | None = None


LEARNED = Reason(ReasonKind.LEARNED)


@dataclass(frozen=True)
class Went:
    """Where some documents went, as far as one reader may know."""

    class_id: UUID
    unit_id: UUID | None
    route_id: UUID | None
    count: int


@dataclass(frozen=True)
class Evidence:
    """Where earlier documents of the same sender and of the same series went."""

    sender: tuple[Went, ...] = ()
    series: tuple[Went, ...] = ()
    series_name: str | None = None

    def reason(self, holds: Callable[[Went], bool]) -> Reason:
        """Return the best reason for a place; `LEARNED` where the reader may be told nothing."""
        for kind, went, name in (
            (ReasonKind.SENDER, self.sender, None),
            (ReasonKind.SERIES, self.series, self.series_name),
        ):
            count = sum(each.count for each in went if holds(each))
            if count:
                return Reason(kind, count, sum(each.count for each in went), name)
        return LEARNED


def evidence_of(uow: UnitOfWork, actor: Actor, trait: FilingTrait | None) -> Evidence:
    """Return what a person may be told of documents like one, in at most two statements."""
    if trait is None:
        return Evidence()
    sender: tuple[Went, ...] = ()
    series: tuple[Went, ...] = ()
    if trait.sender_key:
        sender = _went(uow, actor, trait, FilingTrait.sender_key == trait.sender_key)
    if trait.series:
        series = _went(uow, actor, trait, FilingTrait.series == trait.series)
    return Evidence(sender, series, trait.series)


def _went(
    uow: UnitOfWork, actor: Actor, trait: FilingTrait, alike: ColumnElement[bool]
) -> tuple[Went, ...]:
    newest = (
        select(Document.class_id, Document.unit_id, FilingTrait.route_id)
        .join(FilingTrait, FilingTrait.document_id == Document.id)
        .where(
            alike,
            FilingTrait.document_id != trait.document_id,
            Document.class_id.is_not(None),
            Document.state != DocumentState.VOIDED.value,
            visible(uow, actor),
        )
        .order_by(FilingTrait.document_id.desc())
        .limit(MOST_COUNTED)
        .subquery()
    )
    columns = (newest.c.class_id, newest.c.unit_id, newest.c.route_id)
    rows = uow.session.execute(select(*columns, func.count()).group_by(*columns))
    return tuple(Went(*row) for row in rows)
