"""Signing with a passkey: the bodies are frozen in the question, and kept as they were signed.

The challenge is the SHA-256 of one body, or the root of the Merkle tree (RFC 6962) of a batch; so
the passkey signs exactly these bodies. A question is answered once, within five minutes, by the
person and the passkey that it was made for. When the answer comes, everything is checked again: the
item is still in the same hand with the same content, the rights are there.
"""

import hashlib
import json
from base64 import b64decode, b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select

from records.circulation.finishing import keep_signature
from records.circulation.holding import Held, content_changed, hold_items
from records.circulation.models import Receipt
from records.circulation.opinions import InstructionPlan, Opinion, checked
from records.circulation.receipts import Body, body_of
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
        key_id: The passkey that is asked. A body names its key, so one question asks one passkey;
            where somebody has several, the page may offer the others by asking anew.
        key_label: How its owner called it.
    """

    request_id: UUID
    options: str
    key_id: UUID
    key_label: str


def ask_passkey(
    uow: UnitOfWork,
    vault: Vault,
    actor: Actor,
    *,
    item_ids: Sequence[UUID],
    opinion: Opinion,
    party: RelyingParty,
    key_id: UUID | None = None,
) -> PasskeyQuestion:
    """Freeze the receipts of items and return what a passkey is asked to sign them.

    The unit must be a writing one. Nothing is signed yet, and the items stay open to everybody who
    has them in hand.

    Args:
        key_id: Which passkey; without it the one that signed last, else the newest.

    Raises:
        Conflict: The signer has no passkey in use, or an item cannot be signed now.
        NotFound, Invalid: As `sign_items`.
    """
    if actor.user_id is None:
        raise NotFound
    opinion = checked(opinion)
    key = _key_to_ask(uow, actor.user_id, key_id)
    held = hold_items(uow, actor, item_ids, opinion)
    bodies = [body_of(uow, actor, each, opinion, key) for each in held]
    challenge = challenge_for(bodies)
    request = keep_question(
        uow,
        vault,
        user_id=actor.user_id,
        challenge=challenge,
        receipts=[{"receipt": str(each.receipt_id), "item": str(each.item_id)} for each in bodies],
        frozen=_freeze(bodies, opinion, key),
    )
    options = signing_options(party, challenge=challenge, keys=[key])
    return PasskeyQuestion(request.id, options, key.id, key.label)


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
    bodies, opinion, key_id = _thaw(frozen_of(vault, request))
    held = hold_items(uow, actor, [each.item_id for each in bodies], opinion)
    for each, body in zip(held, bodies, strict=True):
        _check_same(each, body)
    key, assertion = signed_by_passkey(
        uow, actor.user_id, answer, challenge=request.challenge, party=party
    )
    if key.id != key_id:
        raise Invalid("Another passkey was asked.", field="answer")
    signatures = _signatures(bodies, key, assertion, party)
    return [
        keep_signature(uow, vault, actor, each, body, opinion, key, signature)
        for each, body, signature in zip(held, bodies, signatures, strict=True)
    ]


def challenge_for(bodies: Sequence[Body]) -> bytes:
    """Return what a passkey has to sign for bodies: a digest, or the root over a batch."""
    if len(bodies) == 1:
        return hashlib.sha256(bodies[0].signed_bytes).digest()
    return merkle.root([merkle.leaf_hash(each.signed_bytes) for each in bodies])


def _key_to_ask(uow: UnitOfWork, user_id: UUID, key_id: UUID | None) -> SigningKey:
    keys = {each.id: each for each in passkeys_in_use(uow, user_id)}
    if not keys:
        raise Conflict("You have no passkey to sign with.")
    if key_id is not None:
        if key_id not in keys:
            raise Invalid("This passkey is not one of yours, or it was ended.", field="key")
        return keys[key_id]
    if len(keys) > 1:
        query = select(Receipt.key_id).where(Receipt.signer_id == user_id, Receipt.key_id.in_(keys))
        last = uow.session.scalar(query.order_by(Receipt.id.desc()).limit(1))
        if last is not None:
            return keys[last]
    return keys[max(keys)]


def _check_same(held: Held, body: Body) -> None:
    """Refuse an item that was delivered anew, or with another content, since it was frozen."""
    facts = body.facts()
    delivered = timestamp(held.item.delivered_at) if held.item.delivered_at else None
    sent = [{"id": str(id_), "sha256": sha256} for id_, sha256 in held.content]
    now = (held.item.revision, delivered, sent)
    if now != (facts["round"]["revision"], facts["delivered_at"], facts["components"]):
        raise content_changed()


def _signatures(
    bodies: Sequence[Body], key: SigningKey, assertion: Assertion, party: RelyingParty
) -> list[dict[str, Any]]:
    common = {
        "kind": key.kind,
        "public_key": _b64(key.public_key),
        "authenticator_data": _b64(assertion.authenticator_data),
        "client_data_json": _b64(assertion.client_data_json),
        "signature": _b64(assertion.signature),
        "origin": party.origin,
        "rp_id": party.id,
    }
    if len(bodies) == 1:
        return [{**common, "batch": None}]
    leaves = [merkle.leaf_hash(each.signed_bytes) for each in bodies]
    return [{**common, "batch": _place(leaves, index)} for index in range(len(leaves))]


def _place(leaves: Sequence[bytes], index: int) -> dict[str, Any]:
    path = [_b64(each) for each in merkle.inclusion_path(leaves, index)]
    return {"index": index, "size": len(leaves), "path": path}


def _freeze(bodies: Sequence[Body], opinion: Opinion, key: SigningKey) -> bytes:
    content = {
        "bodies": [each.text for each in bodies],
        "handwriting": _b64(opinion.handwriting) if opinion.handwriting else None,
        "key": str(key.id),
    }
    return json.dumps(content).encode()


def _thaw(frozen: bytes) -> tuple[list[Body], Opinion, UUID]:
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
    return bodies, opinion, UUID(content["key"])


def _body(text: str) -> Body:
    facts = json.loads(text)
    return Body(UUID(facts["receipt"]), UUID(facts["item"]), text)


def _b64(data: bytes) -> str:
    return b64encode(data).decode()
