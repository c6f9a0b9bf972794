"""The seal book: each use of a seal is one line, numbered without gaps for each seal and year.

The row of the counter is locked from the moment a number is taken until the transaction ends, so a
number that was rolled back is given to the next in line. Services write the line as their last
step.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, text
from sqlalchemy.orm import Session

from records.core.base import Identifier
from records.core.database import UnitOfWork
from records.documents.models import Document
from records.documents.service import record_document
from records.people.rules import Actor
from records.seals.lines import line_facts
from records.seals.models import Seal, SealUsage
from records.seals.rules import REQUEST_EVENTS, RequestStep

_TAKE_NEXT = text(
    "INSERT INTO seal_counter (seal_id, year, last) VALUES (:seal_id, :year, 1) "
    "ON CONFLICT (seal_id, year) DO UPDATE SET last = seal_counter.last + 1 "
    "RETURNING last"
).bindparams(bindparam("seal_id", type_=Identifier()))


def take_number(session: Session, seal_id: UUID, year: int) -> int:
    """Return the next number of a seal's book and hold its counter until the transaction ends."""
    return int(session.execute(_TAKE_NEXT, {"seal_id": seal_id, "year": year}).scalar_one())


def line_number(code: str, year: int, number: int) -> str:
    """Return the number of a line as it is written, for example `HT-2026-0007`."""
    return f"{code}-{year}-{number:04d}"


def take_line(
    uow: UnitOfWork, actor: Actor, seal: Seal, document: Document, facts: Mapping[str, Any]
) -> SealUsage:
    """Write the line of a use, with its number of the business day's year, and record it.

    Args:
        facts: Every other column of the line.
    """
    # Whatever the database may still refuse, it refuses before the number is taken.
    uow.session.flush()
    year = uow.today.year
    number = take_number(uow.session, seal.id, year)
    line = SealUsage(
        id=uow.new_id(),
        seal_id=seal.id,
        year=year,
        number=number,
        text=line_number(seal.code, year, number),
        document_id=document.id,
        used_at=uow.now,
        **facts,
    )
    uow.session.add(line)
    uow.session.flush()
    record_line(uow, actor, REQUEST_EVENTS[RequestStep.USE], seal, document, line, line_facts(line))
    return line


def record_line(
    uow: UnitOfWork,
    actor: Actor,
    kind: str,
    seal: Seal,
    document: Document,
    line: SealUsage,
    facts: Mapping[str, Any],
) -> None:
    """Collect a fact about a line of the book, with everything and everybody that it is about."""
    about = (line.request_id, seal.id, line.id, line.result_id or line.component_id)
    people = (line.applicant_id, line.keeper_id, line.witness_id)
    objects = [each for each in (*about, *people) if each is not None]
    told = {"number": line.text, "seal": seal.name, **facts}
    record_document(uow, actor, kind, document, told, *objects)
