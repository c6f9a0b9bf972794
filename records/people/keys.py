"""Keys with which people sign: passkeys of their own, and keys that the service holds for them.

Every key enters the log when it is enrolled (`key.enrolled`): a receipt is worth something only
because the log says whose key signed it, and since when. Keys are ended, never deleted, so that old
receipts can still be verified.
"""

import secrets
from base64 import b64encode
from enum import StrEnum
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sqlalchemy import Select, select

from records.core.database import UnitOfWork
from records.core.errors import Conflict, Invalid, NotFound
from records.core.rows import filled, get_row
from records.people.account_news import tell_owner
from records.people.models import SigningKey, User
from records.people.passkeys import (
    Assertion,
    RelyingParty,
    challenge_of,
    credential_of,
    enrolment_options,
    frozen_of,
    keep_question,
    read_assertion,
    read_enrolment,
    use_enrolment,
)
from records.people.rules import SERVICE, Act, Actor
from storage import Vault

__all__ = [
    "KeyKind",
    "RelyingParty",
    "enrol_passkey",
    "keys_of",
    "opening_passkeys",
    "passkey_question",
    "passkeys_in_use",
    "revoke_key",
    "server_key",
    "sign_with",
    "signed_by_passkey",
]

LABEL_MAX = 100
CHALLENGE_BYTES = 32
SERVER_LABEL = "Chancery"


class KeyKind(StrEnum):
    """Who holds the private half."""

    PASSKEY = "passkey"
    SERVER = "server"


def server_key(uow: UnitOfWork, vault: Vault, user_id: UUID) -> SigningKey:
    """Return the key that the service holds for a person; it is made at its first use."""
    found = _server_key_in_use(uow, user_id)
    if found is not None:
        return found
    # Two first signatures at once must not make two keys: the second waits here for the first.
    get_user = select(User.id).where(User.id == user_id).with_for_update()
    if uow.session.scalar(get_user) is None:
        raise NotFound
    return _server_key_in_use(uow, user_id) or _new_server_key(uow, vault, user_id)


def sign_with(vault: Vault, key: SigningKey, message: bytes) -> bytes:
    """Return the Ed25519 signature (64 bytes) of a message by a key that the service holds."""
    return open_server_key(vault, key).sign(message)


def open_server_key(vault: Vault, key: SigningKey) -> Ed25519PrivateKey:
    """Return the private half of a key that the service holds, or raise `SealDamaged`."""
    assert key.sealed is not None
    assert key.wrapped_key is not None
    private = vault.unseal(key.wrapped_key, _label(key.id), key.sealed)
    return Ed25519PrivateKey.from_private_bytes(private)


def passkey_question(uow: UnitOfWork, vault: Vault, actor: Actor, party: RelyingParty) -> str:
    """Return the options with which a browser makes a new passkey, as JSON.

    The page hands them to `PublicKeyCredential.parseCreationOptionsFromJSON` (or decodes
    `challenge`, `user.id` and `excludeCredentials[].id` from base64url itself) and gives back the
    credential's `toJSON()` within five minutes. On an address that is a number, or without https
    except on localhost, browsers offer no passkeys: `party.is_usable` tells.
    """
    user = _own(uow, actor)
    challenge = secrets.token_bytes(CHALLENGE_BYTES)
    keep_question(uow, vault, user_id=user.id, challenge=challenge, frozen=party.origin.encode())
    return enrolment_options(
        party,
        challenge=challenge,
        user_id=user.id,
        login=user.login,
        name=user.name,
        known=passkeys_in_use(uow, user.id),
    )


def enrol_passkey(
    uow: UnitOfWork, vault: Vault, actor: Actor, *, answer: str, label: str, party: RelyingParty
) -> SigningKey:
    """Keep a new passkey; from now on its owner signs with a passkey only.

    Raises:
        Invalid: The answer is not one to the question, or the label is empty.
        Conflict: The question was answered or is too old, or the passkey is known already.
    """
    user = _own(uow, actor)
    label = filled(label, "label")[:LABEL_MAX]
    challenge = challenge_of(answer)
    asked = use_enrolment(uow, challenge, user_id=user.id)
    if frozen_of(vault, asked) != party.origin.encode():
        raise Invalid("This page was opened under another address.", field="answer")
    new = read_enrolment(answer, challenge=challenge, party=party)
    known = select(SigningKey.id).where(SigningKey.credential_id == new.credential_id)
    if uow.session.scalar(known) is not None:
        raise Conflict("This passkey is enrolled already.")
    key = SigningKey(
        id=uow.new_id(),
        user_id=user.id,
        kind=KeyKind.PASSKEY.value,
        public_key=new.public_key,
        label=label,
        credential_id=new.credential_id,
        sign_count=new.sign_count,
        enrolled_at=uow.now,
    )
    _enrol(uow, actor, key)
    tell_owner(uow, user.id, "key_enrolled", by=actor)
    return key


