"""Use cases of splitting: a stack scanned as one file becomes several documents.

The stack is registered like any file, so that nothing comes in without a number. Split, its own
line in the book is voided with the reason, since the stack was never a document; its file stays as
it came, and says where each part was taken from. All of it happens in one transaction.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select

from records.core.database import UnitOfWork
from records.core.errors import Conflict, Invalid
from records.core.jobs import enqueue
from records.core.rows import check_version, filled
from records.documents.components import components_of
from records.documents.models import Component, Document
from records.documents.rules import Urgency
from records.documents.service import record_document, resolve_codes
from records.documents.visibility import get_document, visible
from records.people.rules import Actor, Secrecy, check_clerk
from records.registration.models import Register
from records.registration.registers import get_register, open_registers, register_by_code
from records.registration.rules import check_ceiling, check_clearance, check_open
from records.scans.models import Recognition, Split, SplitPart, Stack
from records.scans.plans import Part, check_plan
from records.scans.stacks import OPEN, is_stack

SPLIT_JOB = "scans.split"
LOOK_JOB = "scans.look"
# What a part takes over from its stack, unless its separator sheet says otherwise.
_INHERITED = ("received_on", "urgency", "secrecy", "secrecy_term", "medium")


def split_stack(
    uow: UnitOfWork,
    actor: Actor,
    *,
    document_id: UUID,
    version: int | None,
    parts: Sequence[Part],
    book_reason: str,
) -> Split:
    """Ask the worker to split a stack as planned; whatever would be refused then is refused now.

    Args:
        book_reason: What will stand in the book behind the number of the stack.

    Raises:
        NotAllowed: The person is not clerk of a register, or not cleared for a part.
        Conflict: The document is filed or voided, or is being split already.
        Invalid: The plan cannot be carried out; the message says why.
    """
    document = _open_document(uow, actor, document_id)
    check_version(document, version)
    component = next(iter(components_of(uow, document.id)), None)
    if component is None or not is_stack(component):
        raise Invalid("Only a PDF or TIFF with several pages can be split.", field="parts")
    stack = uow.session.get(Stack, component.id)
    check_plan(parts, stack.page_count if stack else component.page_count or 0)
    for part in parts:
        register_of(uow, actor, document, part)
    split = uow.session.get(Split, document.id)
    if split is not None and split.state in ("waiting", "done"):
        raise Conflict("This stack is being split already.")
    if split is None:
        split = Split(document_id=document.id, component_id=component.id, asked_by=actor.user_id)
        uow.session.add(split)
    split.state = "waiting"
    split.wanted = [each.to_json() for each in parts]
    split.book_reason = filled(book_reason, "reason")
    split.reason_code = split.reason_message = split.ended_at = None
    split.asked_at, split.asked_by = uow.now, _person(actor)
    uow.session.flush()
    enqueue(uow, SPLIT_JOB, subject_id=document.id)
    told = {"file": component.name, "count": len(parts)}
    record_document(uow, actor, "stack.split_asked", document, told, component.id)
    return split


def await_split(uow: UnitOfWork, actor: Actor, *, document_id: UUID, book_reason: str) -> None:
    """Have a file that was just registered split by itself once its separator sheets are found.

    Raises:
        NotAllowed: The person is not clerk of its register.
        Conflict: The document is filed or voided.
    """
    document = _open_document(uow, actor, document_id)
    component = next(iter(components_of(uow, document.id)), None)
    if component is None or uow.session.get(Split, document.id) is not None:
        return
    uow.session.add(
        Split(
            document_id=document.id,
            component_id=component.id,
            state="awaited",
            book_reason=filled(book_reason, "reason"),
            asked_at=uow.now,
            asked_by=_person(actor),
        )
    )
    told = {"file": component.name}
    record_document(uow, actor, "stack.split_awaited", document, told, component.id)


def look_for_sheets(uow: UnitOfWork, actor: Actor, *, document_id: UUID) -> None:
    """Ask the worker to look for separator sheets on the pages of a document.

    Raises:
        NotAllowed: The person is not clerk of its register.
        Conflict: The document is filed or voided.
        Invalid: Its first file has no pages to be split.
    """
    document = _open_document(uow, actor, document_id)
    component = next(iter(components_of(uow, document.id)), None)
    if component is None or not is_stack(component):
        raise Invalid("Only a PDF or TIFF with several pages can be split.", field="parts")
    enqueue(uow, LOOK_JOB, subject_id=component.id)
    told = {"file": component.name}
    record_document(uow, actor, "stack.look_asked", document, told, component.id)


def register_of(uow: UnitOfWork, actor: Actor, document: Document, part: Part) -> Register:
    """Return the register that a part comes into, if the person may register it there.

    Raises:
        Invalid, NotAllowed, Conflict: As registering would.
    """
    code = part.sheet.register
    register = register_by_code(uow, code) if code else get_register(uow, document.register_id)
    check_clerk(actor, clerk_unit_id=register.clerk_unit_id)
    check_open(register, uow.today)
    secrecy = Secrecy(values_of(document, part)["secrecy"])
    check_clearance(actor, secrecy)
    if secrecy > register.ceiling:
        check_ceiling(register, secrecy, open_registers(uow))
    if part.sheet.unit:
        resolve_codes(uow, {"unit": part.sheet.unit})
    return register


def values_of(document: Document, part: Part) -> dict[str, Any]:
    """Return the metadata of a part: its stack's, and above it what its sheet says.

    A sheet never takes secrecy away: what was received as confidential stays so until somebody
    lowers it with a reason.
    """
    values: dict[str, Any] = {name: getattr(document, name) for name in _INHERITED}
    if part.sheet.urgency:
        values["urgency"] = Urgency(part.sheet.urgency).value
    if part.sheet.secrecy:
        said = int(Secrecy.from_code(part.sheet.secrecy, field="secrecy"))
        values["secrecy"] = max(document.secrecy, said)
    if part.sheet.unit:
        values["unit"] = part.sheet.unit
    return {name: value for name, value in values.items() if value is not None}


def stop_recognition(uow: UnitOfWork, component_id: UUID) -> None:
    """End the recognition of a stack whose parts are read by themselves from now on."""
    found = uow.session.get(Recognition, component_id)
    if found is not None and found.state in ("waiting", "running", "missing"):
        found.state, found.reason_code, found.ended_at = "failed", "split", uow.now
        found.reason_message = "its pages were split into documents of their own"


def parts_of(uow: UnitOfWork, actor: Actor, stack_id: UUID) -> list[tuple[Document, list[int]]]:
    """Return the documents taken out of a stack that a person may see, with their pages there."""
    query = (
        select(Document, SplitPart.pages)
        .join(SplitPart, SplitPart.document_id == Document.id)
        .where(SplitPart.stack_id == stack_id, visible(uow, actor))
        .order_by(SplitPart.position)
    )
    return [(row[0], [number for number, _ in row[1]]) for row in uow.session.execute(query)]


def split_of(uow: UnitOfWork, document_id: UUID) -> tuple[str | None, int]:
    """Return how far splitting a document is, None while nobody asked, and its separator sheets."""
    query = (
        select(Split.state, Stack.sheets)
        .select_from(Component)
        .outerjoin(Split, Split.document_id == Component.document_id)
        .outerjoin(Stack, Stack.component_id == Component.id)
        .where(Component.document_id == document_id, Component.position == 0)
    )
    row = uow.session.execute(query).one_or_none()
    return (None, 0) if row is None else (row[0], row[1] or 0)


def taken_from(
    uow: UnitOfWork, actor: Actor, document_id: UUID
) -> tuple[Document, list[int]] | None:
    """Return the stack that a document was taken out of, if a person may see it, and its pages."""
    query = (
        select(Document, SplitPart.pages)
        .join(SplitPart, SplitPart.stack_id == Document.id)
        .where(SplitPart.document_id == document_id, visible(uow, actor))
    )
    row = uow.session.execute(query).one_or_none()
    return None if row is None else (row[0], [number for number, _ in row[1]])


def _open_document(uow: UnitOfWork, actor: Actor, document_id: UUID) -> Document:
    document = get_document(uow, actor, document_id, for_update=True)
    check_clerk(actor, clerk_unit_id=document.clerk_unit_id)
    if document.state not in OPEN:
        raise Conflict("The files of this document are frozen.")
    return document


def _person(actor: Actor) -> UUID:
    if actor.user_id is None:
        raise Conflict("Somebody has to answer for this.")
    return actor.user_id
