"""Receipts: what was signed, and the file that proves it without the service."""

import json
from uuid import UUID

from werkzeug.wrappers import Response

from records.audit.checkpoints import log_origin
from records.audit.receipt_file import receipt_file
from records.circulation.receipts import get_receipt
from records.core.idempotency import Answer
from records.people.models import SigningKey, User
from web.api.declaring import JSON, Answered, endpoint
from web.api.round_answers import person
from web.api.round_schemas import ref
from web.boundary import office, reading, writing
from web.permissions import SIGNED_IN
from web.session import actor

_TAG = "receipts"


@endpoint(
    "GET",
    "/receipts/<uuid:receipt_id>",
    tag=_TAG,
    permission=SIGNED_IN,
    summary="Show a receipt",
    answers=[Answered(200, "What was signed, and how.", ref("Receipt"))],
    refusals=(404,),
)
def show_receipt(receipt_id: UUID) -> Answer:
    """For its signer, and for those who may see the opinions of its round."""
    with reading() as uow:
        receipt = get_receipt(uow, actor(), receipt_id)
        signer = uow.session.get_one(User, receipt.signer_id)
        key = uow.session.get_one(SigningKey, receipt.key_id)
    return Answer(
        {
            "id": str(receipt.id),
            "item": str(receipt.item_id),
            "document": str(receipt.document_id),
            "signed_at": receipt.signed_at.isoformat(),
            "signer": person(signer.id, signer.name),
            "key": {"id": str(key.id), "kind": key.kind},
            "handwriting": receipt.handwriting is not None,
            "body": json.loads(receipt.body),
            "signature": receipt.signature,
        }
    )


@endpoint(
    "GET",
    "/receipts/<uuid:receipt_id>/file",
    tag=_TAG,
    permission=SIGNED_IN,
    summary="Give the file of a receipt",
    answers=[
        Answered(
            200,
            "With the proofs that it stands in the log; see docs/formats/receipt.md.",
            {"type": "object"},
            headers={"Content-Disposition": "The file name."},
        )
    ],
    refusals=(404, 503),
)
def show_receipt_file(receipt_id: UUID) -> Response:
    """Whoever has the key of the log can check it without this service, byte for byte as it is."""
    vault, origin = office().vault, log_origin(office().config.public_url)
    # A checkpoint over the receipt may have to be signed first.
    with writing() as uow:
        content = receipt_file(uow, vault, actor(), receipt_id, origin=origin)
    response = Response(content, mimetype=JSON)
    response.headers.set("Content-Disposition", "attachment", filename=f"receipt-{receipt_id}.json")
    return response
