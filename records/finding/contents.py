"""What the index gets of each document: metadata, text, and the capacities that may see it."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import and_, func, select

from records.classification.models import FileClass
from records.classification.plan import ancestors
from records.core.clock import business_day
from records.core.database import UnitOfWork
from records.documents.models import Component, ComponentText, Document, Grant, StoredObject
from records.documents.rules import ComponentRole
from records.documents.texts import open_text
from records.documents.visibility import capacities
from records.people.models import Unit
from records.people.rules import Secrecy
from records.registration.models import Register, Registration
from records.registration.rules import RegistrationState
from search.document import IndexDocument
from storage import StorageError, Vault

# What one document may bring into the index, in characters: some ten thousand pages.
MOST_TEXT = 20_000_000


@dataclass(frozen=True)
class Codes:
    """The small tables whose codes are indexed, read once for many documents."""

    registers: Mapping[UUID, str]
    units: Mapping[UUID, str]
    classes: Mapping[UUID, FileClass]


def read_codes(uow: UnitOfWork) -> Codes:
    """Read the codes of registers, units and classes; three queries."""
    registers = uow.session.execute(select(Register.id, Register.code)).all()
    units = uow.session.execute(select(Unit.id, Unit.code)).all()
    classes = uow.session.scalars(select(FileClass)).all()
    return Codes(
        {row[0]: row[1] for row in registers},
        {row[0]: row[1] for row in units},
        {each.id: each for each in classes},
    )


def index_documents(
    uow: UnitOfWork,
    vault: Vault,
    codes: Codes,
    document_ids: Sequence[UUID],
    *,
    revision: int,
    text_up_to: Secrecy = Secrecy.TOP_SECRET,
) -> Iterator[IndexDocument]:
    """Yield what the index gets of some documents, in four queries however many there are.

    Args:
        revision: Number of log entries that this sight of the documents contains.
        text_up_to: What is more secret goes in by its metadata alone, which lies in the database
            as well; what its files say does not.
    """
    documents = uow.session.scalars(select(Document).where(Document.id.in_(document_ids))).all()
    grants: dict[UUID, list[Grant]] = defaultdict(list)
    for grant in uow.session.scalars(select(Grant).where(Grant.document_id.in_(document_ids))):
        grants[grant.document_id].append(grant)
    years = _years(uow, document_ids)
    files = _files(uow, document_ids)
    for document in documents:
        names = [name for name, _, _ in files[document.id]]
        says = files[document.id] if document.secrecy <= text_up_to else ()
        principals = {
            each.principal.hex
            for each in capacities(document, grants[document.id])
            if each.holds_at(uow.now)
        }
        yield IndexDocument(
            id=str(document.id),
            fields={
                **_metadata(uow, document, codes),
                "year": str(years.get(document.id) or document.received_on.year),
                "file_name": names,
                "body": list(_texts(vault, says)),
            },
            principals=sorted(principals),
            secrecy=document.secrecy,
            revision=revision,
        )


def _metadata(uow: UnitOfWork, document: Document, codes: Codes) -> dict[str, str | Sequence[str]]:
    chain = ancestors(codes.classes, document.class_id) if document.class_id else []
    registered = business_day(document.registered_at, uow.zone)
    return {
        "title": document.title,
        "number": document.number,
        "document_number": document.document_number_raw or "",
        "sender": document.sender or "",
        "addressee": document.addressee or "",
        "keywords": document.keywords,
        "remarks": document.remarks or "",
        "kind": document.kind or "",
        "register": codes.registers.get(document.register_id, ""),
        "class": [each.code for each in chain],
        "unit": codes.units.get(document.unit_id, "") if document.unit_id else "",
        "urgency": document.urgency,
        "medium": document.medium,
        "state": document.state,
        "registered": registered.isoformat(),
        "received": document.received_on.isoformat(),
        "written": _day(document.written_on),
        "printed": _day(document.printed_on),
    }


def _day(day: date | None) -> str:
    return day.isoformat() if day else ""


def _years(uow: UnitOfWork, document_ids: Iterable[UUID]) -> dict[UUID, int]:
    """Return the year of the book in which each document stands."""
    query = select(Registration.document_id, Registration.year).where(
        Registration.document_id.in_(document_ids),
        Registration.state != RegistrationState.MOVED.value,
    )
    return {row[0]: row[1] for row in uow.session.execute(query)}


_File = tuple[str, bytes, bytes | None]


def _files(uow: UnitOfWork, document_ids: Iterable[UUID]) -> Mapping[UUID, list[_File]]:
    """Return name, wrapped key and sealed text of the components of each document."""
    query = (
        select(
            Component.document_id, Component.name, StoredObject.wrapped_key, ComponentText.sealed
        )
        .join(StoredObject, StoredObject.name == Component.object_name)
        # A searchable copy says what its scan says: its words must not count twice.
        .outerjoin(
            ComponentText,
            and_(
                ComponentText.component_id == Component.id,
                Component.role != ComponentRole.SEARCHABLE.value,
            ),
        )
        .where(Component.document_id.in_(document_ids))
        .order_by(Component.document_id, Component.position)
    )
    found: dict[UUID, list[_File]] = defaultdict(list)
    for row in uow.session.execute(query):
        found[row[0]].append((row[1], row[2], row[3]))
    return found


def _texts(vault: Vault, files: Iterable[_File]) -> Iterator[str]:
    room = MOST_TEXT
    for _, wrapped_key, sealed in files:
        if sealed is None or room <= 0:
            continue
        try:
            # Joined, because a sentence may run over the end of a page.
            text = "\n".join(open_text(vault, wrapped_key, sealed))[:room]
        except StorageError:
            continue  # a key was destroyed or lost: the document is found by its metadata
        room -= len(text)
        yield text


def sealed_bytes(uow: UnitOfWork, document_ids: Sequence[UUID]) -> dict[UUID, int]:
    """Return how many bytes of sealed text each document has, without reading them."""
    query = (
        select(Component.document_id, func.sum(func.length(ComponentText.sealed)))
        .join(ComponentText, ComponentText.component_id == Component.id)
        .where(Component.document_id.in_(document_ids))
        .group_by(Component.document_id)
    )
    return {row[0]: int(row[1] or 0) for row in uow.session.execute(query)}
