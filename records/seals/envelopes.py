"""Whether what lies around a signature in its envelope (CMS, RFC 5652) was left as it was made.

A signature protects the content, its signed attributes and, by these, its own certificate. The
envelope also carries other certificates, versions and lists that nobody signed. They decide
nothing, but a file in which they were touched is not the file that was made, and is not called
intact.
"""

from collections.abc import Iterable, Iterator

from asn1crypto import cms, core
from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm

_TIMESTAMP = "signature_time_stamp_token"
# Attributes that hold tokens of time (ETSI EN 319 122-1); a token anywhere else was moved there.
_TIMES = {
    *(_TIMESTAMP, "content_time_stamp", "archive_time_stamp_v2", "archive_time_stamp_v3"),
    *("1.2.840.113549.1.9.16.2.25", "1.2.840.113549.1.9.16.2.26"),
    *("1.2.840.113549.1.9.16.2.48", "0.4.0.1733.2.4"),
}
_TOKEN = cms.ContentType("tst_info").dump()
_NO_PARAMETERS = (b"", b"\x05\x00")
_MOST_CERTIFICATES = 50


def is_sound(envelope: bytes, anchors: Iterable[x509.Certificate] = ()) -> bool:
    """Return whether an envelope is whole; padding of zeros may follow it.

    Args:
        envelope: As it stands in the file.
        anchors: Certificates that are known anyway and may have issued what lies inside.

    Raises:
        ValueError: It cannot be parsed.
    """
    length = _length(envelope)
    if envelope[length:].strip(b"\x00"):
        return False
    info = cms.ContentInfo.load(envelope[:length], strict=True)
    return info["content_type"].native == "signed_data" and _signed(info["content"], [*anchors])


def _signed(data: cms.SignedData, anchors: list[x509.Certificate]) -> bool:
    signers = list(data["signer_infos"])
    return (
        len(signers) == 1
        and _versions_fit(data, signers[0])
        and _digests_fit(data, signers[0])
        and _certificates_fit(data, anchors)
        and all(_attribute_fits(each, anchors) for each in _unsigned(signers[0]))
    )


def _length(envelope: bytes) -> int:
    """Return the length of the first value, whose form may be of indefinite length (BER)."""
    return len(core.Any.load(envelope).dump())


def _versions_fit(data: cms.SignedData, signer: cms.SignerInfo) -> bool:
    """RFC 5652, 5.1 and 5.3; many makers write 1 where newer rules ask for more."""
    by_key = signer["sid"].name == "subject_key_identifier"
    plain = data["encap_content_info"]["content_type"].native == "data"
    allowed = {"v1"} if plain and not by_key else {"v1", "v3", "v4", "v5"}
    others = [each for each in _chosen(data) if not isinstance(each, cms.Certificate)]
    if others:
        allowed |= {"v3", "v4", "v5"}
    return data["version"].native in allowed and signer["version"].native in (
        ("v1", "v3") if by_key else ("v1",)
    )


def _digests_fit(data: cms.SignedData, signer: cms.SignerInfo) -> bool:
    listed = list(data["digest_algorithms"])
    used = signer["digest_algorithm"]
    fixed = {"sha1", "sha224", "sha256", "sha384", "sha512", "md5"}
    for each in [*listed, used]:
        if each["algorithm"].native in fixed and _parameters(each) not in _NO_PARAMETERS:
            return False
    return not listed or used["algorithm"].native in [each["algorithm"].native for each in listed]


def _parameters(algorithm: core.Sequence) -> bytes:
    dumped: bytes = algorithm["parameters"].dump()
    return dumped


def _chosen(data: cms.SignedData) -> list[core.Asn1Value]:
    held = data["certificates"]
    return [] if isinstance(held, core.Void) else [each.chosen for each in held]


def _certificates_fit(data: cms.SignedData, anchors: list[x509.Certificate]) -> bool:
    """Every certificate is signed by the one that it names, as far as that one is at hand."""
    dumped = [each.dump() for each in _chosen(data) if isinstance(each, cms.Certificate)]
    if len(dumped) > _MOST_CERTIFICATES:
        return False
    found = [x509.load_der_x509_certificate(each) for each in dumped]
    return all(_is_genuine(each, [*found, *anchors]) for each in found)


def _is_genuine(certificate: x509.Certificate, known: list[x509.Certificate]) -> bool:
    issuers = [each for each in known if each.subject == certificate.issuer]
    for issuer in issuers:
        try:
            certificate.verify_directly_issued_by(issuer)
        except (InvalidSignature, TypeError, ValueError):
            continue
        except UnsupportedAlgorithm:
            return True
        return True
    return not issuers


def _unsigned(signer: cms.SignerInfo) -> Iterator[core.Sequence]:
    held = signer["unsigned_attrs"]
    if not isinstance(held, core.Void):
        yield from held


def _attribute_fits(attribute: core.Sequence, anchors: list[x509.Certificate]) -> bool:
    kind = attribute["type"].native
    if kind == _TIMESTAMP:
        return all(
            each["content_type"].native == "signed_data" and _signed(each["content"], anchors)
            for each in attribute["values"]
        )
    return kind in _TIMES or _TOKEN not in attribute.dump()
