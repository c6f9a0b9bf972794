"""Checks of what came in: kept beside the component, renewed when trust changes."""

import re
from base64 import b64encode
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from sqlalchemy import select, update

from records.core.jobs import Job
from records.documents.components import components_of
from records.documents.texts import CHECK_SIGNATURES_JOB
from records.office import Office
from records.seals.caged import seal_cage
from records.seals.models import SealCertificate, SignatureCheck
from records.seals.signatures.checks import CheckView, checks_of, renew_checks
from records.seals.signatures.examining import anchors
from records.seals.signatures.inspection import inspect
from records.seals.signatures.verdicts import Integrity, Note, Standing, Trust
from records.seals.visits import FILE_COST, VISITS_A_MINUTE, count_visit, forget_visits
from search.reading import Limits
from tests.builders import register, work
from tests.records.seals import signed
from tests.records.seals.certifying import certify
from tests.records.seals.offices import SealOffice
from tests.records.seals.signing import sealed_pdf
from tests.records.seals.stamped import stamp, trust_our_authority


def check_of(office: Office, document_id: UUID, position: int = 0) -> CheckView | None:
    with office.database.reading() as uow:
        components = components_of(uow, document_id)
        return checks_of(uow, components).get(components[position].id)


def jobs(office: Office) -> int:
    with office.database.reading() as uow:
        query = select(Job).where(Job.kind == CHECK_SIGNATURES_JOB)
        return len(uow.session.scalars(query).all())


def test_signatures_of_a_pdf_are_checked_after_it_was_read(seals: SealOffice) -> None:
    files = (("signed.pdf", signed.sign(signed.plain())), ("plain.pdf", signed.plain()))
    made = register(seals.office, seals.clerk, files=files)
    assert check_of(seals.office, made.id) is None
    work(seals.office)
    check = check_of(seals.office, made.id)
    assert check is not None
    (verdict,) = check.verdicts
    assert (verdict.integrity, verdict.trust) == (Integrity.INTACT, Trust.UNKNOWN)
    # Where nothing is signed there is nothing to check.
    assert check_of(seals.office, made.id, 1) is None


@pytest.mark.parametrize("content", [b"%PDF-1.7 rubbish", b"%PDF-1.4\n%%EOF"])
def test_a_pdf_that_breaks_its_readers_has_a_reason_and_is_registered(
    seals: SealOffice, content: bytes
) -> None:
    made = register(seals.office, seals.clerk, files=(("broken.pdf", content),))
    work(seals.office)
    check = check_of(seals.office, made.id)
    assert check is not None
    assert check.reason_code is not None
    assert check.verdicts == []
    assert jobs(seals.office) == 0


def test_a_stamped_copy_is_known_as_our_own(seals: SealOffice) -> None:
    trust_our_authority(seals)
    made = stamp(seals)
    work(seals.office)
    check = check_of(seals.office, made.document_id, 1)
    assert check is not None
    (verdict,) = check.verdicts
    assert (verdict.trust, verdict.is_seal, verdict.booked) == (Trust.OWN, True, True)
    assert verdict.standing is Standing.GOOD


def test_a_flipped_byte_in_a_stamped_copy_is_shown_as_broken(seals: SealOffice) -> None:
    trust_our_authority(seals)
    made = stamp(seals)
    flipped = made.pdf.replace(b"(Page 1)", b"(Page 9)")
    other = register(seals.office, seals.clerk, files=(("received.pdf", flipped),))
    work(seals.office)
    check = check_of(seals.office, other.id)
    assert check is not None
    (verdict,) = check.verdicts
    assert (verdict.integrity, verdict.note) == (Integrity.BROKEN, Note.DIGEST)
    assert verdict.is_seal
    assert not verdict.booked


