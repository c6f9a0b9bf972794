"""A passkey in software: makes the very bytes of an authenticator and a browser (WebAuthn 2).

Everything that can go wrong on that side can be made to: another origin, another party, a person
who was not verified, a count that stands still, a page within another page.
"""

import hashlib
import json
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field, replace
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from webauthn.helpers import encode_cbor

PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40

Private = ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey | rsa.RSAPrivateKey


@dataclass
class Authenticator:
    """One passkey, on a page of one origin.

    Attributes:
        algorithm: ES256, EdDSA or RS256.
        counts: Whether it counts its signatures; synced passkeys do not and send 0.
    """

    origin: str
    party: str
    algorithm: str = "ES256"
    counts: bool = True
    verifies: bool = True
    cross_origin: bool = False
    sign_count: int = 0
    credential_id: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    user_handle: bytes | None = None
    private: Private = field(init=False)

    def __post_init__(self) -> None:
        self.private = _new_key(self.algorithm)

    def elsewhere(self, **changes: Any) -> "Authenticator":
        """Return the same key with something about it changed."""
        other = replace(self, **changes)
        other.private = self.private
        return other

    def create(self, options: str, **changes: Any) -> str:
        """Return what `navigator.credentials.create` answers, as JSON."""
        asked = json.loads(options)
        self.user_handle = decode(asked["user"]["id"])
        data = self._data(ATTESTED) + self._attested()
        attestation = encode_cbor({"fmt": "none", "attStmt": {}, "authData": data})
        client_data = self._client_data("webauthn.create", asked["challenge"], changes)
        response = {"clientDataJSON": encode(client_data), "attestationObject": encode(attestation)}
        return self._answer(response)

    def get(self, options: str, **changes: Any) -> str:
        """Return what `navigator.credentials.get` answers, as JSON."""
        asked = json.loads(options)
        allowed = [decode(each["id"]) for each in asked["allowCredentials"]]
        assert self.credential_id in allowed or changes.pop("uninvited", False)
        self.sign_count += 1 if self.counts else 0
        data = self._data(0)
        client_data = self._client_data("webauthn.get", asked["challenge"], changes)
        signed = _sign(self.private, data + hashlib.sha256(client_data).digest())
        response = {
            "clientDataJSON": encode(client_data),
            "authenticatorData": encode(data),
            "signature": encode(signed),
            "userHandle": encode(self.user_handle) if self.user_handle else None,
        }
        return self._answer(response)

    def _answer(self, response: dict[str, Any]) -> str:
        name = encode(self.credential_id)
        return json.dumps({"id": name, "rawId": name, "type": "public-key", "response": response})

    def _data(self, flags: int) -> bytes:
        flags |= PRESENT | (VERIFIED if self.verifies else 0)
        party = hashlib.sha256(self.party.encode()).digest()
        return party + bytes([flags]) + self.sign_count.to_bytes(4, "big")

    def _attested(self) -> bytes:
        aaguid, length = bytes(15) + b"\x01", len(self.credential_id).to_bytes(2, "big")
        return aaguid + length + self.credential_id + _cose(self.private)

    def _client_data(self, kind: str, challenge: str, changes: dict[str, Any]) -> bytes:
        told = {"type": kind, "challenge": challenge, "origin": self.origin}
        return json.dumps({**told, "crossOrigin": self.cross_origin, **changes}).encode()


def encode(data: bytes) -> str:
    """Return base64url without padding."""
    return urlsafe_b64encode(data).decode().rstrip("=")


def decode(text: str) -> bytes:
    """Read base64url without padding."""
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _new_key(algorithm: str) -> Private:
    match algorithm:
        case "ES256":
            return ec.generate_private_key(ec.SECP256R1())
        case "ES384":
            return ec.generate_private_key(ec.SECP384R1())
        case "EdDSA":
            return ed25519.Ed25519PrivateKey.generate()
        case _:
            return rsa.generate_private_key(65537, 2048)


def _sign(private: Private, data: bytes) -> bytes:
    if isinstance(private, ec.EllipticCurvePrivateKey):
        return private.sign(data, ec.ECDSA(SHA256()))
    if isinstance(private, rsa.RSAPrivateKey):
        return private.sign(data, padding.PKCS1v15(), SHA256())
    return private.sign(data)


def _cose(private: Private) -> bytes:
    if isinstance(private, ec.EllipticCurvePrivateKey):
        point = private.public_key().public_numbers()
        size = (private.key_size + 7) // 8
        x, y = (each.to_bytes(size, "big") for each in (point.x, point.y))
        return encode_cbor({1: 2, 3: -7, -1: 1 if size == 32 else 2, -2: x, -3: y})
    if isinstance(private, rsa.RSAPrivateKey):
        numbers = private.public_key().public_numbers()
        return encode_cbor({1: 3, 3: -257, -1: numbers.n.to_bytes(256, "big"), -2: b"\1\0\1"})
    return encode_cbor({1: 1, 3: -8, -1: 6, -2: private.public_key().public_bytes_raw()})
