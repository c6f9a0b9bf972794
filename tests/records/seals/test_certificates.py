"""Certificates of seals: what they say, who gives them, which files are refused, and their end."""

import secrets
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    pkcs12,
)
from cryptography.x509.oid import NameOID
from sqlalchemy import select, text

from records.core.errors import Conflict, Invalid, NotAllowed, NotFound, Unavailable
from records.core.log import entries_about
from records.people.rules import Actor
from records.seals.keys.authority import (
    authorities,
    authority_in_use,
    authority_list,
    fingerprint,
    make_authority,
)
from records.seals.keys.certificates import (
    CertificateState,
    add_token_certificate,
    certificate_in_use,
    certificates_of,
    end_certificate,
    expiring_certificates,
    import_pkcs12,
    is_self_issued,
    issue_certificate,
)
from records.seals.models import Seal, SealAuthority, SealCertificate
from records.seals.states import report_lost
from tests.authorities import EXPIRED, PASSWORD, SEAL, SILENT, TLS, Authority
from tests.offices import HeldClock
from tests.records.seals.certifying import bought, certify
from tests.records.seals.offices import SealOffice
from tests.tokens import SoftToken


def issued(seals: SealOffice) -> tuple[x509.Certificate, x509.Certificate]:
    """Return the certificate that the seal has, and the one of the authority."""
    root = x509.load_der_x509_certificate(certify(seals))
    with seals.office.database.reading() as uow:
        found = certificate_in_use(uow, seals.seal_id)
        assert found is not None
        return x509.load_der_x509_certificate(found.certificate), root


# Our own ------------------------------------------------------------------------------------------


def test_a_certificate_of_ours_says_whose_seal_it_is_and_what_it_is_for(seals: SealOffice) -> None:
    certificate, root = issued(seals)
    certificate.verify_directly_issued_by(root)
    names = {each.oid: each.value for each in certificate.subject}
    assert names == {
        NameOID.ORGANIZATION_NAME: "Office",
        NameOID.ORGANIZATIONAL_UNIT_NAME: "Finance",
        NameOID.COMMON_NAME: "Example Organization",
    }
    usage = certificate.extensions.get_extension_for_class(x509.KeyUsage)
    assert usage.critical
    assert usage.value.digital_signature
    assert usage.value.content_commitment
    assert not usage.value.key_cert_sign
    assert certificate.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier)
    assert certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier)
    (point,) = certificate.extensions.get_extension_for_class(x509.CRLDistributionPoints).value
    assert point.full_name is not None
    assert point.full_name[0].value == "http://localhost:8080/seal-authority.crl"
    above = root.extensions.get_extension_for_class(x509.BasicConstraints)
    assert above.critical
    assert above.value.ca
    assert above.value.path_length == 0
    years = root.not_valid_after_utc - root.not_valid_before_utc
    assert years == timedelta(days=3653)


def test_there_is_one_authority_however_often_it_is_asked_for(any_seals: SealOffice) -> None:
    office = any_seals.office
    with office.database.writing() as uow:
        first = make_authority(uow, office.vault, any_seals.security).id
    with office.database.writing() as uow:
        assert make_authority(uow, office.vault, any_seals.security).id == first
        assert len(authorities(uow)) == 1


def test_a_certificate_ends_with_the_last_day_of_its_seal(seals: SealOffice) -> None:
    seal_id = seals.add_seal("L", stop_on=date(2026, 12, 31))
    certify(seals, seal_id=seal_id)
    with seals.office.database.reading() as uow:
        (view,) = certificates_of(uow, seal_id)
    # The last second of that day in Shanghai.
    assert view.not_after == datetime(2026, 12, 31, 15, 59, 59, tzinfo=UTC)


def test_without_an_authority_nothing_is_issued(seals: SealOffice) -> None:
    office = seals.office
    with pytest.raises(Conflict, match="no seal authority"), office.database.writing() as uow:
        issue_certificate(uow, office.vault, office.config, seals.security, seal_id=seals.seal_id)
    with pytest.raises(NotFound), office.database.reading() as uow:
        authority_list(uow, office.vault)


