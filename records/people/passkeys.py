"""Passkeys (W3C Web Authentication, level 2): what a browser is asked, and what its answers prove.

Invariants: a question is kept with its challenge, belongs to one person, is answered once and
within five minutes; an answer counts only for our own origin and name, with the person verified
(PIN, finger or face), and with a signature count that has gone up. Public keys are kept as SPKI
DER, which every library reads; COSE keys are read and written at this border only.
"""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Self
from urllib.parse import urlsplit
from uuid import UUID

from sqlalchemy import delete, select, update

from records.core.database import UnitOfWork
from records.core.errors import Conflict, Invalid, Refusal
from records.people.models import SigningKey, SigningRequest
from storage import Vault

QUESTION_LENGTH = timedelta(minutes=5)
ANSWER_MAX = 64 * 1024
RSA_MIN_BITS = 2048
_LABEL = "signing request"
_TIMEOUT_MS = int(QUESTION_LENGTH.total_seconds() * 1000)
_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True)
class RelyingParty:
    """Who asks a passkey: the service as browsers know it.

    Attributes:
        id: The host name; a passkey works under it alone.
        name: Shown by the browser.
        origin: Scheme, host and port of the pages that ask.
    """

    id: str
    name: str
    origin: str

    @classmethod
    def of(cls, public_url: str, name: str = "Chancery") -> Self:
        """Return the party behind `CHANCERY_PUBLIC_URL`, in the spelling of browsers."""
        parts = urlsplit(public_url)
        host = (parts.hostname or "").encode("idna").decode("ascii")
        port = "" if parts.port in (None, _PORTS.get(parts.scheme)) else f":{parts.port}"
        return cls(host, name, f"{parts.scheme}://{host}{port}")

    @property
    def is_usable(self) -> bool:
        """Whether browsers offer passkeys here: by https or on localhost, and never by number."""
        if self.id == "localhost" or self.id.endswith(".localhost"):
            return True
        numeric = ":" in self.id or self.id.replace(".", "").isdigit()
        return self.origin.startswith("https://") and not numeric


@dataclass(frozen=True)
class NewPasskey:
    """What a new passkey tells of itself; `public_key` is SPKI DER."""

    credential_id: bytes
    public_key: bytes
    sign_count: int


@dataclass(frozen=True)
class Assertion:
    """The parts of a passkey's signature that anybody needs who verifies it later."""

    authenticator_data: bytes
    client_data_json: bytes
    signature: bytes
    sign_count: int


def enrolment_options(
    party: RelyingParty,
    *,
    challenge: bytes,
    user_id: UUID,
    login: str,
    name: str,
    known: Sequence[SigningKey],
) -> str:
    """Return the options for `navigator.credentials.create`, as JSON."""
    import webauthn
    from webauthn.helpers import structs

    return webauthn.options_to_json(
        webauthn.generate_registration_options(
            rp_id=party.id,
            rp_name=party.name,
            user_id=user_id.bytes,
            user_name=login,
            user_display_name=name,
            challenge=challenge,
            timeout=_TIMEOUT_MS,
            attestation=structs.AttestationConveyancePreference.NONE,
            authenticator_selection=structs.AuthenticatorSelectionCriteria(
                resident_key=structs.ResidentKeyRequirement.PREFERRED,
                user_verification=structs.UserVerificationRequirement.REQUIRED,
            ),
            exclude_credentials=_descriptors(known),
        )
    )


def signing_options(party: RelyingParty, *, challenge: bytes, keys: Sequence[SigningKey]) -> str:
    """Return the options for `navigator.credentials.get`, as JSON."""
    import webauthn
    from webauthn.helpers import structs

    return webauthn.options_to_json(
        webauthn.generate_authentication_options(
            rp_id=party.id,
            challenge=challenge,
            timeout=_TIMEOUT_MS,
            allow_credentials=_descriptors(keys),
            user_verification=structs.UserVerificationRequirement.REQUIRED,
        )
    )


def read_enrolment(answer: str, *, challenge: bytes, party: RelyingParty) -> NewPasskey:
    """Return the passkey that an answer brings.

    Raises:
        Invalid: The answer is not one to this question, from here, by a verified person.
    """
    import webauthn

    with _reading(answer):
        found = webauthn.verify_registration_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=party.id,
            expected_origin=party.origin,
            require_user_verification=True,
        )
        _check_own_page(_client_data(answer))
        return NewPasskey(found.credential_id, _spki(found.credential_public_key), found.sign_count)


def read_assertion(
    answer: str, *, challenge: bytes, key: SigningKey, party: RelyingParty
) -> Assertion:
    """Return the signature that an answer brings, verified with the key.

    Raises:
        Invalid: The answer is not one to this question, from here, by this key and a verified
            person; or its count has not gone up, as after a replay.
    """
    import webauthn
    from webauthn.helpers import parse_authentication_credential_json

    with _reading(answer):
        credential = parse_authentication_credential_json(answer)
        found = webauthn.verify_authentication_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=party.id,
            expected_origin=party.origin,
            credential_public_key=_cose(key.public_key),
            credential_current_sign_count=key.sign_count,
            require_user_verification=True,
        )
        given = credential.response
        _check_own_page(given.client_data_json)
        # A passkey that knows whose it is must not contradict us.
        if given.user_handle not in (None, b"", key.user_id.bytes):
            raise ValueError("the user handle is another person's")
        return Assertion(
            given.authenticator_data, given.client_data_json, given.signature, found.new_sign_count
        )


