"""Signed PDFs of made-up people, and what forgers do to them."""

import datetime as dt
import io
from dataclasses import dataclass
from functools import cache

from asn1crypto import keys as asn1_keys
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from pyhanko.pdf_utils.generic import (
    ArrayObject,
    DictionaryObject,
    NumberObject,
    StreamObject,
    pdf_name,
    pdf_string,
)
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.writer import PageObject, PdfFileWriter
from pyhanko.sign import fields, signers, timestamps
from pyhanko_certvalidator.registry import SimpleCertificateStore

NOW = dt.datetime(2026, 7, 1, 8, 0, tzinfo=dt.UTC)
_DAY = dt.timedelta(days=1)


@dataclass(frozen=True)
class Party:
    """Somebody with a certificate and its key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey

    @property
    def der(self) -> bytes:
        """The certificate as bytes."""
        return self.certificate.public_bytes(serialization.Encoding.DER)

    @property
    def asn1(self) -> asn1_x509.Certificate:
        """The certificate as pyHanko takes it."""
        return asn1_x509.Certificate.load(self.der)

    @property
    def asn1_key(self) -> asn1_keys.PrivateKeyInfo:
        """The key as pyHanko takes it."""
        form = (serialization.Encoding.DER, serialization.PrivateFormat.PKCS8)
        clear = self.key.private_bytes(*form, serialization.NoEncryption())
        return asn1_keys.PrivateKeyInfo.load(clear)


def party(
    name: str,
    issuer: Party | None = None,
    *,
    days: tuple[int, int] = (-400, 400),
    usage: str = "sign",
) -> Party:
    """Make a certificate: an authority when nobody issues it, else somebody who signs."""
    key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
    # pyHanko's own authority of time for tests knows RSA only.
    if usage == "time":
        key = rsa.generate_private_key(65537, 2048)
    else:
        key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "示例单位"),
            x509.NameAttribute(NameOID.COMMON_NAME, name),
        ]
    )
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.certificate.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW + days[0] * _DAY)
        .not_valid_after(NOW + days[1] * _DAY)
        .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
        .add_extension(_usage(usage if issuer else "authority"), critical=True)
    )
    if usage == "time":
        made = made.add_extension(
            x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True
        )
    signing = issuer.key if issuer else key
    return Party(made.sign(signing, hashes.SHA256()), key)


def _usage(usage: str) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=usage in ("sign", "time"),
        content_commitment=usage == "sign",
        key_encipherment=usage == "encrypt",
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=usage == "authority",
        crl_sign=usage == "authority",
        encipher_only=False,
        decipher_only=False,
    )


@cache
def authority() -> Party:
    """The authority of these tests."""
    return party("示例单位印章认证")


@cache
def seal() -> Party:
    """A seal with a certificate of that authority."""
    return party("示例单位公章", authority())


@cache
def clock() -> Party:
    """An authority of time below it."""
    return party("Time Stamping", authority(), usage="time")


def plain(pages: int = 1, *, field: bool = False) -> bytes:
    """Return a PDF with a line of text on each page, and a text field if asked."""
    writer = PdfFileWriter()
    for number in range(pages):
        line = StreamObject(stream_data=b"BT /F1 24 Tf 72 700 Td (Page %d) Tj ET" % (number + 1))
        font = DictionaryObject(
            {
                pdf_name("/Type"): pdf_name("/Font"),
                pdf_name("/Subtype"): pdf_name("/Type1"),
                pdf_name("/BaseFont"): pdf_name("/Helvetica"),
            }
        )
        fonts = DictionaryObject({pdf_name("/F1"): writer.add_object(font)})
        page = PageObject(
            contents=writer.add_object(line),
            media_box=(0, 0, 595, 842),
            resources=DictionaryObject({pdf_name("/Font"): fonts}),
        )
        writer.insert_page(page)
    if field:
        _add_text_field(writer)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def _add_text_field(writer: PdfFileWriter) -> None:
    page = writer.root["/Pages"]["/Kids"][0]
    box = ArrayObject([NumberObject(each) for each in (72, 500, 300, 530)])
    held = DictionaryObject(
        {
            pdf_name("/Type"): pdf_name("/Annot"),
            pdf_name("/Subtype"): pdf_name("/Widget"),
            pdf_name("/FT"): pdf_name("/Tx"),
            pdf_name("/T"): pdf_string("Amount"),
            pdf_name("/V"): pdf_string("100"),
            pdf_name("/Rect"): box,
        }
    )
    reference = writer.add_object(held)
    page["/Annots"] = ArrayObject([reference])
    form = DictionaryObject({pdf_name("/Fields"): ArrayObject([reference])})
    writer.root["/AcroForm"] = writer.add_object(form)


def sign(
    pdf: bytes,
    by: Party | None = None,
    *,
    field: str = "Seal-1",
    stamped: bool = False,
    certify: fields.MDPPerm | None = None,
    digest: str = "sha256",
    pades: bool = True,
    strict: bool = True,
) -> bytes:
    """Sign a PDF in an incremental update, as a seal does."""
    by = by or seal()
    store = SimpleCertificateStore()
    store.register(authority().asn1)
    signer = signers.SimpleSigner(
        signing_cert=by.asn1, signing_key=by.asn1_key, cert_registry=store
    )
    metadata = signers.PdfSignatureMetadata(
        field_name=field,
        md_algorithm=digest,
        subfilter=fields.SigSeedSubFilter.PADES if pades else None,
        certify=certify is not None,
        docmdp_permissions=certify or fields.MDPPerm.FILL_FORMS,
        reason="用印 办公室〔2026〕1号",
    )
    out = io.BytesIO()
    signers.sign_pdf(
        IncrementalPdfFileWriter(io.BytesIO(pdf), strict=strict),
        metadata,
        signer=signer,
        timestamper=_timestamper() if stamped else None,
        output=out,
    )
    return out.getvalue()


def timestamp(pdf: bytes) -> bytes:
    """Put a document timestamp on a PDF."""
    out = io.BytesIO()
    signers.PdfTimeStamper(_timestamper()).timestamp_pdf(
        IncrementalPdfFileWriter(io.BytesIO(pdf)), "sha256", output=out
    )
    return out.getvalue()


def _timestamper() -> timestamps.DummyTimeStamper:
    store = SimpleCertificateStore()
    store.register(authority().asn1)
    return timestamps.DummyTimeStamper(
        tsa_cert=clock().asn1,
        tsa_key=clock().asn1_key,
        certs_to_embed=store,
        fixed_dt=NOW,
    )
