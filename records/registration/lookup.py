"""Looking up what the desk and the document page show of registrations."""

from dataclasses import dataclass
from datetime import UTC, datetime, time
from uuid import UUID

from sqlalchemy import select

from records.classification.models import FileClass
from records.core.database import UnitOfWork
from records.documents.listing import DocumentLine, lines_of
from records.documents.models import Document
from records.documents.visibility import visible
from records.people.models import Unit
from records.people.rules import Actor
from records.registration.models import Register, Registration
from records.registration.registers import registers_of
from records.registration.rules import RegistrationState


@dataclass(frozen=True)
class Places:
    """Where a document belongs."""

    register: Register
    unit: Unit | None
    file_class: FileClass | None


@dataclass(frozen=True)
class EarlierNumber:
    """A number that a document had before it moved to another register."""

    number: str
    register: str
    at: datetime | None


def places_of(uow: UnitOfWork, document: Document) -> Places:
    """Return the register, unit and class of a document, in one query."""
    query = (
        select(Register, Unit, FileClass)
        .select_from(Register)
        .outerjoin(Unit, Unit.id == document.unit_id)
        .outerjoin(FileClass, FileClass.id == document.class_id)
        .where(Register.id == document.register_id)
    )
    return Places(*uow.session.execute(query).one())


def earlier_numbers(uow: UnitOfWork, document_id: UUID) -> list[EarlierNumber]:
    """Return the numbers that a document had, oldest first."""
    query = (
        select(Registration.text, Register.name, Registration.ended_at)
        .join(Register, Register.id == Registration.register_id)
        .where(
            Registration.document_id == document_id,
            Registration.state == RegistrationState.MOVED.value,
        )
        .order_by(Registration.id)
    )
    return [EarlierNumber(*row) for row in uow.session.execute(query)]


def registered_today(
    uow: UnitOfWork, actor: Actor, *, before: UUID | None = None, limit: int = 50
) -> tuple[list[DocumentLine], UUID | None]:
    """Return a page of what was registered today in a clerk's registers, newest first.

    Args:
        before: The second part of the answer of the page before.

    Returns:
        The lines, and where the next page begins; None at the end.
    """
    registers = [each.id for each in registers_of(uow, actor)]
    midnight = datetime.combine(uow.today, time(), uow.zone).astimezone(UTC)
    query = (
        select(Document.id)
        .where(
            Document.register_id.in_(registers),
            # The ids make it a short range of the index, the time decides.
            Document.id >= _first_id(midnight),
            Document.registered_at >= midnight,
            visible(uow, actor),
        )
        .order_by(Document.id.desc())
        .limit(limit + 1)
    )
    if before is not None:
        query = query.where(Document.id < before)
    ids = list(uow.session.scalars(query))
    more, ids = len(ids) > limit, ids[:limit]
    lines = lines_of(uow, ids)
    return [lines[each] for each in ids], ids[-1] if more else None


def _first_id(instant: datetime) -> UUID:
    """Return the smallest UUIDv7 (RFC 9562) of an instant: its first 48 bits are milliseconds."""
    return UUID(int=int(instant.timestamp() * 1000) << 80)