def test_an_ended_certificate_counts_only_for_what_the_book_proves(seals: SealOffice) -> None:
    trust_our_authority(seals)
    made = stamp(seals)
    elsewhere = signed.sign(signed.plain(3))
    other = register(seals.office, seals.clerk, files=(("unproven.pdf", elsewhere),))
    work(seals.office)
    with seals.office.database.writing() as uow:
        uow.session.execute(update(SealCertificate).values(ended_at=uow.now))
    proven = check_of(seals.office, made.document_id, 1)
    unproven = check_of(seals.office, other.id)
    assert proven is not None
    assert unproven is not None
    assert (proven.verdicts[0].trust, proven.verdicts[0].note) == (Trust.OWN, Note.PROVEN)
    assert unproven.verdicts[0].trust is Trust.REVOKED
    assert unproven.verdicts[0].standing is Standing.BAD


def test_checks_are_renewed_when_trust_changes_and_only_then(seals: SealOffice) -> None:
    office = seals.office
    made = register(office, seals.clerk, files=(("signed.pdf", signed.sign(signed.plain())),))
    work(office)
    with office.database.writing() as uow:
        assert renew_checks(uow, office.config) == 0
        uow.session.execute(
            update(SignatureCheck).values(checked_at=uow.now - timedelta(minutes=1))
        )
    trust_our_authority(seals)
    with office.database.writing() as uow:
        assert renew_checks(uow, office.config) == 1
    with office.database.writing() as uow:
        assert renew_checks(uow, office.config) == 0, "it is asked for once"
    work(office)
    check = check_of(office, made.id)
    assert check is not None
    assert check.verdicts[0].trust is Trust.OWN
    with office.database.writing() as uow:
        assert renew_checks(uow, office.config) == 0


def test_the_file_of_trusted_certificates_is_read_and_may_be_bad(
    seals: SealOffice, tmp_path: Path
) -> None:
    path = tmp_path / "trusted.pem"
    config = replace(seals.office.config, trusted_certificates=path)
    with seals.office.database.reading() as uow:
        assert anchors(uow, config).trusted == ()
        path.write_text("no certificate")
        assert anchors(uow, config).trusted == ()
        path.write_bytes(signed.authority().certificate.public_bytes(Encoding.PEM))
        assert anchors(uow, config).trusted == (signed.authority().der,)


def test_visits_are_counted_by_address_and_forgotten(office: Office) -> None:
    with office.database.writing() as uow:
        assert [count_visit(uow, "192.0.2.1") for _ in range(VISITS_A_MINUTE)] == (
            [0] * VISITS_A_MINUTE
        )
        assert 0 < count_visit(uow, "192.0.2.1") <= 60
        assert count_visit(uow, "192.0.2.2") == 0
        files = [count_visit(uow, "2001:db8::1", file=True) for _ in range(7)]
        assert files[: VISITS_A_MINUTE // FILE_COST] == [0] * (VISITS_A_MINUTE // FILE_COST)
        assert files[-1] > 0
        assert count_visit(uow, "2001:db8::ffff") > 0, "one line, whatever address of it"
        forget_visits(uow)
        assert count_visit(uow, "192.0.2.1") > 0


def test_no_bit_of_a_real_seal_can_turn_where_nothing_is_signed(seals: SealOffice) -> None:
    """The envelope holds bytes that no signature covers; every one of them is looked at."""
    certify(seals)
    with seal_cage() as cage:
        pdf = sealed_pdf(cage, seals.office, seals.seal_id)
    with seals.office.database.reading() as uow:
        own = [b64encode(each).decode() for each in anchors(uow, seals.office.config).own]
        job = {"own": own, "at": uow.now.isoformat()}
    assert [each["integrity"] for each in inspect(job, pdf, Limits())[0]["verdicts"]] == ["intact"]
    found = max(re.finditer(rb"<[0-9a-f]*>", pdf), key=lambda each: len(each.group()))
    length = len(found.group().rstrip(b"0>"))
    for at in range(1, length, 7):
        turned = bytearray(pdf)
        turned[found.start() + at] ^= 1 << at % 8
        for each in inspect(job, bytes(turned), Limits())[0]["verdicts"]:
            assert each["integrity"] not in ("intact", "extended"), at
