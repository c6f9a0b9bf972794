"""Notices as their reader may know them, looked up at the moment of showing or mailing.

A notice keeps ids. Number, title and reason are there only if its reader may see the document now.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import InstrumentedAttribute

from records.circulation.models import PaperHolding, ReadingItem, Round
from records.core.base import Base
from records.core.database import UnitOfWork
from records.core.errors import Invalid
from records.documents.models import Document
from records.documents.visibility import visible
from records.notify.models import Notice
from records.notify.rules import BY, KINDS
from records.people.models import Delegation, User
from records.people.rules import Actor, Secrecy
from records.seals.models import Seal, SealRequest
from records.tasks.models import Task

Row = TypeVar("Row", bound=Base)


@dataclass(frozen=True)
class NoticeLine:
    """One notice.

    Attributes:
        done_at: When it was done; None while it waits.
        asks: Whether it waits for an act, not for being read.
        hidden: Whether it is about a document that its reader may not see.
        number: Number of the document; None when its reader may not see it, or there is none.
        who: Name of the person who caused it.
        reader: Name of the reader of the item, where that is somebody else.
        other: Name of the person to whom an item was handed on.
        purpose: Why the document is circulated.
        way: For a reminder, its kind.
        seal: Name of the seal, where it is about one.
        search: Name of the person's own search that has found something.
        count: How many documents it found.
        due_at: Until when something is to be done; `due_on` where a day was named.
        target: What it leads to, as `("item", id)`; None when there is nothing to see any more.
    """

    id: UUID
    kind: str
    at: datetime
    done_at: datetime | None
    asks: bool
    hidden: bool = False
    document_id: UUID | None = None
    number: str | None = None
    title: str | None = None
    secrecy: Secrecy | None = None
    who: str | None = None
    reader: str | None = None
    other: str | None = None
    purpose: str | None = None
    way: str | None = None
    reason: str | None = None
    seal: str | None = None
    search: str | None = None
    count: int = 0
    due_at: datetime | None = None
    until_at: datetime | None = None
    target: tuple[str, UUID] | None = None


def notices_of(
    uow: UnitOfWork,
    actor: Actor,
    *,
    waiting: bool = False,
    cursor: str | None = None,
    limit: int = 50,
) -> tuple[list[NoticeLine], str | None]:
    """Return a page of a person's notices, newest first, and where the next page begins.

    Args:
        waiting: Only those that are not done; without it only those that are.
        cursor: What an earlier call returned as the beginning of its next page.
    """
    done = Notice.done_at.is_(None) if waiting else Notice.done_at.is_not(None)
    query = select(Notice).where(Notice.user_id == actor.user_id, done)
    if cursor is not None:
        query = query.where(Notice.id < _read(cursor))
    rows = list(uow.session.scalars(query.order_by(Notice.id.desc()).limit(limit + 1)))
    more, rows = len(rows) > limit, rows[:limit]
    return lines_of(uow, actor, rows), str(rows[-1].id) if more else None


def lines_of(uow: UnitOfWork, actor: Actor, notices: Sequence[Notice]) -> list[NoticeLine]:
    """Return notices as somebody may know them now; the queries do not grow with their number."""
    told = _Lookup(uow, actor, notices)
    return [told.line(each) for each in notices]


def _read(cursor: str) -> UUID:
    try:
        return UUID(cursor)
    except ValueError:
        raise Invalid("This page of the list does not exist.", field="cursor") from None


class _Lookup:
    """Everything that some notices speak of, in one query for each table."""

    def __init__(self, uow: UnitOfWork, actor: Actor, notices: Sequence[Notice]) -> None:
        self._actor = actor
        subjects = {each.subject_id for each in notices}
        self._documents = _rows(
            uow,
            Document,
            Document.id,
            {each.document_id for each in notices if each.document_id},
            lambda: visible(uow, actor),
        )
        self._items = _rows(uow, ReadingItem, ReadingItem.id, subjects)
        self._tasks = _rows(uow, Task, Task.id, subjects)
        self._papers = _rows(uow, PaperHolding, PaperHolding.id, subjects)
        self._delegations = _rows(uow, Delegation, Delegation.id, subjects)
        self._seals = _rows(uow, Seal, Seal.id, _named_by(notices, SEAL))
        self._requests = _rows(uow, SealRequest, SealRequest.id, _named_by(notices, REQUEST))
        rounds = subjects | {each.round_id for each in self._items.values()}
        self._rounds = _rows(uow, Round, Round.id, rounds)
        self._names = {
            each.id: each.name for each in _rows(uow, User, User.id, self._people(notices)).values()
        }

    def line(self, notice: Notice) -> NoticeLine:
        """Return one notice."""
        document = self._documents.get(notice.document_id) if notice.document_id else None
        item = self._items.get(notice.subject_id)
        task = self._tasks.get(notice.subject_id)
        delegation = self._delegations.get(notice.subject_id)
        round_ = self._rounds.get(item.round_id if item else notice.subject_id)
        seal = _found(self._seals, notice, SEAL)
        request = _found(self._requests, notice, REQUEST)
        hidden = notice.document_id is not None and document is None
        return NoticeLine(
            notice.id,
            notice.kind,
            notice.created_at,
            notice.done_at,
            KINDS[notice.kind].asks,
            hidden,
            document_id=document.id if document else None,
            number=document.number if document else None,
            title=document.title if document else None,
            secrecy=Secrecy(document.secrecy) if document else None,
            who=self._name(self._causer(notice)),
            reader=self._reader(item),
            other=self._name(_id(notice.facts.get("to"))),
            purpose=round_.purpose if round_ else None,
            way=notice.facts.get("way"),
            reason=None if hidden else _reason(notice, item, request),
            seal=seal.name if seal else None,
            search=notice.facts.get("name") if notice.kind == FOUND else None,
            count=int(notice.facts.get("count", 0)) if notice.kind == FOUND else 0,
            due_at=_due(notice, item, request),
            until_at=delegation.until_at if delegation else None,
            target=None if hidden else _target(notice, item, round_, task),
        )

    def _people(self, notices: Iterable[Notice]) -> set[UUID]:
        found = {self._causer(each) for each in notices}
        found |= {each.reader_id for each in self._items.values()}
        found |= {_id(each.facts.get("to")) for each in notices}
        return {each for each in found if each is not None}

    def _causer(self, notice: Notice) -> UUID | None:
        """Return who is behind a notice: whom its news names, else whom the rows tell of."""
        named = _id(notice.facts.get(BY))
        if named is not None:
            return named
        family = notice.kind.partition(".")[0]
        if family == "task" and (task := self._tasks.get(notice.subject_id)):
            return task.author_id if notice.kind == "task.given" else task.assignee_id
        if family == "paper" and (paper := self._papers.get(notice.subject_id)):
            return paper.given_by
        if family == "deputy" and (delegation := self._delegations.get(notice.subject_id)):
            return delegation.user_id
        if item := self._items.get(notice.subject_id):
            if notice.kind in ("item.delivered", "item.asked_again"):
                return item.on_behalf_of_id or self._rounds[item.round_id].sender_id
            return item.ended_by or item.reader_id
        return None

    def _reader(self, item: ReadingItem | None) -> str | None:
        if item is None or item.reader_id == self._actor.user_id:
            return None
        return self._name(item.reader_id)

    def _name(self, user_id: UUID | None) -> str | None:
        return self._names.get(user_id) if user_id else None


# The facts that name what the news of seals are about.
SEAL, REQUEST = "seal", "request"
# The news of a saved search, which it names itself.
FOUND = "search.found"
_GIVES_REASON = ("item.returned", "item.declined", "item.delegated", "item.recalled")
_ENDS_REQUEST = ("seal_request.declined", "seal_request.refused", "seal_request.voided")
_OF_KEEPERS = ("seal_request.to_stamp", "seal.stamping_failed")
_OF_READERS = ("item.delivered", "item.asked_again", "item.reminder")


def _target(
    notice: Notice, item: ReadingItem | None, round_: Round | None, task: Task | None
) -> tuple[str, UUID] | None:
    if notice.kind in _OF_READERS and item is not None:
        return "item", item.id
    if notice.kind.startswith(("seal.", "seal_request.")):
        return _seal_target(notice)
    if notice.kind == "item.recalled":
        return None
    if notice.kind == FOUND:
        return "search", notice.subject_id
    if notice.kind == "deputy.named":
        return "deputies", notice.subject_id
    if notice.kind == "account.changed":
        return "sign_in", notice.subject_id
    if task is not None:
        return "task", task.id
    if round_ is not None:
        return "round", round_.id
    return ("document", notice.document_id) if notice.document_id else None


def _seal_target(notice: Notice) -> tuple[str, UUID] | None:
    if notice.kind == "seal_request.to_decide":
        return "seal_approval", notice.subject_id
    if notice.kind == "seal.handover":
        return "seal_handover", notice.subject_id
    request_id, seal_id = _id(notice.facts.get(REQUEST)), _id(notice.facts.get(SEAL))
    if request_id is not None:
        return ("sealing" if notice.kind in _OF_KEEPERS else "seal_request"), request_id
    return ("seal", seal_id) if seal_id is not None else None


def _reason(notice: Notice, item: ReadingItem | None, request: SealRequest | None) -> str | None:
    if item is not None and notice.kind in _GIVES_REASON:
        return item.reason
    if request is not None and notice.kind in _ENDS_REQUEST:
        return request.end_reason
    return None


def _due(notice: Notice, item: ReadingItem | None, request: SealRequest | None) -> datetime | None:
    if item is not None:
        return item.due_at
    return request.due_back_at if request is not None and notice.kind == "seal.late" else None


def _found(rows: Mapping[UUID, Row], notice: Notice, fact: str) -> Row | None:
    named = _id(notice.facts.get(fact))
    return rows.get(named) if named else None


def _named_by(notices: Iterable[Notice], fact: str) -> set[UUID]:
    return {UUID(str(each.facts[fact])) for each in notices if each.facts.get(fact)}


def _id(text: Any) -> UUID | None:
    return UUID(str(text)) if text else None


def _rows(
    uow: UnitOfWork,
    model: type[Row],
    column: InstrumentedAttribute[UUID],
    ids: Iterable[UUID],
    also: Callable[[], ColumnElement[bool]] | None = None,
) -> dict[UUID, Row]:
    wanted = list(ids)
    if not wanted:
        return {}
    query = select(column, model).where(column.in_(wanted))
    if also is not None:
        query = query.where(also())
    return dict(uow.session.execute(query).all())
