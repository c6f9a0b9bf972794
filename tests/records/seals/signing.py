"""PDFs that a seal signs as in real life, and what strangers say of them."""

import hashlib
import io
import shutil
import subprocess
from pathlib import Path
from typing import Any
from uuid import UUID

import pypdf
import pytest
from asn1crypto import x509 as asn1
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.dss import DocumentSecurityStore
from pyhanko.sign.validation.status import PdfSignatureStatus
from pyhanko_certvalidator import ValidationContext

from records.core.config import Config
from records.office import Office
from records.seals.caged import in_cage
from records.seals.keys.certificates import certificate_in_use
from records.seals.keys.revocation import gather_revocation
from records.seals.keys.signer import room_for, sign_digest
from records.seals.pages.placing import Placement, StampingPlan
from records.seals.pages.pressing import fill, press_job, read_prepared
from search.reading import Cage
from tests.records.seals.stamps import SIZE_MM, imprint


def blank_pdf(pages: int = 1) -> bytes:
    writer = pypdf.PdfWriter()
    for _ in range(pages):
        writer.add_blank_page(595, 842)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def sealed_pdf(cage: Cage, office: Office, seal_id: UUID, config: Config | None = None) -> bytes:
    """Return a page that a seal has signed with the certificate that it has now, as a worker does.

    Raises:
        Conflict, Unavailable: As `gather_revocation` and `sign_digest`.
    """
    config = config or office.config
    original = blank_pdf()
    with office.database.reading() as uow:
        certificate = certificate_in_use(uow, seal_id)
        assert certificate is not None
        revocation = gather_revocation(uow, office.vault, config, certificate)
        room = room_for(config, certificate)
        job = press_job(
            StampingPlan((Placement(0, 100, 200),)),
            imprint=imprint(),
            width_mm=SIZE_MM,
            height_mm=SIZE_MM,
            check_address=None,
            signed_at=uow.now,
            name="Example Organization",
            reason=None,
            location=None,
            room=room,
            revocation=revocation.to_job() if revocation else None,
        )
        answer, pdf = in_cage(cage, "prepare", job, [original])
        prepared = read_prepared(
            answer,
            pdf,
            original_sha256=hashlib.sha256(original).hexdigest(),
            original_bytes=len(original),
            room=room,
        )
        return fill(prepared, sign_digest(uow, office.vault, config, certificate, prepared.facts))


def verdict(pdf: bytes, *roots: bytes, **arguments: Any) -> PdfSignatureStatus:
    """Return what pyHanko says of the one signature, trusting these authorities (DER)."""
    reader = PdfFileReader(io.BytesIO(pdf))
    (signature,) = reader.embedded_signatures
    context = ValidationContext(
        trust_roots=[asn1.Certificate.load(each) for each in roots], **arguments
    )
    return validate_pdf_signature(signature, context, ts_validation_context=context)


def pdfsig(pdf: bytes, folder: Path, *, trusted: bytes | None = None) -> str:
    """Return what poppler says of a file, with one authority trusted or none."""
    store = folder / f"nss-{'with' if trusted else 'without'}"
    store.mkdir(parents=True)
    _run("certutil", "-N", "-d", f"sql:{store}", "--empty-password")
    if trusted is not None:
        words = ["-A", "-n", "seal authority", "-t", ",C,", "-d", f"sql:{store}"]
        _run("certutil", *words, stdin=trusted)
    file = folder / "sealed.pdf"
    file.write_bytes(pdf)
    return _run("pdfsig", "-nssdir", f"sql:{store}", str(file), may_fail=True)


def _run(tool: str, *words: str, stdin: bytes | None = None, may_fail: bool = False) -> str:
    path = shutil.which(tool)
    if path is None:
        pytest.skip(f"{tool} is not installed: apt-get install poppler-utils libnss3-tools")
    done = subprocess.run([path, *words], input=stdin, check=not may_fail, capture_output=True)
    return done.stdout.decode()


def lasting(pdf: bytes, *roots: bytes) -> PdfSignatureStatus:
    """Return what pyHanko says when it takes all proof from the file and asks nobody.

    Each certificate must have revocation data there.
    """
    reader = PdfFileReader(io.BytesIO(pdf))
    (signature,) = reader.embedded_signatures
    known = {"trust_roots": [asn1.Certificate.load(each) for each in roots]}
    context = DocumentSecurityStore.read_dss(reader).as_validation_context(
        {**known, "allow_fetching": False, "revocation_mode": "require"}
    )
    return validate_pdf_signature(signature, context, ts_validation_context=context)


def signed_attributes(pdf: bytes) -> set[str]:
    """Return what the one signature covers beside the document."""
    (signature,) = PdfFileReader(io.BytesIO(pdf)).embedded_signatures
    return {each["type"].native for each in signature.signer_info["signed_attrs"]}
