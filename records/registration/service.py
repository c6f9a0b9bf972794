"""Use cases of registration: giving a number, voiding, and moving with the secrecy."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select

from records.core.database import UnitOfWork
from records.core.errors import Conflict, Invalid
from records.core.jobs import enqueue
from records.core.rows import check_version, filled, write_new
from records.documents import metadata
from records.documents.intake import bind_components, title_of_file
from records.documents.models import Document
from records.documents.rules import (
    STEP_EVENTS,
    DocumentState,
    Medium,
    Step,
    TextState,
    Urgency,
    check_not_voided,
    next_state,
)
from records.documents.service import (
    FILING_JOB,
    NUMBER_CHANGED_JOB,
    SECRECY_CHANGED_JOB,
    VOIDED_JOB,
    record_document,
    resolve_codes,
)
from records.documents.texts import enqueue_reading
from records.documents.visibility import get_document, refresh_access
from records.people.models import Unit
from records.people.rules import Actor, Secrecy, check_clerk
from records.registration.models import (
    Register,
    Registration,
    SourceKey,
)
from records.registration.numbering import take_number
from records.registration.registers import get_register, open_registers
from records.registration.rules import (
    LineNumber,
    NumberForm,
    RegistrationState,
    check_can_void,
    check_ceiling,
    check_clearance,
    check_open,
)
from storage import Received

# Registering -------------------------------------------------------------------------------------


def register_document(
    uow: UnitOfWork,
    actor: Actor,
    *,
    register: Register,
    values: Mapping[str, Any],
    received: Sequence[tuple[Received, str]],
    source_id: str | None = None,
    own: LineNumber | None = None,
) -> Document:
    """Register a document: its row, its components, its number, and the work that must follow.

    Args:
        values: Typed values by name, as `metadata.read_metadata` gives them; whatever is missing
            gets its default, the title the name of the first file.
        received: Kept objects with their file names, the original first; may be empty for paper.
        source_id: Where it came from, for intake that can be repeated.
        own: The number that an old book gave, in place of the next one; the caller has made room
            for it (`numbering.make_room`).

    Raises:
        NotAllowed: The person is not clerk of the register, or not cleared for the secrecy.
        Invalid: The register may not hold this secrecy; `details["allowed"]` names those that may.
        Conflict: The register is closed, or the same file of the same source has been registered.
    """
    check_clerk(actor, clerk_unit_id=register.clerk_unit_id)
    return _register(
        uow,
        actor,
        register=register,
        values=values,
        received=received,
        source_id=source_id,
        own=own,
    )


def register_on_the_way(
    uow: UnitOfWork,
    actor: Actor,
    *,
    register: Register,
    values: Mapping[str, Any],
    received: Sequence[tuple[Received, str]],
    unit_id: UUID,
) -> Document:
    """Register a file for somebody who keeps no register, because an act of theirs needs it.

    The service of that act has checked that the person may take it.

    Args:
        unit_id: The unit that answers for the document, and so sees it.

    Raises:
        NotAllowed: The person is not cleared for the secrecy.
        Conflict: The register is closed.
    """
    unit = {"unit": uow.session.get_one(Unit, unit_id).code}
    return _register(uow, actor, register=register, values={**values, **unit}, received=received)


def _register(
    uow: UnitOfWork,
    actor: Actor,
    *,
    register: Register,
    values: Mapping[str, Any],
    received: Sequence[tuple[Received, str]],
    source_id: str | None = None,
    own: LineNumber | None = None,
) -> Document:
    check_open(register, uow.today)
    secrecy = _secrecy_of(values)
    check_clearance(actor, secrecy)
    if secrecy > register.ceiling:
        check_ceiling(register, secrecy, open_registers(uow))
    document = _new_document(uow, actor, register, values, received)
    document.secrecy = int(secrecy)
    with uow.session.no_autoflush:
        for column, row_id in resolve_codes(uow, values).items():
            setattr(document, column, row_id)
    registration = _take_line(uow, actor, register, document, own)
    if source_id is not None:
        _check_new(uow, register, source_id, received)
    document.number = registration.text
    uow.session.add(document)
    uow.session.flush()
    write_new(uow, [registration])
    components = bind_components(uow, document.id, received)
    if source_id is not None:
        _remember_source(uow, register, source_id, components[0].sha256, document)
    refresh_access(uow, document, is_new=True)
    enqueue_reading(uow, components)
    if not components:
        # Of files, filing hears when they were read.
        enqueue(uow, FILING_JOB, subject_id=document.id)
        enqueue(uow, NUMBER_CHANGED_JOB, subject_id=document.id)
    record_document(
        uow,
        actor,
        "document.registered",
        document,
        {
            "register": register.code,
            "title": document.title,
            "metadata": {name: metadata.shown(value) for name, value in values.items()},
            "components": [
                {"id": str(each.id), "file": each.name, "sha256": each.sha256}
                for each in components
            ],
        },
        registration.id,
        register.id,
    )
    return document


def registered_before(
    uow: UnitOfWork, *, register: Register, source_id: str, sha256: str
) -> Document | None:
    """Return the document that the same file of the same source became, if it did."""
    query = (
        select(Document)
        .join(SourceKey, SourceKey.document_id == Document.id)
        .where(
            SourceKey.register_id == register.id,
            SourceKey.sha256 == sha256,
            SourceKey.source_id == source_id,
        )
    )
    return uow.session.scalar(query)


def void_registration(
    uow: UnitOfWork, actor: Actor, *, document_id: UUID, version: int | None, reason: str
) -> Document:
    """Void a registration made by mistake: the number stays in the book, with the reason.

    Raises:
        Conflict: The document is filed, or voided already.
        Invalid: No reason.
    """
    document = get_document(uow, actor, document_id, for_update=True)
    check_clerk(actor, clerk_unit_id=document.clerk_unit_id)
    check_version(document, version)
    reason = filled(reason, "reason")
    line = _current_line(uow, document)
    state = DocumentState(document.state)
    check_can_void(RegistrationState(line.state), state)
    document.state = next_state(state, Step.VOID).value
    line.state = RegistrationState.VOIDED.value
    line.reason = reason
    line.ended_at = uow.now
    refresh_access(uow, document)
    record_document(uow, actor, STEP_EVENTS[Step.VOID], document, {"reason": reason}, line.id)
    enqueue(uow, VOIDED_JOB, subject_id=document.id, payload={"reason": reason})
    return document


def change_secrecy(
    uow: UnitOfWork,
    actor: Actor,
    *,
    document_id: UUID,
    version: int | None,
    secrecy: Secrecy,
    reason: str,
    term: str | None = None,
) -> Document:
    """Raise or lower the secrecy of a document.

    Raised above the ceiling of its register, it moves to the register of the same kind with the
    lowest sufficient ceiling, under a new number; the old line stays, shown as moved, without
    title. Lowered, it keeps its number.

    Raises:
        Invalid: No reason, or no register may hold this secrecy.
        Conflict: Nothing would change.
    """
    document = get_document(uow, actor, document_id, for_update=True)
    check_clerk(actor, clerk_unit_id=document.clerk_unit_id)
    check_version(document, version)
    check_clearance(actor, secrecy)
    reason = filled(reason, "reason")
    before = Secrecy(document.secrecy)
    if before == secrecy and term == document.secrecy_term:
        raise Conflict("Nothing would change.")
    check_not_voided(document.state)
    document.secrecy = int(secrecy)
    document.secrecy_term = term
    register = get_register(uow, document.register_id)
    if secrecy > register.ceiling:
        _move(uow, actor, document, register, secrecy, reason)
    refresh_access(uow, document)
    record_document(
        uow,
        actor,
        "document.secrecy_changed",
        document,
        {"before": before.code, "after": secrecy.code, "reason": reason, "term": term},
    )
    enqueue(uow, SECRECY_CHANGED_JOB, subject_id=document.id)
    return document


# Small things ------------------------------------------------------------------------------------


def _secrecy_of(values: Mapping[str, Any]) -> Secrecy:
    given = values.get("secrecy")
    return Secrecy.INTERNAL if given is None else Secrecy(given)


def _new_document(
    uow: UnitOfWork,
    actor: Actor,
    register: Register,
    values: Mapping[str, Any],
    received: Sequence[tuple[Received, str]],
) -> Document:
    document = Document(
        id=uow.new_id(),
        register_id=register.id,
        clerk_unit_id=register.clerk_unit_id,
        state=DocumentState.REGISTERED.value,
        title=values.get("title") or _default_title(received),
        received_on=uow.today,
        urgency=Urgency.ROUTINE.value,
        medium=(Medium.ELECTRONIC if received else Medium.PAPER).value,
        keywords=[],
        text_state=(TextState.PENDING if received else TextState.NONE).value,
        registered_at=uow.now,
        registered_by=actor.user_id,
    )
    for name, value in values.items():
        if metadata.FIELDS[name].column is not None and value is not None:
            metadata.put(document, name, value)
    return document


def _default_title(received: Sequence[tuple[Received, str]]) -> str:
    if not received:
        raise Invalid("A document without a file needs a title.", field="title")
    return title_of_file(received[0][1])


def _take_line(
    uow: UnitOfWork,
    actor: Actor,
    register: Register,
    document: Document,
    own: LineNumber | None = None,
) -> Registration:
    """Take the next number of the business day's year; the counter stays locked from here on."""
    line = own or _next_number(uow, register)
    return Registration(
        id=uow.new_id(),
        register_id=register.id,
        year=line.year,
        number=line.number,
        text=line.text,
        document_id=document.id,
        state=RegistrationState.CURRENT.value,
        registered_at=uow.now,
        registered_by=actor.user_id,
    )


