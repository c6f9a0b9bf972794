"""Passkeys as second factor: which of one's own may open, and what a browser shows at the door.

The passkeys are those with which their owner signs; that one opens as well is its owner's choice.
Verifying is one with that of signatures (`records/people/passkeys.py`): origin, person and count
are checked there. A question is used up before its answer is read, so no answer is tried twice.
"""

import secrets
from uuid import UUID

from records.core.database import UnitOfWork
from records.core.errors import Conflict, Invalid, NotFound
from records.core.rows import get_row
from records.people.account_news import tell_owner
from records.people.brake import check_brake, release_brake
from records.people.keys import (
    CHALLENGE_BYTES,
    KeyKind,
    RelyingParty,
    enrol_passkey,
    opening_passkeys,
    signed_by_passkey,
)
from records.people.models import SigningKey, SigningRequest, User
from records.people.passkeys import frozen_of, keep_question, signing_options, use_question
from records.people.rules import Actor
from records.people.second_factor import factor_keys, forget_recovery
from storage import Vault

# What is frozen with a question of the door: no answer to another question fits it.
_PURPOSE = b"sign in "


def enrol_to_open(
    uow: UnitOfWork, vault: Vault, actor: Actor, *, answer: str, label: str, party: RelyingParty
) -> SigningKey:
    """Keep a new passkey that signs its owner in; raises as `enrol_passkey`."""
    key = enrol_passkey(uow, vault, actor, answer=answer, label=label, party=party)
    let_open(uow, actor, key_id=key.id)
    return key


def let_open(uow: UnitOfWork, actor: Actor, *, key_id: UUID) -> None:
    """Take one of one's own passkeys as second factor; the boundary has verified who asks.

    Raises:
        NotFound: There is none, it was ended, or it is somebody else's.
    """
    key = _own_passkey(uow, actor, key_id)
    if key.opens_since is None:
        key.opens_since = uow.now
        _record(uow, actor, "person.passkey_opens", key)
        tell_owner(uow, key.user_id, "passkey_opens", by=actor)


def stop_opening(uow: UnitOfWork, actor: Actor, *, key_id: UUID) -> None:
    """Take a passkey as second factor no more; it still signs what its owner reads.

    Raises:
        NotFound: As `let_open`; or it opens nothing.
    """
    key = _own_passkey(uow, actor, key_id)
    if key.opens_since is None:
        raise NotFound
    key.opens_since = None
    forget_recovery(uow, key.user_id)
    _record(uow, actor, "person.passkey_opens_no_more", key)
    tell_owner(uow, key.user_id, "passkey_opens_no_more", by=actor)


# Signing in ---------------------------------------------------------------------------------------


def ask_at_the_door(
    uow: UnitOfWork, vault: Vault, user: User, party: RelyingParty
) -> tuple[UUID, str]:
    """Return a question for the passkeys of a person, and its options as JSON.

    Raises:
        Conflict: None of them opens.
    """
    keys = opening_passkeys(uow, user.id)
    if not keys:
        raise Conflict("No passkey of yours signs you in.")
    challenge = secrets.token_bytes(CHALLENGE_BYTES)
    frozen = _PURPOSE + party.origin.encode()
    asked = keep_question(uow, vault, user_id=user.id, challenge=challenge, frozen=frozen)
    return asked.id, signing_options(party, challenge=challenge, keys=keys)


def take_question(uow: UnitOfWork, request_id: UUID, user: User) -> SigningRequest:
    """Use a question up, in a unit of its own, so that a wrong answer does not give it back.

    Raises:
        Conflict: It was answered already, its time is over, or it was asked of somebody else.
    """
    return use_question(uow, request_id, user_id=user.id)


def prove_by_passkey(
    uow: UnitOfWork,
    vault: Vault,
    user: User,
    *,
    asked: SigningRequest,
    answer: str,
    party: RelyingParty,
    address: str,
    device: str | None,
) -> None:
    """Take the answer of a passkey to a question that was just used up.

    Raises:
        TooMany: Too many wrong answers; `details["seconds"]` to wait.
        Invalid: It is not one of theirs that opens, or has not answered this question from here.
    """
    keys = factor_keys(user, address, device)
    check_brake(uow, keys)
    if frozen_of(vault, asked) != _PURPOSE + party.origin.encode():
        raise Invalid("The answer of the passkey is not valid.", field="answer")
    key, _ = signed_by_passkey(uow, user.id, answer, challenge=asked.challenge, party=party)
    if key.opens_since is None:
        raise Invalid("This passkey is not one of yours, or it was ended.", field="answer")
    release_brake(uow, keys)


def _own_passkey(uow: UnitOfWork, actor: Actor, key_id: UUID) -> SigningKey:
    key = get_row(uow, SigningKey, key_id)
    if key.user_id != actor.user_id or key.kind != KeyKind.PASSKEY or key.revoked_at is not None:
        raise NotFound
    return key


def _record(uow: UnitOfWork, actor: Actor, kind: str, key: SigningKey) -> None:
    uow.record(
        kind,
        actor_id=actor.user_id,
        objects=[key.user_id, key.id],
        payload={**actor.signature(), "label": key.label},
    )
