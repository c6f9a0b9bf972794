"""Receipts: the body that is signed, how it is kept, and who may see it.

The format is version 1 of `docs/formats/receipt.md`. A body is canonical JSON, built once; what was
signed is what is kept, byte by byte.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from records.circulation.holding import Held
from records.circulation.models import PageReading, ReadingItem, Receipt, Round
from records.circulation.opinions import Opinion
from records.circulation.parties import sees_opinions
from records.circulation.rules import ITEM_EVENTS, ItemStep
from records.core.database import UnitOfWork
from records.core.errors import NotFound
from records.core.log import canonical_payload, timestamp
from records.core.rows import get_row
from records.documents.models import Document
from records.documents.visibility import get_document
from records.people.directory import names_of_people
from records.people.models import SigningKey
from records.people.rules import Actor
from storage import Vault

TYPE = "chancery reading receipt"
VERSION = 1
# Stands before every body that is signed, so that no signature can be taken for another kind's.
PREFIX = b"chancery receipt 1\n"


@dataclass(frozen=True)
class Body:
    """A body with its ids, ready to be signed; `text` is the canonical JSON."""

    receipt_id: UUID
    item_id: UUID
    text: str

    @property
    def signed_bytes(self) -> bytes:
        """Return the bytes over which a signature goes."""
        return PREFIX + self.text.encode()

    def facts(self) -> dict[str, Any]:
        """Return the body as an object."""
        facts: dict[str, Any] = json.loads(self.text)
        return facts


def body_of(uow: UnitOfWork, actor: Actor, held: Held, opinion: Opinion, key: SigningKey) -> Body:
    """Return the body of a new receipt, as everything stands at this moment."""
    item, round_, document = held.item, held.round, held.document
    absent_id = item.reader_id if item.reader_id != actor.user_id else item.on_behalf_of_id
    names = names_of_people(uow, [round_.sender_id, absent_id])
    receipt_id = uow.new_id()
    body = {
        "components": [{"id": str(id_), "sha256": sha256} for id_, sha256 in held.content],
        "decision": opinion.decision.value,
        "delivered_at": timestamp(item.delivered_at) if item.delivered_at else None,
        "document": {"id": str(document.id), "number": document.number},
        "handwriting": _digest(opinion.handwriting),
        "instruction": _instruction(opinion),
        "item": str(item.id),
        "key": {"id": str(key.id), "kind": key.kind},
        "on_behalf_of": {"id": str(absent_id), "name": names[absent_id]} if absent_id else None,
        "opened_at": timestamp(item.opened_at) if item.opened_at else None,
        "opinion": opinion.text,
        "pages": _pages(uow, item),
        "reader": {
            "id": str(actor.user_id),
            "name": actor.name,
            "posts": actor.signature()["posts"],
        },
        "receipt": str(receipt_id),
        "round": {
            "id": str(round_.id),
            "purpose": round_.purpose,
            "revision": item.revision,
            "sender": names[round_.sender_id],
            "sent_at": timestamp(round_.sent_at) if round_.sent_at else None,
        },
        "signed_at": timestamp(uow.now),
        "type": TYPE,
        "version": VERSION,
    }
    return Body(receipt_id, item.id, canonical_payload(body).decode())


def for_key(body: Body, key: SigningKey) -> Body:
    """Return the same body as another key of the same person signs it."""
    facts = {**body.facts(), "key": {"id": str(key.id), "kind": key.kind}}
    return replace(body, text=canonical_payload(facts).decode())


def keep_receipt(
    uow: UnitOfWork,
    vault: Vault,
    actor: Actor,
    held: Held,
    body: Body,
    key: SigningKey,
    *,
    signature: Mapping[str, Any],
    handwriting: bytes | None,
) -> Receipt:
    """Keep a signed body as it is, and have the log say that it was signed."""
    assert actor.user_id is not None
    facts = body.facts()
    wrapped_key = vault.keyring.new_data_key()[1] if handwriting else None
    receipt = Receipt(
        id=body.receipt_id,
        item_id=held.item.id,
        document_id=held.document.id,
        signer_id=actor.user_id,
        key_id=key.id,
        body=body.text,
        signature=dict(signature),
        handwriting=(
            vault.seal(wrapped_key, _label(body.receipt_id), handwriting)
            if wrapped_key and handwriting
            else None
        ),
        wrapped_key=wrapped_key,
        signed_at=datetime.fromisoformat(facts["signed_at"]),
    )
    uow.session.add(receipt)
    uow.record(
        ITEM_EVENTS[ItemStep.SIGN],
        actor_id=actor.user_id,
        objects=[held.document.id, held.round.id, held.item.id, receipt.id, actor.user_id],
        payload={
            **actor.signature(),
            "receipt": str(receipt.id),
            "digest": digest_of(facts, receipt.signature),
            "key": str(key.id),
            "reader": facts["reader"]["name"],
            "number": facts["document"]["number"],
            "decision": facts["decision"],
        },
    )
    return receipt


def digest_of(body: Mapping[str, Any], signature: Mapping[str, Any]) -> str:
    """Return the SHA-256 that the log keeps of a receipt."""
    both = {"body": dict(body), "signature": dict(signature)}
    return hashlib.sha256(canonical_payload(both)).hexdigest()


def get_receipt(uow: UnitOfWork, actor: Actor, receipt_id: UUID) -> Receipt:
    """Return a receipt to its signer, or to whoever may see the opinions of its round.

    A signer keeps it when the right to see the document has ended, as that of a deputy does; never
    when the document has become too secret for them.

    Raises:
        NotFound: There is none, or this person may not know of it.
    """
    receipt = get_row(uow, Receipt, receipt_id)
    if receipt.signer_id == actor.user_id:
        document = get_row(uow, Document, receipt.document_id)
        if document.secrecy <= actor.clearance:
            return receipt
        raise NotFound
    document = get_document(uow, actor, receipt.document_id)
    query = select(Round).join(ReadingItem, ReadingItem.round_id == Round.id)
    round_ = uow.session.scalars(query.where(ReadingItem.id == receipt.item_id)).one()
    if not sees_opinions(uow, actor, round_, document):
        raise NotFound
    return receipt


def handwriting_of(uow: UnitOfWork, vault: Vault, actor: Actor, receipt_id: UUID) -> bytes | None:
    """Return the PNG that was drawn on a receipt, None where nothing was.

    Raises:
        NotFound: There is no such receipt, or this person may not know of it.
    """
    return open_handwriting(vault, get_receipt(uow, actor, receipt_id))


def open_handwriting(vault: Vault, receipt: Receipt) -> bytes | None:
    """Return the PNG that was drawn on a receipt, for those who may see it already.

    Raises:
        StorageError: It is not what was sealed.
    """
    if receipt.handwriting is None or receipt.wrapped_key is None:
        return None
    return vault.unseal(receipt.wrapped_key, _label(receipt.id), receipt.handwriting)


def _label(receipt_id: UUID) -> str:
    return f"handwriting {receipt_id}"


def _digest(content: bytes | None) -> str | None:
    return hashlib.sha256(content).hexdigest() if content is not None else None


def _instruction(opinion: Opinion) -> dict[str, str | None] | None:
    given = opinion.instruction
    if given is None:
        return None
    due_on = given.due_on.isoformat() if given.due_on else None
    return {"assignee": str(given.assignee_id), "due_on": due_on, "text": given.text}


def _pages(uow: UnitOfWork, item: ReadingItem) -> list[dict[str, str | int]]:
    query = select(PageReading.component_id, PageReading.page, PageReading.seconds).where(
        PageReading.item_id == item.id
    )
    rows = sorted((str(row[0]), row[1], row[2]) for row in uow.session.execute(query))
    return [{"component": row[0], "page": row[1], "seconds": row[2]} for row in rows]