def test_a_lost_seal_gets_no_certificate(seals: SealOffice) -> None:
    with seals.office.database.writing() as uow:
        report_lost(uow, seals.keeper, seal_id=seals.seal_id, reason="Stolen")
    with pytest.raises(Conflict, match="out of use"):
        certify(seals)


def test_years_make_sense(seals: SealOffice) -> None:
    certify(seals)
    office = seals.office
    for years in (0, 11):
        with pytest.raises(Invalid), office.database.writing() as uow:
            issue_certificate(
                uow,
                office.vault,
                office.config,
                seals.security,
                seal_id=seals.seal_id,
                years=years,
            )


def _acts(seals: SealOffice, certificate_id: Any) -> list[Callable[[Any, Actor], object]]:
    vault, config, seal_id = seals.office.vault, seals.office.config, seals.seal_id
    return [
        lambda uow, actor: make_authority(uow, vault, actor),
        lambda uow, actor: issue_certificate(uow, vault, config, actor, seal_id=seal_id),
        lambda uow, actor: import_pkcs12(
            uow, vault, config, actor, seal_id=seal_id, content=b"", password=""
        ),
        lambda uow, actor: add_token_certificate(
            uow, vault, config, actor, seal_id=seal_id, token="a", key="b", pin="c"
        ),
        lambda uow, actor: end_certificate(
            uow, actor, certificate_id=certificate_id, reason="because"
        ),
    ]


def test_only_the_security_administration_keeps_certificates(seals: SealOffice) -> None:
    certify(seals)
    with seals.office.database.reading() as uow:
        (view,) = certificates_of(uow, seals.seal_id)
    for act in _acts(seals, view.id):
        for actor in (seals.admin, seals.keeper, seals.leader, seals.auditor, seals.clerk):
            with pytest.raises(NotAllowed), seals.office.database.writing() as uow:
                act(uow, actor)


# The end ------------------------------------------------------------------------------------------


def test_the_newest_certificate_counts_and_what_it_replaces_is_not_ended(
    seals: SealOffice, clock: HeldClock
) -> None:
    certify(seals)
    clock.advance(minutes=1)
    certify(seals)
    with seals.office.database.reading() as uow:
        states = [each.state for each in certificates_of(uow, seals.seal_id)]
        assert states == [CertificateState.IN_USE, CertificateState.REPLACED]
        listed = x509.load_der_x509_crl(authority_list(uow, seals.office.vault))
        assert list(listed) == []


def test_an_ended_certificate_stands_on_the_list_and_the_one_before_does_not_come_back(
    seals: SealOffice, clock: HeldClock
) -> None:
    certify(seals)
    clock.advance(minutes=1)
    root = x509.load_der_x509_certificate(certify(seals))
    office = seals.office
    with office.database.reading() as uow:
        newest = certificates_of(uow, seals.seal_id)[0]
    with pytest.raises(Invalid), office.database.writing() as uow:
        end_certificate(uow, seals.security, certificate_id=newest.id, reason=" ")
    with office.database.writing() as uow:
        end_certificate(uow, seals.security, certificate_id=newest.id, reason="The key leaked")
    with pytest.raises(Conflict, match="before"), office.database.writing() as uow:
        end_certificate(uow, seals.security, certificate_id=newest.id, reason="Again")
    with office.database.reading() as uow:
        assert certificate_in_use(uow, seals.seal_id) is None
        listed = x509.load_der_x509_crl(authority_list(uow, office.vault))
        kinds = [entry.kind for entry, _ in entries_about(uow.session, seals.seal_id)]
    key = root.public_key()
    assert listed.is_signature_valid(key)  # type: ignore[arg-type]
    (revoked,) = listed
    assert revoked.serial_number == int(newest.serial, 16)
    assert kinds.count("seal.certified") == 2
    assert "seal.certificate_ended" in kinds


