"""Links between documents: made by hand, and by the numbers that their texts cite.

A link to a document that a person may not see is no link to them. A cited number says what it says
in the citing text; whether a hidden document bears it cannot be told from one that nobody
registered.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import and_, select, union

from records.core.database import UnitOfWork
from records.documents.listing import DocumentLine, lines_of
from records.documents.models import Document
from records.documents.visibility import get_document, visible
from records.people.rules import Actor
from records.registration.models import Registration
from records.registration.rules import RegistrationState
from records.related.models import BorneNumber, CitedNumber, DocumentLink
from records.related.rules import MUTUAL, STRENGTH, Direction, LinkKind

MOST_LINKS = 200


@dataclass(frozen=True)
class Link:
    """One link, as its reader may know it.

    Attributes:
        document: The other document; None for a number that no document bears that the reader
            may see.
        number: The cited number, where the link comes from a text.
        id: Of a link made by hand, by which it can be taken away.
        reason: Why it was made by hand.
    """

    kind: LinkKind
    direction: Direction
    document: DocumentLine | None
    number: str | None = None
    id: UUID | None = None
    reason: str | None = None


@dataclass(frozen=True)
class Links:
    """All links of a document, the strongest first, at most `MOST_LINKS` in each direction."""

    outgoing: tuple[Link, ...] = ()
    incoming: tuple[Link, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.outgoing or self.incoming)


def links_of(uow: UnitOfWork, actor: Actor, document_id: UUID, *, limit: int = MOST_LINKS) -> Links:
    """Return the links of a document, in a constant number of statements.

    Raises:
        NotFound: The document does not exist, or this person may not know that it does.
    """
    document = get_document(uow, actor, document_id)
    made = _made(uow, actor, document_id, limit)
    cited = _cited(uow, document_id, limit)
    bearers = _bearers(uow, actor, cited, document_id)
    citing = _citing(uow, actor, document, limit)
    others = {other for _, other, _ in made} | {each for ids in bearers.values() for each in ids}
    lines = lines_of(uow, list(others | {other for other, _, _ in citing}))
    outgoing = [link for link in _by_hand(made, lines) if link.direction is Direction.OUTGOING]
    incoming = [link for link in _by_hand(made, lines) if link.direction is Direction.INCOMING]
    outgoing += _by_citing(cited, bearers, lines)
    incoming += [
        Link(LinkKind(kind), Direction.INCOMING, lines[other], number)
        for other, number, kind in citing
        if other in lines
    ]
    return Links(_once(outgoing)[:limit], _once(incoming)[:limit])


def _made(
    uow: UnitOfWork, actor: Actor, document_id: UUID, limit: int
) -> list[tuple[DocumentLink, UUID, Direction]]:
    parts = []
    for mine, other in (
        (DocumentLink.from_id, DocumentLink.to_id),
        (DocumentLink.to_id, DocumentLink.from_id),
    ):
        parts.append(select(DocumentLink.id).where(mine == document_id, visible(uow, actor, other)))
    found = union(*parts).subquery()
    query = (
        select(DocumentLink)
        .where(DocumentLink.id.in_(select(found.c.id)))
        .order_by(DocumentLink.id.desc())
        .limit(2 * limit)
    )
    return [
        (link, link.to_id, Direction.OUTGOING)
        if link.from_id == document_id
        else (link, link.from_id, Direction.INCOMING)
        for link in uow.session.scalars(query)
    ]


def _cited(uow: UnitOfWork, document_id: UUID, limit: int) -> list[tuple[str, LinkKind]]:
    query = (
        select(CitedNumber.number, CitedNumber.kind)
        .where(CitedNumber.document_id == document_id)
        .order_by(CitedNumber.position)
        .limit(limit)
    )
    return [(number, LinkKind(kind)) for number, kind in uow.session.execute(query)]


def _bearers(
    uow: UnitOfWork, actor: Actor, cited: Sequence[tuple[str, LinkKind]], besides: UUID
) -> dict[str, list[UUID]]:
    """Return the visible documents that bear each number, confirmed or by their faces.

    Whoever answers a letter of ours may name it by the number of our book.
    """
    if not cited:
        return {}
    numbers = [number for number, _ in cited]
    answered = [number for number, kind in cited if kind is LinkKind.ANSWERS]
    confirmed = select(Document.document_number.label("number"), Document.id.label("id")).where(
        Document.document_number.in_(numbers), Document.id != besides, visible(uow, actor)
    )
    read = (
        select(BorneNumber.number, BorneNumber.document_id)
        .join(Document, Document.id == BorneNumber.document_id)
        .where(
            BorneNumber.number.in_(numbers),
            BorneNumber.document_id != besides,
            # What a clerk confirmed stands above what was read.
            Document.document_number.is_(None),
            visible(uow, actor),
        )
    )
    found: dict[str, list[UUID]] = {}
    booked = select(Registration.text, Registration.document_id).where(
        Registration.text.in_(answered),
        Registration.state == RegistrationState.CURRENT.value,
        Registration.document_id != besides,
        visible(uow, actor, Registration.document_id),
    )
    every: Any = union(confirmed, read, booked).limit(MOST_LINKS * 2)
    for number, bearer in uow.session.execute(every):
        found.setdefault(number, []).append(bearer)
    return found


def _citing(
    uow: UnitOfWork, actor: Actor, document: Document, limit: int
) -> list[tuple[UUID, str, str]]:
    """Return the visible documents whose texts cite the number that this one bears."""
    number = document.document_number or uow.session.scalar(
        select(BorneNumber.number).where(BorneNumber.document_id == document.id)
    )
    ways = [
        and_(CitedNumber.number == document.number, CitedNumber.kind == LinkKind.ANSWERS.value),
        *([CitedNumber.number == number] if number is not None else []),
    ]
    # Each by itself walks its index from the newest and stops; together they would all be sorted,
    # and a law may be cited by every document of an archive.
    newest = [
        select(
            select(CitedNumber.document_id, CitedNumber.number, CitedNumber.kind)
            .where(
                way,
                CitedNumber.document_id != document.id,
                visible(uow, actor, CitedNumber.document_id),
            )
            .order_by(CitedNumber.document_id.desc())
            .limit(limit)
            .subquery()
        )
        for way in ways
    ]
    found = union(*newest).subquery()
    query = select(found).order_by(found.c.document_id.desc()).limit(limit)
    return [(row[0], row[1], row[2]) for row in uow.session.execute(query)]


def _by_hand(
    made: Iterable[tuple[DocumentLink, UUID, Direction]], lines: dict[UUID, DocumentLine]
) -> list[Link]:
    return [
        Link(
            LinkKind(link.kind),
            Direction.OUTGOING if LinkKind(link.kind) in MUTUAL else direction,
            lines[other],
            id=link.id,
            reason=link.reason,
        )
        for link, other, direction in made
        if other in lines
    ]


def _by_citing(
    cited: Iterable[tuple[str, LinkKind]],
    bearers: dict[str, list[UUID]],
    lines: dict[UUID, DocumentLine],
) -> list[Link]:
    links = []
    for number, kind in cited:
        shown = [lines[each] for each in bearers.get(number, ()) if each in lines]
        links += [
            Link(kind, Direction.OUTGOING, line, number)
            for line in sorted(shown, key=lambda line: line.id)
        ]
        if not shown:
            links.append(Link(kind, Direction.OUTGOING, None, number))
    return links


def _once(links: list[Link]) -> tuple[Link, ...]:
    """Leave out what a hand-made link says already, and put the strong ones first."""
    order = [*STRENGTH, LinkKind.BELONGS]
    seen: set[tuple[LinkKind, UUID]] = set()
    kept = []
    for link in links:
        if link.document is not None:
            if (link.kind, link.document.id) in seen:
                continue
            seen.add((link.kind, link.document.id))
        kept.append(link)
    return tuple(sorted(kept, key=lambda link: order.index(link.kind)))
