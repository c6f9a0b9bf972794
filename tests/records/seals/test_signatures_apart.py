"""P7M and P7S: what was signed comes out, and it is told who signed and whether it holds."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA224, SHA256, SHA384, SHA512
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.hazmat.primitives.serialization.pkcs7 import (
    PKCS7HashTypes,
    PKCS7Options,
    PKCS7PrivateKeyTypes,
    PKCS7SignatureBuilder,
)
from cryptography.x509.oid import NameOID

from records.documents.components import components_of
from records.office import Office
from records.people.rules import Role
from records.seals.signatures.checks import checks_of
from records.seals.signatures.verdicts import Integrity, Note, Trust, Verdict
from records.worker import Worker
from tests.builders import File, add_person, register

CONTENT = b"We agree to the terms."


def _signed(
    content: bytes,
    *options: PKCS7Options,
    encoding: Encoding = Encoding.DER,
    digest: PKCS7HashTypes | None = None,
    pss: bool = False,
) -> bytes:
    key: PKCS7PrivateKeyTypes = ec.generate_private_key(ec.SECP256R1())
    if pss:
        key = rsa.generate_private_key(65537, 2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Li Wei")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=9))
        .sign(key, SHA256())
    )
    padded = padding.PSS(padding.MGF1(SHA256()), padding.PSS.DIGEST_LENGTH) if pss else None
    builder = PKCS7SignatureBuilder().set_data(content)
    builder = builder.add_signer(certificate, key, digest or SHA256(), rsa_padding=padded)
    return builder.sign(encoding, [PKCS7Options.Binary, *options])


def _verdicts(office: Office, *files: File) -> tuple[list[str], list[Verdict]]:
    clerk = add_person(office, "chen", Role.CLERK)
    document_id: UUID = register(office, clerk, files=files).id
    with Worker(office) as worker:
        worker.run_until_idle()
    with office.database.reading() as uow:
        components = components_of(uow, document_id)
        checks = checks_of(uow, components)
        names = [each.name for each in components]
        return names, [each for check in checks.values() for each in check.verdicts]


@pytest.mark.parametrize("encoding", [Encoding.DER, Encoding.PEM])
def test_what_was_signed_is_taken_out_and_the_signer_told(
    office: Office, encoding: Encoding
) -> None:
    names, (verdict,) = _verdicts(office, ("terms.txt.p7m", _signed(CONTENT, encoding=encoding)))
    assert names == ["terms.txt.p7m", "terms.txt"]
    assert (verdict.integrity, verdict.trust) == (Integrity.INTACT, Trust.UNKNOWN)
    assert verdict.signer == "Li Wei"
    assert verdict.signed_at is not None


def test_other_digests_and_paddings_are_examined_in_an_envelope(office: Office) -> None:
    names, verdicts = _verdicts(
        office,
        ("a.txt.p7m", _signed(CONTENT, digest=SHA384())),
        ("b.txt.p7m", _signed(CONTENT, digest=SHA512(), encoding=Encoding.PEM)),
        ("c.txt.p7m", _signed(CONTENT, pss=True)),
    )
    assert {"a.txt", "b.txt", "c.txt"} < set(names)
    assert [each.integrity for each in verdicts] == [Integrity.INTACT] * 3


@pytest.mark.parametrize("digest", [SHA256(), SHA384(), SHA512()])
def test_a_signature_beside_its_file_is_held_against_it(
    office: Office, digest: PKCS7HashTypes
) -> None:
    beside = _signed(CONTENT, PKCS7Options.DetachedSignature, digest=digest)
    files = [("other.txt", b"Other words."), ("terms.txt", CONTENT), ("terms.txt.p7s", beside)]
    _, (verdict,) = _verdicts(office, *files)
    assert (verdict.integrity, verdict.digest) == (Integrity.INTACT, digest.name)


def test_a_signature_beside_its_file_over_a_digest_that_is_not_made_says_so(
    office: Office,
) -> None:
    beside = _signed(CONTENT, PKCS7Options.DetachedSignature, digest=SHA224())
    _, (verdict,) = _verdicts(office, ("terms.txt", CONTENT), ("terms.txt.p7s", beside))
    assert (verdict.integrity, verdict.note) == (Integrity.UNREADABLE, Note.UNSUPPORTED)


def test_what_was_changed_in_its_envelope_is_broken(office: Office) -> None:
    signed = _signed(CONTENT)
    changed = signed.replace(CONTENT, CONTENT.replace(b"agree", b"never"))
    assert changed != signed
    _, (verdict,) = _verdicts(office, ("terms.txt.p7m", changed))
    assert (verdict.integrity, verdict.note) == (Integrity.BROKEN, Note.DIGEST)


@pytest.mark.parametrize("digest", [SHA256(), SHA512()])
def test_a_signature_whose_file_is_not_here_says_nothing(
    office: Office, digest: PKCS7HashTypes
) -> None:
    beside = _signed(CONTENT, PKCS7Options.DetachedSignature, digest=digest)
    _, (verdict,) = _verdicts(office, ("terms.txt", b"Other words."), ("terms.txt.p7s", beside))
    assert (verdict.integrity, verdict.note) == (Integrity.UNREADABLE, Note.ABSENT)


def _mail(content: bytes, digest: PKCS7HashTypes) -> bytes:
    body = b"Content-Type: text/plain; charset=us-ascii\r\n\r\n" + content
    signed = _signed(body, PKCS7Options.DetachedSignature, encoding=Encoding.SMIME, digest=digest)
    return b"From: li@example.org\nSubject: Terms\nMessage-ID: <t@example.org>\n" + signed


@pytest.mark.parametrize("digest", [SHA256(), SHA512()])
@pytest.mark.parametrize("line_end", [b"\n", b"\r\n"])
def test_the_signature_of_a_mail_is_examined_with_it(
    office: Office, digest: PKCS7HashTypes, line_end: bytes
) -> None:
    mail = _mail(CONTENT, digest).replace(b"\r\n", b"\n").replace(b"\n", line_end)
    names, (verdict,) = _verdicts(office, ("terms.eml", mail))
    assert names == ["terms.eml"]
    assert (verdict.integrity, verdict.level) == (Integrity.INTACT, "S/MIME")
    assert verdict.signer == "Li Wei"


def test_what_was_changed_in_a_signed_mail_is_broken(office: Office) -> None:
    changed = _mail(CONTENT, SHA256()).replace(b"agree", b"never")
    _, (verdict,) = _verdicts(office, ("terms.eml", changed))
    assert (verdict.integrity, verdict.note) == (Integrity.BROKEN, Note.DIGEST)


def test_a_damaged_signature_of_a_mail_is_told(office: Office) -> None:
    mail = _mail(CONTENT, SHA256())
    begin = mail.index(b"MII")
    _, (verdict,) = _verdicts(office, ("terms.eml", mail[:begin] + b"AAAA" + mail[begin + 4 :]))
    assert (verdict.integrity, verdict.note) == (Integrity.UNREADABLE, Note.MALFORMED)
