"""Signing with a passkey: the bodies are frozen in the question, and kept as they were signed.

The challenge is the SHA-256 of one body, or the root of the Merkle tree (RFC 6962) of a batch; so
the passkey signs exactly these bodies. A body names its key: for somebody with several passkeys the
tree has the bodies for each of them, and those of the one that answers are kept. A question is
answered once, within five minutes, by the person whom it was made for. When the answer comes,
everything is checked again: the item is still in the same hand with the same content, the rights
are there.
"""

import hashlib
import json
from base64 import b64decode, b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from records.circulation.finishing import keep_signature
from records.circulation.holding import Held, content_changed, hold_items
from records.circulation.models import Receipt
from records.circulation.opinions import InstructionPlan, Opinion, checked
from records.circulation.receipts import Body, body_of, for_key
from records.circulation.rules import Decision
from records.core import merkle
from records.core.database import UnitOfWork
from records.core.errors import Conflict, Invalid, NotFound
from records.core.log import timestamp
from records.people.keys import RelyingParty, passkeys_in_use, signed_by_passkey
from records.people.models import SigningKey
from records.people.passkeys import (
    Assertion,
    frozen_of,
    keep_question,
    signing_options,
    use_question,
)
from records.people.rules import Actor
from storage import Vault


@dataclass(frozen=True)
class PasskeyQuestion:
    """What a browser asks a passkey.

    Attributes:
        request_id: Goes back with the answer.
        options: For `navigator.credentials.get`, as JSON; binary values in base64url.
    """

    request_id: UUID
    options: str


def ask_passkey(
    uow: UnitOfWork,
    vault: Vault,
    actor: Actor,
    *,
    item_ids: Sequence[UUID],
    opinion: Opinion,
    party: RelyingParty,
) -> PasskeyQuestion:
    """Freeze the receipts of items and return what a passkey is asked to sign them.

    The unit must be a writing one. Nothing is signed yet, and the items stay open to everybody who
    has them in hand.

    Raises:
        Conflict: The signer has no passkey in use, or an item cannot be signed now.
        NotFound, Invalid: As `sign_items`.
    """
    if actor.user_id is None:
        raise NotFound
    opinion = checked(opinion)
    keys = passkeys_in_use(uow, actor.user_id)
    if not keys:
        raise Conflict("You have no passkey to sign with.")
    held = hold_items(uow, actor, item_ids, opinion)
    first = [body_of(uow, actor, each, opinion, keys[0]) for each in held]
    bodies = [for_key(body, key) for key in keys for body in first]
    challenge = challenge_for(bodies)
    request = keep_question(
        uow,
        vault,
        user_id=actor.user_id,
        challenge=challenge,
        receipts=[{"receipt": str(each.receipt_id), "item": str(each.item_id)} for each in first],
        frozen=_freeze(bodies, opinion),
    )
    return PasskeyQuestion(request.id, signing_options(party, challenge=challenge, keys=keys))


def sign_by_passkey(
    uow: UnitOfWork,
    vault: Vault,
    actor: Actor,
    *,
    request_id: UUID,
    answer: str,
    party: RelyingParty,
) -> list[Receipt]:
    """Sign what was frozen for a question, by the answer of the passkey.

    Args:
        answer: The credential's `toJSON()`.

    Raises:
        Conflict: The question was answered or is too old, or an item cannot be signed any more.
        NotFound: An item is no longer this person's to read.
        Invalid: The answer is not that of the passkey that was asked, to this question.
    """
    if actor.user_id is None:
        raise NotFound
    request = use_question(uow, request_id, user_id=actor.user_id)
    if not request.receipts:
        raise Conflict("This was a question for a new passkey.")
    bodies, opinion = _thaw(frozen_of(vault, request))
    item_ids = list(dict.fromkeys(each.item_id for each in bodies))
    held = hold_items(uow, actor, item_ids, opinion)
    for each, body in zip(held, bodies, strict=False):
        _check_same(each, body)
    key, assertion = signed_by_passkey(
        uow, actor.user_id, answer, challenge=request.challenge, party=party
    )
    signed = _signed_with(key, bodies)
    if len(signed) != len(held):
        raise Invalid("Another passkey was asked.", field="answer")
    leaves = _leaves(bodies)
    return [
        keep_signature(
            uow,
            vault,
            actor,
            each,
            bodies[index],
            opinion,
            key,
            _signature(leaves, index, key, assertion, party),
        )
        for each, index in zip(held, signed, strict=True)
    ]


def challenge_for(bodies: Sequence[Body]) -> bytes:
    """Return what a passkey has to sign for bodies: a digest, or the root over a batch."""
    if len(bodies) == 1:
        return hashlib.sha256(bodies[0].signed_bytes).digest()
    return merkle.root(_leaves(bodies))


def _leaves(bodies: Sequence[Body]) -> list[bytes]:
    return [merkle.leaf_hash(each.signed_bytes) for each in bodies]


def _signed_with(key: SigningKey, bodies: Sequence[Body]) -> list[int]:
    """Return the places of the bodies that name a key, in the order of the items."""
    name = str(key.id)
    return [index for index, each in enumerate(bodies) if each.facts()["key"]["id"] == name]


def _check_same(held: Held, body: Body) -> None:
    """Refuse an item that was delivered anew, or with another content, since it was frozen."""
    facts = body.facts()
    delivered = timestamp(held.item.delivered_at) if held.item.delivered_at else None
    sent = [{"id": str(id_), "sha256": sha256} for id_, sha256 in held.content]
    now = (held.item.revision, delivered, sent)
    if now != (facts["round"]["revision"], facts["delivered_at"], facts["components"]):
        raise content_changed()


def _signature(
    leaves: Sequence[bytes],
    index: int,
    key: SigningKey,
    assertion: Assertion,
    party: RelyingParty,
) -> dict[str, Any]:
    return {
        "kind": key.kind,
        "public_key": _b64(key.public_key),
        "authenticator_data": _b64(assertion.authenticator_data),
        "client_data_json": _b64(assertion.client_data_json),
        "signature": _b64(assertion.signature),
        "origin": party.origin,
        "rp_id": party.id,
        "batch": _place(leaves, index) if len(leaves) > 1 else None,
    }


def _place(leaves: Sequence[bytes], index: int) -> dict[str, Any]:
    path = [_b64(each) for each in merkle.inclusion_path(leaves, index)]
    return {"index": index, "size": len(leaves), "path": path}


def _freeze(bodies: Sequence[Body], opinion: Opinion) -> bytes:
    content = {
        "bodies": [each.text for each in bodies],
        "handwriting": _b64(opinion.handwriting) if opinion.handwriting else None,
    }
    return json.dumps(content).encode()


def _thaw(frozen: bytes) -> tuple[list[Body], Opinion]:
    content = json.loads(frozen)
    bodies = [_body(text) for text in content["bodies"]]
    # All bodies of a batch say the same: one opinion was signed for all.
    told = bodies[0].facts()
    asked = told["instruction"]
    instruction = asked and InstructionPlan(
        asked["text"],
        UUID(asked["assignee"]),
        date.fromisoformat(asked["due_on"]) if asked["due_on"] else None,
    )
    drawn = content["handwriting"]
    opinion = Opinion(
        Decision(told["decision"]),
        told["opinion"],
        b64decode(drawn) if drawn else None,
        instruction,
    )
    return bodies, opinion


def _body(text: str) -> Body:
    facts = json.loads(text)
    return Body(UUID(facts["receipt"]), UUID(facts["item"]), text)


def _b64(data: bytes) -> str:
    return b64encode(data).decode()