def _check_new(
    uow: UnitOfWork,
    register: Register,
    source_id: str,
    received: Sequence[tuple[Received, str]],
) -> None:
    """Refuse a file that another unit registered while we waited for the counter."""
    if not received:
        raise Invalid("Only a file has a source.", field="source_id")
    sha256 = received[0][0].sha256
    if registered_before(uow, register=register, source_id=source_id, sha256=sha256) is not None:
        raise Conflict("This file of this source has been registered.", field="source_id")


def _next_number(uow: UnitOfWork, register: Register) -> LineNumber:
    year = uow.today.year
    number = take_number(uow.session, register.id, year)
    form = NumberForm(register.pattern, register.padding)
    return LineNumber(year, number, form.write(year, number))


def _remember_source(
    uow: UnitOfWork, register: Register, source_id: str, sha256: str, document: Document
) -> None:
    uow.session.add(
        SourceKey(
            register_id=register.id, sha256=sha256, source_id=source_id, document_id=document.id
        )
    )


def _current_line(uow: UnitOfWork, document: Document) -> Registration:
    query = select(Registration).where(
        Registration.document_id == document.id,
        Registration.state == RegistrationState.CURRENT.value,
    )
    found = uow.session.scalar(query)
    if found is None:
        raise Conflict("This line is %(state)s already.", {"state": "voided"})
    return found


def _move(
    uow: UnitOfWork,
    actor: Actor,
    document: Document,
    register: Register,
    secrecy: Secrecy,
    reason: str,
) -> None:
    target = uow.session.scalar(
        select(Register)
        .where(
            Register.kind == register.kind,
            Register.ceiling >= int(secrecy),
            or_(Register.closed_on.is_(None), Register.closed_on > uow.today),
        )
        .order_by(Register.ceiling, Register.clerk_unit_id != register.clerk_unit_id, Register.id)
        .limit(1)
    )
    if target is None:
        check_ceiling(register, secrecy, ())
        return
    old = _current_line(uow, document)
    old.state = RegistrationState.MOVED.value
    old.ended_at = uow.now
    document.register_id = target.id
    document.clerk_unit_id = target.clerk_unit_id
    uow.session.flush()
    new = _take_line(uow, actor, target, document)
    uow.session.add(new)
    before, document.number = document.number, new.text
    record_document(
        uow,
        actor,
        "document.moved",
        document,
        {"before": before, "register": target.code, "reason": reason},
        old.id,
        new.id,
    )
