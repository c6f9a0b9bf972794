"""Certificates for the seal of an office, and where what they came with is kept."""

from uuid import UUID

from cryptography.hazmat.primitives.serialization import Encoding

from records.seals.keys.authority import authorities, make_authority
from records.seals.keys.certificates import import_pkcs12, issue_certificate
from tests.authorities import PASSWORD, SEAL, Authority
from tests.records.seals.offices import SealOffice


def certify(seals: SealOffice, *, seal_id: UUID | None = None) -> bytes:
    """Make the authority, certify the seal, and return the certificate of the authority."""
    office = seals.office
    with office.database.writing() as uow:
        make_authority(uow, office.vault, seals.security)
        issue_certificate(
            uow, office.vault, office.config, seals.security, seal_id=seal_id or seals.seal_id
        )
        return authorities(uow)[-1]


def bought(
    seals: SealOffice,
    authority: Authority,
    label: str = SEAL,
    *,
    password: str = PASSWORD,
    chain: bool = True,
) -> UUID:
    """Give the seal a certificate that was bought, and return its id."""
    office = seals.office
    with office.database.writing() as uow:
        return import_pkcs12(
            uow,
            office.vault,
            office.config,
            seals.security,
            seal_id=seals.seal_id,
            content=authority.key_file(label, chain=chain),
            password=password,
        ).id


def root_of(authority: Authority) -> bytes:
    """Return the topmost certificate of an authority, DER."""
    return authority.certificate("root").public_bytes(Encoding.DER)