def credential_of(answer: str) -> bytes:
    """Return the id of the credential that answered; nothing is verified yet."""
    from webauthn.helpers import base64url_to_bytes

    with _reading(answer):
        return base64url_to_bytes(json.loads(answer)["rawId"])


def challenge_of(answer: str) -> bytes:
    """Return the challenge that an answer claims to be for; nothing is verified yet."""
    from webauthn.helpers import parse_client_data_json

    with _reading(answer):
        return parse_client_data_json(_client_data(answer)).challenge


# Questions ---------------------------------------------------------------------------------------


def keep_question(
    uow: UnitOfWork,
    vault: Vault,
    *,
    user_id: UUID,
    challenge: bytes,
    receipts: Sequence[dict[str, str]] = (),
    frozen: bytes = b"",
) -> SigningRequest:
    """Keep what a passkey is asked; questions whose time is over go.

    Args:
        receipts: What is to be signed, `{"receipt": "…", "item": "…"}`; none for an enrolment.
        frozen: Everything that the answer will be about; sealed.
    """
    expired = SigningRequest.created_at <= uow.now - QUESTION_LENGTH
    uow.session.execute(delete(SigningRequest).where(expired))
    _, wrapped_key = vault.keyring.new_data_key()
    request = SigningRequest(
        id=uow.new_id(),
        user_id=user_id,
        challenge=challenge,
        receipts=list(receipts),
        wrapped_key=wrapped_key,
        sealed=vault.seal(wrapped_key, _LABEL, frozen),
        created_at=uow.now,
    )
    uow.session.add(request)
    return request


def use_question(uow: UnitOfWork, request_id: UUID, *, user_id: UUID) -> SigningRequest:
    """Use a question up and return it; of several answers at once, one succeeds.

    Raises:
        Conflict: It was answered already, its time is over, or it was asked of somebody else.
    """
    used: SigningRequest | None = uow.session.scalar(
        update(SigningRequest)
        .where(
            SigningRequest.id == request_id,
            SigningRequest.user_id == user_id,
            SigningRequest.used_at.is_(None),
            SigningRequest.created_at > uow.now - QUESTION_LENGTH,
        )
        .values(used_at=uow.now)
        .returning(SigningRequest)
    )
    if used is None:
        raise _no_question()
    return used


def use_enrolment(uow: UnitOfWork, challenge: bytes, *, user_id: UUID) -> SigningRequest:
    """Use up the question for a new passkey that has this challenge, and return it.

    Raises:
        Conflict: As `use_question`; or the question was for signatures.
    """
    row = uow.session.execute(
        select(SigningRequest.id, SigningRequest.receipts).where(
            SigningRequest.challenge == challenge
        )
    ).one_or_none()
    if row is None or row.receipts:
        raise _no_question()
    return use_question(uow, row.id, user_id=user_id)


def frozen_of(vault: Vault, request: SigningRequest) -> bytes:
    """Return what was frozen with a question."""
    return vault.unseal(request.wrapped_key, _LABEL, request.sealed)


def _no_question() -> Conflict:
    return Conflict("This was answered already, or its five minutes are over. Please try again.")


# The border to the library -----------------------------------------------------------------------


@contextmanager
def _reading(answer: str) -> Iterator[None]:
    """Refuse whatever the library does, or fails to do, with bytes from outside."""
    try:
        if len(answer) > ANSWER_MAX:
            raise ValueError("the answer is too long")
        yield
    except Refusal:
        raise
    except Exception as error:
        raise Invalid("The answer of the passkey is not valid.", field="answer") from error


def _client_data(answer: str) -> bytes:
    from webauthn.helpers import base64url_to_bytes

    return base64url_to_bytes(json.loads(answer)["response"]["clientDataJSON"])


def _check_own_page(client_data_json: bytes) -> None:
    """Refuse an answer given inside a page of somebody else (level 3: `crossOrigin`)."""
    if json.loads(client_data_json).get("crossOrigin", False) is not False:
        raise ValueError("the page was shown inside one of another origin")


def _descriptors(keys: Sequence[SigningKey]) -> list[Any]:
    from webauthn.helpers.structs import PublicKeyCredentialDescriptor

    return [PublicKeyCredentialDescriptor(id=each.credential_id or b"") for each in keys]


def _spki(cose: bytes) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
    from webauthn.helpers import decode_credential_public_key, decoded_public_key_to_cryptography

    key = decoded_public_key_to_cryptography(decode_credential_public_key(cose))
    spki: bytes = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    _cose(spki)  # what cannot be written again is of a kind that we do not take
    return spki


def _cose(spki: bytes) -> bytes:
    """Return a key as COSE (RFC 8152): ES256 on P-256, EdDSA on Ed25519, or RS256."""
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
    from cryptography.hazmat.primitives.serialization import load_der_public_key
    from webauthn.helpers import encode_cbor

    key = load_der_public_key(spki)
    if isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, ec.SECP256R1):
        point = key.public_numbers()
        x, y = (each.to_bytes(32, "big") for each in (point.x, point.y))
        return encode_cbor({1: 2, 3: -7, -1: 1, -2: x, -3: y})
    if isinstance(key, ed25519.Ed25519PublicKey):
        return encode_cbor({1: 1, 3: -8, -1: 6, -2: key.public_bytes_raw()})
    if isinstance(key, rsa.RSAPublicKey) and key.key_size >= RSA_MIN_BITS:
        numbers = key.public_numbers()
        n, e = (
            each.to_bytes((each.bit_length() + 7) // 8, "big") for each in (numbers.n, numbers.e)
        )
        return encode_cbor({1: 3, 3: -257, -1: n, -2: e})
    raise ValueError("a key of another kind")
