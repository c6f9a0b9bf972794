"""What the public check page may say of a stamped copy: to whom its code or its bytes are proof.

Whoever holds the code, or the file, has seen the document. They learn its number, who sealed it,
when, the digest, and whether it still stands; the title only of a public document. Nothing is said
of documents of which nothing was shown: a wrong code and a code that never was are one answer.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import InstrumentedAttribute

from records.core.database import UnitOfWork
from records.core.errors import NotFound
from records.documents.models import Document
from records.documents.rules import DocumentState
from records.people.models import Unit
from records.people.rules import Secrecy
from records.seals.models import Seal, SealUsage
from records.seals.rules import UsageState
from records.seals.signatures.verdicts import Findings

_CODE = re.compile(r"[A-Za-z0-9_-]{8,64}")
# Letters that no code has, for digits that look like them.
_ALIKE = str.maketrans("OIL", "011")


class CopyState(StrEnum):
    """Whether a stamped copy still stands."""

    VALID = "valid"
    WITHDRAWN = "withdrawn"  # the sealing was taken back
    VOIDED = "voided"  # the registration of the document was


@dataclass(frozen=True)
class StampedCopy:
    """What strangers may know of one stamped copy.

    Attributes:
        title: Only of a public document.
        line: The number of the line in the seal book.
        issuer: The seal.
        unit: The unit whose seal it is.
        withdrawn_at: When the sealing was taken back.
    """

    code: str
    number: str
    title: str | None
    line: str
    issuer: str
    unit: str
    sealed_at: datetime
    sha256: str
    state: CopyState
    withdrawn_at: datetime | None


def stamped_by_code(uow: UnitOfWork, code: str) -> StampedCopy:
    """Return the stamped copy that carries a code, typed in capitals or not.

    Raises:
        NotFound: There is none, or never was.
    """
    if not _CODE.fullmatch(code):
        raise NotFound
    found = _copies(uow, SealUsage.code, [code, code.upper().translate(_ALIKE)])
    if not found:
        raise NotFound
    return found[0]


def match_file(uow: UnitOfWork, sha256: str) -> StampedCopy | None:
    """Return the stamped copy that a file is, byte for byte."""
    found = _copies(uow, SealUsage.result_sha256, [sha256])
    return found[0] if found else None


def match_beginning(uow: UnitOfWork, findings: Findings) -> StampedCopy | None:
    """Return the newest stamped copy that a file begins with; something was added to it since."""
    found = _copies(uow, SealUsage.result_sha256, [digest for _, digest in findings.revisions])
    return max(found, key=lambda each: each.sealed_at, default=None)


def organization_name(uow: UnitOfWork) -> str | None:
    """Return the name of the organization, which every visitor may know."""
    return uow.session.scalar(select(Unit.name).where(Unit.parent_id.is_(None)).limit(1))


def _copies(
    uow: UnitOfWork, column: InstrumentedAttribute[str | None], values: Iterable[str]
) -> list[StampedCopy]:
    query = (
        select(SealUsage, Document, Seal.name, Unit.name)
        .join(Document, Document.id == SealUsage.document_id)
        .join(Seal, Seal.id == SealUsage.seal_id)
        .join(Unit, Unit.id == Seal.unit_id)
        .where(column.in_(list(values)), SealUsage.code.is_not(None))
        .order_by(SealUsage.id)
    )
    return [
        StampedCopy(
            code=usage.code or "",
            number=document.number,
            title=document.title if document.secrecy == Secrecy.PUBLIC else None,
            line=usage.text,
            issuer=seal,
            unit=unit,
            sealed_at=usage.used_at,
            sha256=usage.result_sha256 or "",
            state=_state(usage, document),
            withdrawn_at=usage.withdrawn_at,
        )
        for usage, document, seal, unit in uow.session.execute(query)
    ]


def _state(usage: SealUsage, document: Document) -> CopyState:
    if usage.state == UsageState.WITHDRAWN:
        return CopyState.WITHDRAWN
    return CopyState.VOIDED if document.state == DocumentState.VOIDED else CopyState.VALID
