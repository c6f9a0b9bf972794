"""PDFs that a seal signs, made as the press does it: prepare, sign the digest, fill."""

import io
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from uuid import UUID

import pypdf
import pytest
from asn1crypto import crl, ocsp
from asn1crypto import x509 as asn1
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import SigFieldSpec, SigSeedSubFilter
from pyhanko.sign.signers.cms_embedder import PdfCMSEmbedder, SigIOSetup, SigObjSetup
from pyhanko.sign.signers.pdf_byterange import SignatureObject
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.dss import DocumentSecurityStore
from pyhanko.sign.validation.status import PdfSignatureStatus
from pyhanko_certvalidator import ValidationContext

from records.core.config import Config
from records.office import Office
from records.seals.certificates import certificate_in_use
from records.seals.revocation import RevocationData, gather_revocation
from records.seals.signer import room_for, sign_digest


def blank_pdf(pages: int = 1) -> bytes:
    writer = pypdf.PdfWriter()
    for _ in range(pages):
        writer.add_blank_page(595, 842)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def sealed_pdf(office: Office, seal_id: UUID, config: Config | None = None) -> bytes:
    """Return a page that a seal has signed with the certificate that it has now."""
    config = config or office.config
    with office.database.reading() as uow:
        certificate = certificate_in_use(uow, seal_id)
        assert certificate is not None
        data = gather_revocation(uow, office.vault, config, certificate)
        room = room_for(config, certificate)

        def sign(facts: Mapping[str, Any]) -> bytes:
            return sign_digest(uow, office.vault, config, certificate, facts)

        return _filled(blank_pdf(), room, data, sign)


def _filled(pdf: bytes, room: int, data: RevocationData | None, sign: Any) -> bytes:
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    if data is not None:
        DocumentSecurityStore.supply_dss_in_writer(
            writer,
            None,
            certs=[asn1.Certificate.load(each) for each in data.certificates],
            ocsps=[ocsp.OCSPResponse.load(each) for each in data.ocsps],
            crls=[crl.CertificateList.load(each) for each in data.crls],
        )
    steps = PdfCMSEmbedder(new_field_spec=SigFieldSpec("Seal-1")).write_cms("Seal-1", writer)
    next(steps)
    steps.send(
        SigObjSetup(SignatureObject(bytes_reserved=2 * room, subfilter=SigSeedSubFilter.PADES))
    )
    digest, out = steps.send(SigIOSetup("sha256", in_place=True))
    facts = {
        "digest": digest.document_digest.hex(),
        "algorithm": "sha256",
        "signature_bytes": room,
    }
    steps.send(sign(facts))
    content: bytes = out.getvalue()
    return content


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
