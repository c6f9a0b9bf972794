"""Stamping as a worker does it, with a certificate made on the spot, and what became of it."""

import asyncio
import hashlib
import io
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import pypdfium2 as pdfium
from asn1crypto import keys
from asn1crypto import x509 as asn1
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from PIL import Image, ImageDraw
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.signers import SimpleSigner
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.registry import SimpleCertificateStore

from records.seals.caged import in_cage
from records.seals.pages.placing import StampingPlan
from records.seals.pages.pressing import fill, press_job, read_prepared
from search.reading import Cage
from tests.reading import samples

ROOM = 8192
SIZE_MM = 42.0
ADDRESS = "https://office.example/c/7QK2MWXB4T"
_RED, _LIT = (210, 0, 0, 255), 60


@dataclass(frozen=True)
class Seen:
    """Where red ink is seen on a page: millimetres as shown from the top left corner."""

    left: float
    top: float
    right: float
    bottom: float


@cache
def imprint() -> bytes:
    """A red disc with a notch at its top, so that its way up is seen."""
    image = Image.new("RGBA", (500, 500), (255, 255, 255, 0))
    pen = ImageDraw.Draw(image)
    pen.ellipse((0, 0, 499, 499), fill=_RED)
    pen.rectangle((200, 0, 300, 150), fill=(0, 0, 0, 0))
    return _png(image)


def page_file(page: str, *, contents: Iterable[str | bytes] = (), pages: str = "") -> bytes:
    """A PDF of one page: entries of its dictionary and of the node above, and content streams."""
    streams = [each if isinstance(each, bytes) else each.encode() for each in contents]
    places = " ".join(f"{5 + number} 0 R" for number in range(len(streams)))
    objects: list[str | bytes] = [
        "<</Type/Catalog/Pages 2 0 R>>",
        f"<</Type/Pages/Kids[3 0 R]/Count 1{pages}>>",
        f"<</Type/Page/Parent 2 0 R{page}{f'/Contents[{places}]' if streams else ''}>>",
        "<<>>",
    ]
    objects += [b"<</Length %d>>\nstream\n%s\nendstream" % (len(each), each) for each in streams]
    return samples.pdf_file(objects)


def stamp(cage: Cage, pdf: bytes, plan: StampingPlan, **given: Any) -> bytes:
    """Return a PDF stamped and signed."""
    facts: dict[str, Any] = {
        "imprint": imprint(),
        "width_mm": SIZE_MM,
        "height_mm": SIZE_MM,
        "check_address": ADDRESS,
        "signed_at": datetime.now(UTC),
        "name": "滨江市人民政府",
        "reason": "通知",
        "location": None,
        "room": ROOM,
    }
    answer, data = in_cage(cage, "prepare", press_job(plan, **{**facts, **given}), [pdf])
    prepared = read_prepared(
        answer,
        data,
        original_sha256=hashlib.sha256(pdf).hexdigest(),
        original_bytes=len(pdf),
        room=ROOM,
    )
    assert prepared.facts == {name: answer[name] for name in prepared.facts}
    signed = asyncio.run(signer().async_sign(prepared.digest, "sha256", use_pades=True))
    return fill(prepared, signed.dump())


@cache
def signer() -> SimpleSigner:
    """Somebody who signs, for the length of one run."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Test Seal")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=30))
        .add_extension(_usage(), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    return SimpleSigner(
        signing_cert=asn1.Certificate.load(certificate.public_bytes(Encoding.DER)),
        signing_key=keys.PrivateKeyInfo.load(private),
        cert_registry=SimpleCertificateStore(),
    )


def _usage() -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=True,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=True,
        crl_sign=True,
        encipher_only=False,
        decipher_only=False,
    )


def verdicts(pdf: bytes) -> dict[str, tuple[bool, bool]]:
    """Return for each signature whether it is intact and whether what followed it was allowed."""
    reader = PdfFileReader(io.BytesIO(pdf), strict=False)
    found = {}
    for each in reader.embedded_regular_signatures:
        context = ValidationContext(trust_roots=[signer().signing_cert], allow_fetching=False)
        status = validate_pdf_signature(each, signer_validation_context=context)
        found[str(each.field_name)] = status.intact and status.valid, bool(status.docmdp_ok)
    return found


def picture(pdf: bytes, page: int = 0, *, scale: float = 2.0) -> Image.Image:
    """Return a page as people see it, its form fields too."""
    document = pdfium.PdfDocument(pdf)
    document.init_forms()
    drawn: Image.Image = document[page].render(scale=scale).to_pil().convert("RGB")
    document.close()
    return drawn


def ink_seen(drawn: Image.Image, size_mm: tuple[float, float]) -> Seen | None:
    """Return where there is red in a picture of a page, None when there is none."""
    red, green, _ = drawn.split()
    reddish = Image.eval(red, lambda value: 255 if value > 150 else 0)
    dark = Image.eval(green, lambda value: 255 if value < _LIT else 0)
    both = Image.composite(reddish, Image.new("L", drawn.size, 0), dark)
    box = both.getbbox()
    if box is None:
        return None
    across, down = size_mm[0] / drawn.width, size_mm[1] / drawn.height
    return Seen(box[0] * across, box[1] * down, box[2] * across, box[3] * down)


def _png(image: Image.Image) -> bytes:
    data = io.BytesIO()
    image.save(data, "PNG")
    return data.getvalue()