def test_certificates_that_end_soon_are_told(seals: SealOffice, clock: HeldClock) -> None:
    certify(seals)
    database = seals.office.database
    with database.reading() as uow:
        assert expiring_certificates(uow) == []
    clock.advance(days=3 * 365 - 20)
    with database.reading() as uow:
        ((seal, _),) = expiring_certificates(uow)
        assert seal.id == seals.seal_id
        (view,) = certificates_of(uow, seals.seal_id)
        assert view.expires_soon


# Keys ---------------------------------------------------------------------------------------------


def test_no_key_leaves_the_vault(seals: SealOffice, authority: Authority) -> None:
    certify(seals)
    bought(seals, authority)
    keys = [authority.key()]
    with seals.office.database.reading() as uow:
        rows: list[SealAuthority | SealCertificate] = [
            *uow.session.scalars(select(SealAuthority)),
            *uow.session.scalars(select(SealCertificate)),
        ]
        said = " ".join(
            str(payload)
            for (payload,) in uow.session.execute(text("SELECT payload FROM log_payload"))
        )
        for row in rows:
            for secret in keys:
                assert secret[-32:] not in row.sealed
            assert "PRIVATE" not in repr(row)
    for secret in keys:
        assert secret.hex() not in said
    assert PASSWORD not in said


def test_a_row_does_not_open_with_the_secret_of_another(seals: SealOffice) -> None:
    from records.seals.keys.certificates import open_secret
    from storage import SealDamaged

    certify(seals)
    certify(seals)
    with seals.office.database.reading() as uow:
        first, second = uow.session.scalars(select(SealCertificate)).all()
        open_secret(seals.office.vault, first)
        first.sealed, first.wrapped_key = second.sealed, second.wrapped_key
        with pytest.raises(SealDamaged):
            open_secret(seals.office.vault, first)


# Files from an authority --------------------------------------------------------------------------


def test_a_bought_certificate_comes_with_those_above_it(
    seals: SealOffice, authority: Authority
) -> None:
    bought(seals, authority)
    with seals.office.database.reading() as uow:
        found = certificate_in_use(uow, seals.seal_id)
        (view,) = certificates_of(uow, seals.seal_id)
    assert found is not None
    assert not is_self_issued(found)
    assert len(found.chain) == 2
    assert (view.subject, view.issuer) == ("Test seal", "Test interm")
    assert view.fingerprint == fingerprint(found.certificate)


@pytest.mark.parametrize(
    ("label", "sentence"),
    [
        (EXPIRED, "expired on 2025-01-01"),
        (TLS, "not issued for signing documents"),
        (SILENT, "not issued for signing documents"),
        ("interm", "certificate of an authority"),
    ],
)
def test_what_cannot_sign_is_refused_in_a_sentence(
    seals: SealOffice, authority: Authority, label: str, sentence: str
) -> None:
    with pytest.raises(Invalid, match=sentence) as refused:
        bought(seals, authority, label)
    assert refused.value.field == "file"


def test_a_wrong_password_and_a_file_that_is_none_are_told_apart(
    seals: SealOffice, authority: Authority
) -> None:
    with pytest.raises(Invalid, match="does not open with this password") as refused:
        bought(seals, authority, password="another")
    assert refused.value.field == "password"
    with pytest.raises(Invalid, match="not a PKCS#12 file"):
        imported(seals, b"%PDF-1.7")
    with pytest.raises(Invalid, match="not a PKCS#12 file"):
        imported(seals, b"0" * 300_000)


def test_a_chain_with_a_gap_is_refused_and_closed_by_what_the_office_knows(
    seals: SealOffice, authority: Authority
) -> None:
    with pytest.raises(Invalid, match="The certificate of Test interm is missing"):
        bought(seals, authority, chain=False)
    office = seals.office
    config = replace(office.config, trusted_certificates=authority.roots)
    with office.database.writing() as uow:
        added = import_pkcs12(
            uow,
            office.vault,
            config,
            seals.security,
            seal_id=seals.seal_id,
            content=authority.key_file(chain=False),
            password=PASSWORD,
            others=[authority.certificate("interm")],
        )
        assert len(added.chain) == 2