def signed_by_passkey(
    uow: UnitOfWork, user_id: UUID, answer: str, *, challenge: bytes, party: RelyingParty
) -> tuple[SigningKey, Assertion]:
    """Return a person's passkey and the signature over a challenge that an answer brings.

    Raises:
        Invalid: The passkey is not one of theirs, or was ended, or has not signed the challenge.
    """
    query = (
        select(SigningKey)
        .where(
            SigningKey.credential_id == credential_of(answer),
            SigningKey.user_id == user_id,
            SigningKey.revoked_at.is_(None),
        )
        .with_for_update()
    )
    key = uow.session.scalar(query)
    if key is None:
        raise Invalid("This passkey is not one of yours, or it was ended.", field="answer")
    assertion = read_assertion(answer, challenge=challenge, key=key, party=party)
    key.sign_count = assertion.sign_count
    return key, assertion


def keys_of(uow: UnitOfWork, user_id: UUID) -> list[SigningKey]:
    """Return a person's keys, ended ones too, newest first."""
    query = select(SigningKey).where(SigningKey.user_id == user_id).order_by(SigningKey.id.desc())
    return list(uow.session.scalars(query))


def passkeys_in_use(uow: UnitOfWork, user_id: UUID) -> list[SigningKey]:
    """Return the passkeys with which a person can sign now."""
    return list(uow.session.scalars(_in_use(user_id, KeyKind.PASSKEY)))


def opening_passkeys(uow: UnitOfWork, user_id: UUID) -> list[SigningKey]:
    """Return the passkeys that a person can show as second factor."""
    query = _in_use(user_id, KeyKind.PASSKEY).where(SigningKey.opens_since.is_not(None))
    return list(uow.session.scalars(query))


def revoke_key(uow: UnitOfWork, actor: Actor, *, key_id: UUID) -> None:
    """End a key; its owner may, and whoever keeps the users. What it signed stays true.

    Raises:
        NotFound: There is none, or it is somebody else's.
    """
    key = get_row(uow, SigningKey, key_id)
    if key.user_id != actor.user_id and not actor.may(Act.KEEP_USERS):
        raise NotFound
    if key.revoked_at is None:
        key.revoked_at = uow.now
        uow.record(
            "key.revoked",
            actor_id=actor.user_id,
            objects=[key.user_id, key.id],
            payload={
                **actor.signature(),
                "key": str(key.id),
                "kind": key.kind,
                "label": key.label,
                "user": str(key.user_id),
            },
        )
        if key.kind == KeyKind.PASSKEY:
            tell_owner(uow, key.user_id, "key_revoked", by=actor)


def _own(uow: UnitOfWork, actor: Actor) -> User:
    if actor.user_id is None:
        raise NotFound
    return get_row(uow, User, actor.user_id)


def _server_key_in_use(uow: UnitOfWork, user_id: UUID) -> SigningKey | None:
    # Held until the unit ends, so that nothing is signed with a key that is being revoked.
    return uow.session.scalar(_in_use(user_id, KeyKind.SERVER).limit(1).with_for_update())


def _in_use(user_id: UUID, kind: KeyKind) -> Select[SigningKey]:
    return (
        select(SigningKey)
        .where(
            SigningKey.user_id == user_id,
            SigningKey.kind == kind.value,
            SigningKey.revoked_at.is_(None),
        )
        .order_by(SigningKey.id)
    )


def _new_server_key(uow: UnitOfWork, vault: Vault, user_id: UUID) -> SigningKey:
    private = Ed25519PrivateKey.generate()
    key_id = uow.new_id()
    _, wrapped_key = vault.keyring.new_data_key()
    key = SigningKey(
        id=key_id,
        user_id=user_id,
        kind=KeyKind.SERVER.value,
        public_key=private.public_key().public_bytes(
            Encoding.DER, PublicFormat.SubjectPublicKeyInfo
        ),
        label=SERVER_LABEL,
        wrapped_key=wrapped_key,
        sealed=vault.seal(wrapped_key, _label(key_id), private.private_bytes_raw()),
        enrolled_at=uow.now,
    )
    _enrol(uow, SERVICE, key)
    return key


def _label(key_id: UUID) -> str:
    # The label names the key, so that no row can be given another row's private half.
    return f"signing key {key_id}"


def _enrol(uow: UnitOfWork, actor: Actor, key: SigningKey) -> None:
    uow.session.add(key)
    uow.session.flush()
    uow.record(
        "key.enrolled",
        actor_id=actor.user_id,
        objects=[key.user_id, key.id],
        payload={
            **actor.signature(),
            "key": str(key.id),
            "kind": key.kind,
            "public_key": b64encode(key.public_key).decode(),
            "user": str(key.user_id),
        },
    )
