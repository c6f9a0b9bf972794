"""Use cases of signing: what readers say, as receipts that anybody can check years later.

Whoever signs has the item in hand, as its reader or as a deputy of a reader who is away; the
content is what the round sent; the decision is one that was asked for. Who has a passkey in use
signs with it (`passkeys`) and not with the key that the service holds: else a stolen password would
be worth as much as the passkey.

All or nothing: where one item cannot be signed, none of a batch is.
"""

from base64 import b64encode
from collections.abc import Sequence
from uuid import UUID

from records.circulation.finishing import keep_signature
from records.circulation.holding import hold_items
from records.circulation.models import Receipt
from records.circulation.opinions import InstructionPlan, Opinion, checked
from records.circulation.passkeys import PasskeyQuestion, ask_passkey, sign_by_passkey
from records.circulation.receipts import body_of, get_receipt, handwriting_of
from records.core.database import UnitOfWork
from records.core.errors import Conflict, NotFound
from records.people.keys import passkeys_in_use, server_key, sign_with
from records.people.rules import Actor
from storage import Vault

__all__ = [
    "InstructionPlan",
    "Opinion",
    "PasskeyQuestion",
    "ask_passkey",
    "get_receipt",
    "handwriting_of",
    "sign_by_passkey",
    "sign_item",
    "sign_items",
]


def sign_item(
    uow: UnitOfWork, vault: Vault, actor: Actor, *, item_id: UUID, opinion: Opinion
) -> Receipt:
    """Sign one item with the key that the service holds for the signer.

    Raises:
        NotFound: It is not this person's to read.
        Conflict: It has not been delivered, or has ended, or its content has changed; or the
            signer has a passkey in use.
        Invalid: The decision was not asked for, a text is too long, the handwriting is no small
            PNG, or the instruction is one that nobody could carry out.
    """
    return sign_items(uow, vault, actor, item_ids=[item_id], opinion=opinion)[0]


def sign_items(
    uow: UnitOfWork, vault: Vault, actor: Actor, *, item_ids: Sequence[UUID], opinion: Opinion
) -> list[Receipt]:
    """Sign several items with one opinion, of any rounds; the receipts are in the same order.

    An instruction becomes a task for each of the documents.

    Raises:
        NotFound, Conflict, Invalid: As `sign_item`, for any of them; then none is signed.
    """
    if actor.user_id is None:
        raise NotFound
    opinion = checked(opinion)
    if passkeys_in_use(uow, actor.user_id):
        raise Conflict("You have a passkey: sign with it.")
    held = hold_items(uow, actor, item_ids, opinion)
    key = server_key(uow, vault, actor.user_id)
    receipts = []
    for each in held:
        body = body_of(uow, actor, each, opinion, key)
        signature = {
            "kind": key.kind,
            "public_key": b64encode(key.public_key).decode(),
            "signature": b64encode(sign_with(vault, key, body.signed_bytes)).decode(),
        }
        receipts.append(keep_signature(uow, vault, actor, each, body, opinion, key, signature))
    return receipts
