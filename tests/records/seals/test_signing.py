"""A seal signs a PDF, and strangers say what it is worth: pyHanko's validator and poppler."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pyhanko.sign.validation.errors import NoDSSFoundError
from pyhanko.sign.validation.status import SignatureCoverageLevel

from records.core.config import Config
from records.core.errors import Conflict, Unavailable
from records.seals.caged import seal_cage
from records.seals.keys.certificates import (
    add_token_certificate,
    certificate_in_use,
    end_certificate,
)
from records.seals.keys.signer import Level, level_of, sign_digest
from records.seals.models import SealCertificate
from search.reading import Cage
from tests.authorities import REVOKED, SEAL, Authority
from tests.offices import HeldClock
from tests.records.seals.certifying import bought, certify, root_of
from tests.records.seals.offices import SealOffice
from tests.records.seals.signing import lasting, pdfsig, sealed_pdf, signed_attributes, verdict
from tests.tokens import SoftToken

FACTS = {"digest": "00" * 32, "algorithm": "sha256"}
NOON = datetime(2026, 3, 2, 2, tzinfo=UTC)


@pytest.fixture(scope="module")
def shop() -> Iterator[Cage]:
    with seal_cage() as cage:
        yield cage


def asking(seals: SealOffice, authority: Authority, *, revocation: bool = False) -> Config:
    """Return the settings of an office that asks for timestamps."""
    return replace(
        seals.office.config,
        timestamp_url=authority.timestamp_url,
        revocation=revocation,
        trusted_certificates=authority.roots,
    )


def test_a_seal_of_our_own_signs_and_is_trusted_by_whoever_knows_our_authority(
    shop: Cage,
    seals: SealOffice,
) -> None:
    root = certify(seals)
    pdf = sealed_pdf(shop, seals.office, seals.seal_id)
    known = verdict(pdf, root, moment=NOON)
    assert (known.intact, known.valid, known.trusted) == (True, True, True)
    assert known.bottom_line
    assert not verdict(pdf, moment=NOON).trusted
    assert level_of(seals.office.config) is Level.B_B
    assert b"/ETSI.CAdES.detached" in pdf
    # The time is the timestamp's to say, or stands in the PDF (PAdES).
    assert "signing_certificate_v2" in signed_attributes(pdf)
    assert "signing_time" not in signed_attributes(pdf)
    assert known.timestamp_validity is None


def test_one_changed_byte_is_a_broken_signature(shop: Cage, seals: SealOffice) -> None:
    root = certify(seals)
    pdf = sealed_pdf(shop, seals.office, seals.seal_id)
    changed = pdf.replace(b"/MediaBox", b"/MediaBoy", 1)
    assert not verdict(changed, root, moment=NOON).intact


def test_poppler_trusts_our_seal_with_our_authority_and_not_without(
    shop: Cage, seals: SealOffice, tmp_path: Path
) -> None:
    root = certify(seals)
    pdf = sealed_pdf(shop, seals.office, seals.seal_id)
    stranger = pdfsig(pdf, tmp_path)
    assert "Signature is Valid." in stranger
    assert "Certificate issuer isn't Trusted." in stranger
    assert "Example Organization" in stranger
    assert "ETSI.CAdES.detached" in stranger
    friend = pdfsig(pdf, tmp_path, trusted=root)
    assert "Signature is Valid." in friend
    assert "Certificate is Trusted." in friend
    broken = pdfsig(pdf.replace(b"/MediaBox", b"/MediaBoy", 1), tmp_path / "broken", trusted=root)
    assert "Digest Mismatch." in broken


def test_a_bought_seal_signs(shop: Cage, seals: SealOffice, authority: Authority) -> None:
    bought(seals, authority)
    status = verdict(sealed_pdf(shop, seals.office, seals.seal_id), root_of(authority))
    assert status.bottom_line
    assert status.signing_cert.subject.native["common_name"] == "Test seal"


def test_a_timestamp_makes_it_last(shop: Cage, seals: SealOffice, authority: Authority) -> None:
    bought(seals, authority)
    config = asking(seals, authority)
    assert level_of(config) is Level.B_T
    status = verdict(sealed_pdf(shop, seals.office, seals.seal_id, config), root_of(authority))
    assert status.bottom_line
    assert status.timestamp_validity is not None
    assert status.timestamp_validity.valid
    assert status.timestamp_validity.trusted


@pytest.mark.parametrize("own", [False, True], ids=["bought", "our own"])
def test_with_revocation_data_it_can_be_checked_without_asking_anybody(
    shop: Cage, seals: SealOffice, authority: Authority, clock: HeldClock, own: bool
) -> None:
    clock.instant = datetime.now(UTC)
    if own:
        root = certify(seals)
    else:
        bought(seals, authority)
        root = root_of(authority)
    config = asking(seals, authority, revocation=True)
    assert level_of(config) is Level.B_LT
    pdf = sealed_pdf(shop, seals.office, seals.seal_id, config)
    status = lasting(pdf, root, root_of(authority))
    assert status.bottom_line
    assert status.coverage is SignatureCoverageLevel.ENTIRE_FILE
    with pytest.raises(NoDSSFoundError):
        lasting(sealed_pdf(shop, seals.office, seals.seal_id, asking(seals, authority)), root)


def test_a_certificate_that_its_authority_revoked_signs_nothing(
    shop: Cage, seals: SealOffice, authority: Authority
) -> None:
    bought(seals, authority, REVOKED)
    with pytest.raises(Conflict, match="revoked"):
        sealed_pdf(shop, seals.office, seals.seal_id, asking(seals, authority, revocation=True))


@pytest.mark.parametrize("revocation", [False, True])
def test_servers_that_do_not_answer_are_asked_again_later(
    shop: Cage, seals: SealOffice, authority: Authority, revocation: bool
) -> None:
    bought(seals, authority)
    authority.out_of_order = True
    with pytest.raises(Unavailable, match=r"127\.0\.0\.1 does not answer"):
        sealed_pdf(
            shop, seals.office, seals.seal_id, asking(seals, authority, revocation=revocation)
        )


def test_what_is_ended_or_expired_signs_nothing(seals: SealOffice, clock: HeldClock) -> None:
    certify(seals)
    office = seals.office
    with office.database.reading() as uow:
        first = certificate_in_use(uow, seals.seal_id)
    assert first is not None
    with office.database.writing() as uow:
        end_certificate(uow, seals.security, certificate_id=first.id, reason="Key lost")
    with office.database.reading() as uow:
        ended = uow.session.get_one(SealCertificate, first.id)
        with pytest.raises(Conflict, match="was ended"):
            sign_digest(uow, office.vault, office.config, ended, FACTS)
        assert certificate_in_use(uow, seals.seal_id) is None
    certify(seals)
    clock.advance(days=3 * 365 + 1)
    with office.database.reading() as uow:
        assert certificate_in_use(uow, seals.seal_id) is None


def test_a_token_signs_and_never_shows_its_key(
    shop: Cage, seals: SealOffice, authority: Authority, soft_token: SoftToken
) -> None:
    for label in (SEAL, REVOKED):  # RSA, and an elliptic curve
        certificates = [authority.certificate(each) for each in (label,)]
        soft_token.put(label, authority.key(label), *certificates)
    config = replace(
        seals.office.config, pkcs11_module=soft_token.module, trusted_certificates=authority.roots
    )
    others = [authority.certificate("interm")]
    for label in (SEAL, REVOKED):
        with seals.office.database.writing() as uow:
            added = add_token_certificate(
                uow,
                seals.office.vault,
                config,
                seals.security,
                seal_id=seals.seal_id,
                token=soft_token.label,
                key=label,
                pin=soft_token.pin,
                others=others,
            )
            assert soft_token.pin.encode() not in added.sealed
        status = verdict(sealed_pdf(shop, seals.office, seals.seal_id, config), root_of(authority))
        assert status.bottom_line