def test_a_file_without_its_key_is_refused(seals: SealOffice, authority: Authority) -> None:
    bare = pkcs12.serialize_key_and_certificates(
        None, None, None, [authority.certificate(SEAL)], BestAvailableEncryption(b"secret")
    )
    with pytest.raises(Invalid, match="holds no private key"):
        imported(seals, bare, "secret")


def self_signed(key: Any) -> bytes:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Nobody")])
    now = datetime(2026, 1, 1, tzinfo=UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now)
        .not_valid_after(now + timedelta(days=3000))
    )
    from cryptography.hazmat.primitives import hashes

    algorithm = None if isinstance(key, ed25519.Ed25519PrivateKey) else hashes.SHA256()
    return pkcs12.serialize_key_and_certificates(
        None, key, certificate.sign(key, algorithm), None, BestAvailableEncryption(b"secret")
    )


def test_keys_that_readers_do_not_know_or_that_are_weak_are_refused(seals: SealOffice) -> None:
    with pytest.raises(Invalid, match="do not know this kind of key"):
        imported(seals, self_signed(ed25519.Ed25519PrivateKey.generate()), "secret")
    weak = rsa.generate_private_key(public_exponent=65537, key_size=1024)  # noqa: S505
    with pytest.raises(Invalid, match="at least 2048 bits"):
        imported(seals, self_signed(weak), "secret")


def test_random_bytes_never_do_anything_else_than_be_refused(seals: SealOffice) -> None:
    for length in (1, 20, 500):
        with pytest.raises(Invalid):
            imported(seals, b"\x30" + secrets.token_bytes(length))


def imported(seals: SealOffice, content: bytes, password: str = "") -> None:
    office = seals.office
    with office.database.writing() as uow:
        import_pkcs12(
            uow,
            office.vault,
            office.config,
            seals.security,
            seal_id=seals.seal_id,
            content=content,
            password=password,
        )


# Tokens -------------------------------------------------------------------------------------------


def test_a_token_says_why_it_does_not_serve(
    seals: SealOffice, authority: Authority, soft_token: SoftToken
) -> None:
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import NoEncryption, PrivateFormat

    known = replace(
        seals.office.config,
        pkcs11_module=soft_token.module,
        trusted_certificates=authority.roots,
    )
    stranger = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        Encoding.DER, PrivateFormat.PKCS8, NoEncryption()
    )
    soft_token.put("mismatch", stranger, authority.certificate("revoked"))
    soft_token.put("bare", stranger)
    interm = [authority.certificate("interm")]

    def add(config: Any = known, *, expected: type[Exception], match: str, **given: str) -> None:
        words = {"token": soft_token.label, "key": "mismatch", "pin": soft_token.pin, **given}
        with pytest.raises(expected, match=match), seals.office.database.writing() as uow:
            add_token_certificate(
                uow,
                seals.office.vault,
                config,
                seals.security,
                seal_id=seals.seal_id,
                others=interm,
                **words,
            )

    add(seals.office.config, expected=Conflict, match="No token library is set")
    add(
        replace(known, pkcs11_module=soft_token.module.parent / "none.so"),
        expected=Unavailable,
        match="cannot be used",
    )
    add(token="other", expected=Unavailable, match="is not there")
    add(pin="000000", expected=Conflict, match="does not open with this PIN")
    add(key="nothing", expected=Invalid, match="no certificate with the label nothing")
    add(key="bare", expected=Invalid, match="no certificate with the label bare")
    add(expected=Invalid, match="does not belong to the key")
    add(token=" ", expected=Invalid, match="must not be empty")


def test_the_state_of_a_seal_without_certificates_is_that_it_has_none(seals: SealOffice) -> None:
    with seals.office.database.reading() as uow:
        assert certificate_in_use(uow, seals.seal_id) is None
        assert certificates_of(uow, seals.seal_id) == []
        assert authority_in_use(uow) is None
        assert uow.session.get_one(Seal, seals.seal_id)
