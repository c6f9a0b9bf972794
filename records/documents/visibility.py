"""Who may see what: the one rule, as rows, as an SQL predicate, and as a search filter.

A person sees a document if and only if their clearance is at least its secrecy **and** one of:
it is public; they are clerk of its register; the responsible unit is a unit of theirs (for leaders
also the units below it); it is filed and they are archivist; a grant that holds now names them,
their unit or their group.

The left side of the rule (what a document offers) is worked out by `capacities` and kept in the
table `access` and in the index; the right side (what a person has) is `Actor.principals`. Whether
the two meet, at the person's clearance, is the whole question everywhere.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Integer,
    and_,
    bindparam,
    delete,
    exists,
    insert,
    or_,
    select,
)
from sqlalchemy.orm import InstrumentedAttribute

from records.core.base import Instant, table_of
from records.core.database import UnitOfWork
from records.core.errors import NotFound
from records.documents.models import Access, Document, Grant
from records.documents.rules import DocumentState
from records.people.rules import (
    ARCHIVISTS,
    EVERYONE,
    Actor,
    PrincipalKind,
    Secrecy,
    principal_id,
)

TITLE_KEY_BYTES = 48


@dataclass(frozen=True)
class Capacity:
    """One capacity in which a document may be seen, always or for a time."""

    principal: UUID
    from_at: datetime | None = None
    until_at: datetime | None = None

    def holds_at(self, instant: datetime) -> bool:
        """Return whether this capacity counts at an instant."""
        begun = self.from_at is None or self.from_at <= instant
        return begun and (self.until_at is None or instant < self.until_at)


def capacities(document: Document, grants: Iterable[Grant]) -> list[Capacity]:
    """Return every capacity in which a document may be seen, given the clearance."""
    found = [Capacity(principal_id(PrincipalKind.CLERKS, document.clerk_unit_id))]
    if document.secrecy == Secrecy.PUBLIC:
        found.append(Capacity(EVERYONE))
    if document.unit_id is not None:
        found.append(Capacity(principal_id(PrincipalKind.RESPONSIBLE_UNIT, document.unit_id)))
    if document.state == DocumentState.FILED:
        found.append(Capacity(ARCHIVISTS))
    found.extend(
        Capacity(
            principal_id(PrincipalKind(grant.principal_kind), grant.principal_object_id),
            grant.from_at,
            grant.until_at,
        )
        for grant in grants
        if grant.revoked_at is None
    )
    return found


def title_key(title: str) -> bytes:
    """Return the key that orders titles: Latin first, then common Chinese characters by pinyin.

    GB 18030 keeps the order of GB 2312, whose first level (3,755 characters) is sorted by pinyin.
    """
    return title.casefold().encode("gb18030", errors="replace")[:TITLE_KEY_BYTES]


def refresh_access(uow: UnitOfWork, document: Document, *, is_new: bool = False) -> None:
    """Work the rule out again for one document. Call it after any change of what it depends on."""
    grants: list[Grant] = []
    if not is_new:
        uow.session.flush()
        uow.session.execute(delete(Access).where(Access.document_id == document.id))
        grants = list(uow.session.scalars(select(Grant).where(Grant.document_id == document.id)))
    uow.session.execute(insert(table_of(Access)), access_rows(document, grants))


def access_rows(document: Document, grants: Iterable[Grant]) -> list[dict[str, object]]:
    """Return the rows of `access` that a document must have."""
    windows: dict[UUID, int] = {}
    rows: list[dict[str, object]] = []
    for capacity in dict.fromkeys(capacities(document, grants)):
        window = windows.get(capacity.principal, 0)
        windows[capacity.principal] = window + 1
        rows.append(
            {
                "principal": capacity.principal,
                "secrecy": document.secrecy,
                "document_id": document.id,
                "window": window,
                "received_on": document.received_on,
                "title_key": title_key(document.title),
                "from_at": capacity.from_at,
                "until_at": capacity.until_at,
            }
        )
    return rows


def holds_now(now: datetime | BindParameter[datetime]) -> ColumnElement[bool]:
    """Return the predicate on `access` that a time window is open."""
    return and_(
        or_(Access.from_at.is_(None), Access.from_at <= now),
        or_(Access.until_at.is_(None), Access.until_at > now),
    )


def visible(
    uow: UnitOfWork, actor: Actor, document_id: InstrumentedAttribute[UUID] = Document.id
) -> ColumnElement[bool]:
    """Return the predicate that the document of a row may be seen by a person now.

    A page asks for it a dozen times; in a unit that only reads it is put together once.
    """
    if actor.is_service:
        return document_id.is_not(None)
    key = (visible, actor, document_id)
    if uow.known and key in uow.known:
        known: ColumnElement[bool] = uow.known[key]
        return known
    found = _meets(document_id, actor.principals, int(actor.clearance), uow.now)
    if uow.known is not None:
        uow.known[key] = found
    return found


def _meets(
    document_id: InstrumentedAttribute[UUID],
    principals: Collection[UUID] | BindParameter[Any],
    clearance: int | BindParameter[int],
    now: datetime | BindParameter[datetime],
) -> ColumnElement[bool]:
    return exists().where(
        Access.document_id == document_id,
        Access.principal.in_(principals),
        Access.secrecy <= clearance,
        holds_now(now),
    )


# Put together once, for every search asks it: making a statement takes as long as running it.
_VISIBLE_IDS = select(Document.id).where(
    Document.id.in_(bindparam("ids", expanding=True)),
    _meets(
        Document.id,
        bindparam("principals", expanding=True),
        bindparam("clearance", type_=Integer),
        bindparam("now", type_=Instant),
    ),
)


def visible_ids(uow: UnitOfWork, actor: Actor, document_ids: Iterable[UUID]) -> set[UUID]:
    """Return which of some documents a person may see, in one query."""
    wanted = list(document_ids)
    if not wanted:
        return set()
    if actor.is_service:
        return set(uow.session.scalars(select(Document.id).where(Document.id.in_(wanted))))
    asked = {
        "ids": wanted,
        "principals": list(actor.principals),
        "clearance": int(actor.clearance),
        "now": uow.now,
    }
    return set(uow.session.scalars(_VISIBLE_IDS, asked))


def get_document(
    uow: UnitOfWork, actor: Actor, document_id: UUID, *, for_update: bool = False
) -> Document:
    """Return a document that a person may see; in a unit that only reads, it is asked for once.

    Raises:
        NotFound: It does not exist, or this person may not know that it does.
    """
    key = (get_document, actor, document_id)
    if uow.known and key in uow.known:
        known: Document = uow.known[key]
        return known
    query = select(Document).where(Document.id == document_id, visible(uow, actor))
    if for_update:
        query = query.with_for_update()
    found = uow.session.scalar(query)
    if found is None:
        raise NotFound
    if uow.known is not None:
        uow.known[key] = found
    return found
