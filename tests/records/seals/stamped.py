"""Stamped copies as they stand in an office, without the press that makes them."""

import secrets
from dataclasses import dataclass
from uuid import UUID

from cryptography.hazmat.primitives.serialization import Encoding

from records.core.database import UnitOfWork
from records.documents.intake import bind_components
from records.documents.models import Component, Document
from records.documents.rules import ComponentRole
from records.documents.texts import enqueue_reading
from records.people.rules import Secrecy
from records.seals.models import SealAuthority, SealCertificate, SealRequest, SealUsage
from records.seals.stamping import new_code
from tests.builders import id_of, keep
from tests.records.seals import signed
from tests.records.seals.approved import approved, contract
from tests.records.seals.offices import SealOffice


@dataclass(frozen=True)
class Stamped:
    """One stamped copy in the book."""

    document_id: UUID
    component_id: UUID
    usage_id: UUID
    code: str
    pdf: bytes


def trust_our_authority(seals: SealOffice) -> None:
    """Let the authority of the tests be our own, and its seal the seal's certificate."""
    with seals.office.database.writing() as uow:
        uow.session.add(
            SealAuthority(
                id=uow.new_id(),
                certificate=signed.authority().der,
                wrapped_key=b"-",
                sealed=b"-",
                made_at=uow.now,
            )
        )
        _add_certificate(uow, seals)


def _add_certificate(uow: UnitOfWork, seals: SealOffice) -> None:
    certificate = signed.seal().certificate
    uow.session.add(
        SealCertificate(
            id=uow.new_id(),
            seal_id=seals.seal_id,
            source="self_issued",
            serial=f"{certificate.serial_number:x}",
            certificate=certificate.public_bytes(Encoding.DER),
            chain=[],
            token=None,
            wrapped_key=b"-",
            sealed=b"-",
            not_before=certificate.not_valid_before_utc,
            not_after=certificate.not_valid_after_utc,
            added_at=uow.now,
        )
    )


def stamp(
    seals: SealOffice, pdf: bytes | None = None, *, secrecy: Secrecy = Secrecy.INTERNAL
) -> Stamped:
    """Put a stamped copy beside a contract, with its line in the book."""
    pdf = pdf or signed.sign(signed.plain())
    document_id = contract(seals)
    request_id = approved(seals, document_id, medium="electronic")
    ((received, name),) = keep(seals.office, [("contract.stamped.pdf", pdf)])
    code = new_code()
    with seals.office.database.writing() as uow:
        request = uow.session.get_one(SealRequest, request_id)
        request.state, request.ended_at = "used", uow.now
        document = uow.session.get_one(Document, document_id)
        document.secrecy = secrecy
        (component,) = bind_components(
            uow, document_id, [(received, name)], first_position=1, role=ComponentRole.STAMPED
        )
        enqueue_reading(uow, [component])
        uow.session.flush()
        usage = _line(uow, seals, request, component, code)
        uow.session.add(usage)
        return Stamped(document_id, component.id, usage.id, code, pdf)


def _line(
    uow: UnitOfWork, seals: SealOffice, request: SealRequest, component: Component, code: str
) -> SealUsage:
    number = int.from_bytes(secrets.token_bytes(3)) + 1
    return SealUsage(
        id=uow.new_id(),
        seal_id=seals.seal_id,
        year=2026,
        number=number,
        text=f"S-2026-{number:04d}",
        request_id=request.id,
        document_id=request.document_id,
        component_id=request.component_id,
        sha256=request.sha256,
        result_id=component.id,
        result_sha256=component.sha256,
        code=code,
        placements=[],
        medium="electronic",
        applicant_id=request.applicant_id,
        unit_id=request.unit_id,
        keeper_id=id_of(seals.keeper),
        place="At the desk",
        used_at=uow.now,
        copies_stamped=1,
        outside=False,
        state="valid",
    )
