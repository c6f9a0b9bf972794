"""Whether what lies around a signature in its envelope (CMS, RFC 5652) was left as it was made.

A signature protects the content, its signed attributes and, by these, its own certificate. The
envelope also carries other certificates, versions and lists that nobody signed. They decide
nothing, but a file in which they were touched is not the file that was made, and is not called
intact.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from asn1crypto import cms, core
from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

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
_INDEFINITE = 0x80


def is_sound(envelope: bytes, anchors: Iterable[x509.Certificate] = (), *, own: bool) -> bool:
    """Return whether an envelope is whole; padding of zeros may follow it.

    Args:
        envelope: As it stands in the file.
        anchors: Certificates that are known anyway and may have issued what lies inside.
        own: It was made here, so that nothing in it is without a known issuer.

    Raises:
        ValueError: It cannot be parsed.
    """
    length = _length(envelope)
    if envelope[length:].strip(b"\x00"):
        return False
    info = cms.ContentInfo.load(envelope[:length], strict=True)
    return _info_fits(info, _Known([*anchors], own=own))


@dataclass(frozen=True)
class _Known:
    anchors: list[x509.Certificate]
    own: bool

    def is_genuine(self, certificate: x509.Certificate, others: list[x509.Certificate]) -> bool:
        """Return whether a certificate is signed by the one that it names, if that is at hand."""
        if certificate in self.anchors:
            return True
        issuers = [each for each in (*others, *self.anchors) if each.subject == certificate.issuer]
        if not issuers:
            return not self.own and not self._resembles_anchor(certificate)
        return any(self._issued(certificate, each) for each in issuers)

    def _resembles_anchor(self, certificate: x509.Certificate) -> bool:
        """Tell an anchor in whose name a bit turned: it has the key of one and no issuer."""
        return any(_key(each) == _key(certificate) for each in self.anchors)

    def _issued(self, certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
        try:
            certificate.verify_directly_issued_by(issuer)
        except (InvalidSignature, TypeError, ValueError):
            return False
        except UnsupportedAlgorithm:
            return not self.own
        return True


def _key(certificate: x509.Certificate) -> bytes:
    form = (Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return certificate.public_key().public_bytes(*form)


def _info_fits(info: cms.ContentInfo, known: _Known) -> bool:
    return (
        info["content_type"].native == "signed_data"
        and _is_full(info, ("content_type", "content"))
        and _signed(info["content"], known)
    )


def _is_full(value: core.Sequence, parts: tuple[str, ...]) -> bool:
    """Return whether nothing stands in a value but its parts."""
    used = sum(len(value[each].dump()) for each in parts)
    return value.dump()[1] == _INDEFINITE or used == len(value.contents)


def _signed(data: cms.SignedData, known: _Known) -> bool:
    signers = list(data["signer_infos"])
    return (
        len(signers) == 1
        and _versions_fit(data, signers[0])
        and _digests_fit(data, signers[0])
        and _certificates_fit(data, known)
        and (not known.own or _is_named_exactly(data, signers[0]))
        and all(_attribute_fits(each, known) for each in _unsigned(signers[0]))
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


def _certificates_fit(data: cms.SignedData, known: _Known) -> bool:
    held = [each for each in _chosen(data) if isinstance(each, cms.Certificate)]
    if len(held) > _MOST_CERTIFICATES or not all(_is_closed_well(each) for each in held):
        return False
    found = [x509.load_der_x509_certificate(each.dump()) for each in held]
    return all(known.is_genuine(each, found) for each in found)


def _is_closed_well(certificate: cms.Certificate) -> bool:
    """Look at what follows the signed part of a certificate (RFC 5280, 4.1.1).

    The algorithm is named twice, and only the inner name is signed; the signature is whole bytes.
    """
    inner, outer = certificate["tbs_certificate"]["signature"], certificate["signature_algorithm"]
    whole: bool = certificate["signature_value"].contents[0] == 0
    return whole and bool(inner.dump() == outer.dump())


def _is_named_exactly(data: cms.SignedData, signer: cms.SignerInfo) -> bool:
    """Return whether the signer is named as in the certificate, letter case and all.

    Names are compared more loosely when a certificate is looked for.
    """
    chosen = signer["sid"].chosen
    if not isinstance(chosen, cms.IssuerAndSerialNumber):
        return True
    held = [each for each in _chosen(data) if isinstance(each, cms.Certificate)]
    return any(
        each.issuer.dump() == chosen["issuer"].dump()
        and each.serial_number == chosen["serial_number"].native
        for each in held
    )


def _unsigned(signer: cms.SignerInfo) -> Iterator[core.Sequence]:
    held = signer["unsigned_attrs"]
    if not isinstance(held, core.Void):
        yield from held


def _attribute_fits(attribute: core.Sequence, known: _Known) -> bool:
    kind = attribute["type"].native
    if kind == _TIMESTAMP:
        return all(_info_fits(each, replace(known, own=False)) for each in attribute["values"])
    return kind in _TIMES or _TOKEN not in attribute.dump()
