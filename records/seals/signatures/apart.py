"""Signatures in files of their own (CMS, RFC 5652): P7M around what was signed, P7S beside it.

The cryptography and the chain of certificates are pyHanko's, as for PDF. Beside a file there is no
more than a digest to hold the signature against: those of the document's other components, and
in a mail that is signed in two pieces (S/MIME, RFC 8551) that of the piece.
"""

import asyncio
import base64
import binascii
import hashlib
import re
from collections.abc import Collection
from typing import Any

from asn1crypto import cms, x509
from pyhanko.sign.general import extract_certificate_info
from pyhanko.sign.validation.generic_cms import async_validate_cms_signature
from pyhanko.sign.validation.settings import KeyUsageConstraints
from pyhanko.sign.validation.status import SignatureStatus
from pyhanko_certvalidator import ValidationContext

from records.seals.caged import Refused
from records.seals.signatures.signatories import World, name_of, part_of
from records.seals.signatures.verdicts import (
    DIGESTS,
    MOST_VERDICTS,
    Integrity,
    Note,
    SignatureKind,
    Verdict,
)
from search.reading.formats.signedmail import signed_parts

_USAGE = KeyUsageConstraints(key_usage={"non_repudiation", "digital_signature"})
_PEM = re.compile(rb"-----BEGIN (?:PKCS7|CMS)-----(.+?)-----END", re.DOTALL)
_LETTERS = (b"MII", b"MIA", b"-----BEGIN PKCS7", b"-----BEGIN CMS")


def is_envelope(head: bytes) -> bool:
    """Return whether a file can be a signature in a file of its own."""
    return head[:1] == b"\x30" or head.lstrip().startswith(_LETTERS)


def examine_envelope(content: bytes, world: World, digests: Collection[str]) -> list[Verdict]:
    """Examine all signatures of an envelope.

    Args:
        digests: Of what may have been signed, in hexadecimal digits, for a signature that stands
            beside its file; of any of `verdicts.DIGESTS`.

    Raises:
        Refused: It is no envelope with signatures.
    """
    try:
        envelope = cms.ContentInfo.load(_binary(content))
        if envelope["content_type"].native != "signed_data":
            raise Refused("encrypted", "no signed envelope")
        signed = envelope["content"]
        count = len(signed["signer_infos"])
    except (ValueError, TypeError, KeyError, binascii.Error) as error:
        raise Refused("damaged", "no readable envelope") from error
    found = range(min(count, MOST_VERDICTS))
    return [_examined(envelope, number, world, digests) for number in found]


def examine_mail(content: bytes, world: World) -> list[Verdict]:
    """Examine the signatures of a mail's pieces (S/MIME); they cover neither sender nor subject."""
    verdicts: list[Verdict] = []
    for piece, envelope in signed_parts(content):
        digests = {hashlib.new(each, piece).hexdigest() for each in DIGESTS}
        verdicts += _of_piece(envelope, world, digests)
    verdicts = verdicts[:MOST_VERDICTS]
    return [each.but(field=str(number)) for number, each in enumerate(verdicts, start=1)]


def _of_piece(envelope: bytes, world: World, digests: Collection[str]) -> list[Verdict]:
    try:
        found = examine_envelope(envelope, world, digests)
    except Refused:
        return [_blank().but(level="S/MIME", note=Note.MALFORMED)]
    return [_told_of_piece(each) for each in found]


def _told_of_piece(verdict: Verdict) -> Verdict:
    # What it signed is here for certain, so that another digest is a change.
    if verdict.note is Note.ABSENT:
        verdict = verdict.but(integrity=Integrity.BROKEN, note=Note.DIGEST)
    return verdict.but(level="S/MIME", whole=False)


def _blank(number: int = 0) -> Verdict:
    return Verdict(
        field=str(number + 1),
        kind=SignatureKind.SIGNATURE,
        integrity=Integrity.UNREADABLE,
        level="CMS",
    )


def _binary(content: bytes) -> bytes:
    if content[:1] == b"\x30":
        return content
    found = _PEM.search(content)
    return base64.b64decode(found[1] if found else content)


def _examined(
    envelope: cms.ContentInfo, number: int, world: World, digests: Collection[str]
) -> Verdict:
    verdict = _blank(number)
    # The validator takes envelopes with one signer: each gets one of its own.
    signed: cms.SignedData = envelope["content"].copy()
    try:
        signer = signed["signer_infos"][number]
        signed["signer_infos"] = cms.SignerInfos([signer.copy()])
        certificates = extract_certificate_info(signed)
        verdict = _described(verdict, signer, certificates.signer_cert)
        raw_digest = _digest_beside(signed, signer, digests)
        status = _validated(signed, world, raw_digest, certificates.other_certs)
    except LookupError:
        return verdict.but(note=Note.ABSENT)
    except Exception as error:  # noqa: BLE001 - libraries raise anything on damaged files
        unknown = isinstance(error, NotImplementedError) or "upported" in type(error).__name__
        return verdict.but(note=Note.UNSUPPORTED if unknown else Note.MALFORMED)
    return _judged(verdict, status, world)


def _digest_beside(
    signed: cms.SignedData, signer: cms.SignerInfo, digests: Collection[str]
) -> bytes | None:
    """Return the digest of the file that a signature stands beside; None where it holds its file.

    Raises:
        LookupError: No such file is known.
    """
    if signed["encap_content_info"]["content"].native is not None:
        return None
    if signer["digest_algorithm"]["algorithm"].native not in DIGESTS:
        raise NotImplementedError
    attributes = signer["signed_attrs"]
    told = [each["values"][0].native for each in attributes if _is_digest(each)]
    if not told or told[0].hex() not in digests:
        raise LookupError
    return bytes(told[0])


def _is_digest(attribute: cms.CMSAttribute) -> bool:
    return bool(attribute["type"].native == "message_digest")


def _validated(
    signed: cms.SignedData, world: World, raw_digest: bytes | None, others: list[x509.Certificate]
) -> SignatureStatus:
    context = ValidationContext(
        trust_roots=[x509.Certificate.load(each) for each in sorted(world.own | world.trusted)],
        other_certs=others,
        moment=world.at,
        allow_fetching=False,
        revocation_mode="soft-fail",
    )
    return asyncio.run(
        async_validate_cms_signature(
            signed,
            raw_digest=raw_digest,
            validation_context=context,
            key_usage_settings=_USAGE,
        )
    )


def _judged(verdict: Verdict, status: SignatureStatus, world: World) -> Verdict:
    if not status.intact:
        return verdict.but(integrity=Integrity.BROKEN, note=Note.DIGEST)
    if not status.valid:
        return verdict.but(integrity=Integrity.BROKEN, note=Note.SIGNATURE)
    trust, note = world.trust(status)
    return verdict.but(integrity=Integrity.INTACT, trust=trust, note=note, whole=True)


def _described(verdict: Verdict, signer: cms.SignerInfo, certificate: x509.Certificate) -> Verdict:
    return verdict.but(
        signer=name_of(certificate.subject),
        organization=part_of(certificate.subject, "organization_name"),
        issuer=name_of(certificate.issuer),
        serial=f"{certificate.serial_number:x}",
        certificate=certificate.sha256.hex(),
        signed_at=_claimed_time(signer),
        digest=signer["digest_algorithm"]["algorithm"].native,
    )


def _claimed_time(signer: cms.SignerInfo) -> Any:
    attributes = signer["signed_attrs"]
    told = attributes if isinstance(attributes, cms.CMSAttributes) else ()
    times = [each["values"][0].native for each in told if each["type"].native == "signing_time"]
    return times[0] if times else None
