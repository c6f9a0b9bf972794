"""What follows a signature: the receipt, the end of the item, the instruction, and the news."""

from collections.abc import Mapping
from typing import Any

from records.circulation.delivering import tell_managers
from records.circulation.holding import Held
from records.circulation.models import Receipt
from records.circulation.opinions import InstructionPlan, Opinion
from records.circulation.reading import end_item
from records.circulation.receipts import Body, keep_receipt
from records.circulation.rules import Decision, ItemStep
from records.core.database import UnitOfWork
from records.people.models import SigningKey
from records.people.rules import Actor
from records.tasks.service import give_task
from storage import Vault


def keep_signature(
    uow: UnitOfWork,
    vault: Vault,
    actor: Actor,
    held: Held,
    body: Body,
    opinion: Opinion,
    key: SigningKey,
    signature: Mapping[str, Any],
) -> Receipt:
    """Keep the receipt of a signed body and end its item."""
    receipt = keep_receipt(
        uow,
        vault,
        actor,
        held,
        body,
        key,
        signature=signature,
        handwriting=opinion.handwriting,
    )
    # The item ends first: what is told of it below must not be settled with it.
    end_item(uow, actor, held.item, ItemStep.SIGN, decision=opinion.decision, opinion=opinion.text)
    if opinion.decision == Decision.DECLINED:
        _tell(uow, actor, held, "item.declined")
    if opinion.instruction is not None:
        _instruct(uow, actor, held, opinion.instruction)
    return receipt


def _instruct(uow: UnitOfWork, actor: Actor, held: Held, instruction: InstructionPlan) -> None:
    give_task(
        uow,
        actor,
        document_id=held.document.id,
        assignee_id=instruction.assignee_id,
        text=instruction.text,
        due_on=instruction.due_on,
        source_id=held.item.id,
    )
    _tell(uow, actor, held, "instruction.given")


def _tell(uow: UnitOfWork, actor: Actor, held: Held, kind: str) -> None:
    tell_managers(
        uow,
        kind,
        held.round,
        held.document,
        cause=f"{kind}:{held.item.id}",
        subject_id=held.item.id,
        besides=actor,
        reader=str(held.item.reader_id),
    )
