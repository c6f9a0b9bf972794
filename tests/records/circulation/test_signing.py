"""Signing with the key that the service holds: who may, what is kept, what follows, its cost."""

import hashlib
import json
from base64 import b64decode
from collections.abc import Sequence
from datetime import date, timedelta
from io import BytesIO
from typing import Any, TypedDict
from uuid import UUID, uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_der_public_key
from PIL import Image
from sqlalchemy import func, select

from records.audit.checkpoints import log_key, log_origin
from records.audit.receipt_file import receipt_file, verify_receipt
from records.circulation.absence import name_deputy
from records.circulation.managing import recall_item, skip_item
from records.circulation.models import ReadingItem, Receipt
from records.circulation.reading import (
    PageShown,
    delegate_item,
    get_item,
    note_pages,
    open_item,
    return_item,
)
from records.circulation.receipts import digest_of
from records.circulation.rules import Decision, ItemState, Purpose
from records.circulation.signing import (
    InstructionPlan,
    Opinion,
    get_receipt,
    handwriting_of,
    sign_item,
    sign_items,
)
from records.core.errors import Conflict, Invalid, NotFound, Refusal
from records.core.jobs import Job
from records.core.log import canonical_payload, entries_about, timestamp
from records.core.news import TELL_JOB
from records.documents.components import components_of
from records.documents.models import Document
from records.documents.service import add_components
from records.documents.visibility import get_document, refresh_access
from records.people.keys import server_key
from records.people.rules import Actor, Role, Secrecy
from records.tasks.telling import tasks_for
from tests.builders import add_person, id_of, keep
from tests.offices import HeldClock
from tests.records.circulation.desks import Desks
from tests.records.test_listing import statements

READ = Opinion(Decision.READ)
AGREED, DECLINED = Opinion(Decision.AGREED), Opinion(Decision.DECLINED)
# Keys (2), round, item and document (4), content (2), a name, pages; item and receipt, a job,
# stages and items of the round, and four for the log.
SIGNING_STATEMENTS = 19


def drawn(width: int = 60, height: int = 20, kind: str = "PNG", **how: Any) -> bytes:
    """Return a picture as bytes."""
    out = BytesIO()
    Image.new("RGBA" if kind == "PNG" else "RGB", (width, height)).save(out, kind, **how)
    return out.getvalue()


def sign(desks: Desks, actor: Actor, item_id: UUID, opinion: Opinion = READ) -> Receipt:
    with desks.office.database.writing() as uow:
        return sign_item(uow, desks.office.vault, actor, item_id=item_id, opinion=opinion)


def sign_all(
    desks: Desks, actor: Actor, item_ids: Sequence[UUID], opinion: Opinion = READ
) -> list[Receipt]:
    with desks.office.database.writing() as uow:
        return sign_items(uow, desks.office.vault, actor, item_ids=item_ids, opinion=opinion)


def count_receipts(desks: Desks) -> int:
    with desks.office.database.reading() as uow:
        return uow.session.scalar(select(func.count()).select_from(Receipt)) or 0


def told(desks: Desks, kind: str) -> list[dict[str, Any]]:
    """Return the news of a kind, oldest first."""
    with desks.office.database.reading() as uow:
        jobs = uow.session.scalars(select(Job).where(Job.kind == TELL_JOB).order_by(Job.id))
        return [each.payload for each in jobs if each.payload["kind"] == kind]


def change_content(desks: Desks, document_id: UUID) -> None:
    """Add a file, as a clerk does; the job that follows has not run yet."""
    received = keep(desks.office, [("more.txt", b"more")])
    with desks.office.database.writing() as uow:
        add_components(uow, desks.clerk, document_id=document_id, received=received)


# What is kept -------------------------------------------------------------------------------------


def test_a_receipt_says_what_was_read_and_is_signed(any_desks: Desks, clock: HeldClock) -> None:
    desks = any_desks
    letter = desks.document()
    sent = desks.send(letter, ["li"])
    li, item_id = desks.reader("li"), desks.item(sent, "li")
    sent_at = clock.now()
    clock.advance(minutes=5)
    with desks.office.database.writing() as uow:
        open_item(uow, li, item_id=item_id)
        (component,) = components_of(uow, letter.id)
    with desks.office.database.writing() as uow:
        shown = [PageShown(component.id, 2, 7), PageShown(component.id, 1, 12)]
        note_pages(uow, li, item_id=item_id, pages=shown)
    clock.advance(minutes=1)
    opinion = Opinion(Decision.READ, "  同意\x00。", drawn())
    receipt = sign(desks, li, item_id, opinion)
    body = json.loads(receipt.body)
    assert canonical_payload(body).decode() == receipt.body
    assert body == {
        "components": [{"id": str(component.id), "sha256": component.sha256}],
        "decision": "read",
        "delivered_at": timestamp(sent_at),
        "document": {"id": str(letter.id), "number": letter.number},
        "handwriting": hashlib.sha256(drawn()).hexdigest(),
        "instruction": None,
        "item": str(item_id),
        "key": {"id": str(receipt.key_id), "kind": "server"},
        "on_behalf_of": None,
        "opened_at": timestamp(sent_at + timedelta(minutes=5)),
        "opinion": "同意。",
        "pages": [
            {"component": str(component.id), "page": 1, "seconds": 12},
            {"component": str(component.id), "page": 2, "seconds": 7},
        ],
        "reader": {"id": str(li.user_id), "name": "li", "posts": li.signature()["posts"]},
        "receipt": str(receipt.id),
        "round": {
            "id": str(sent),
            "purpose": "read",
            "revision": 1,
            "sender": "clerk",
            "sent_at": timestamp(sent_at),
        },
        "signed_at": timestamp(clock.now()),
        "type": "chancery reading receipt",
        "version": 1,
    }
    assert set(receipt.signature) == {"kind", "public_key", "signature"}
    public = load_der_public_key(b64decode(receipt.signature["public_key"], validate=True))
    assert isinstance(public, Ed25519PublicKey)
    signature = b64decode(receipt.signature["signature"], validate=True)
    public.verify(signature, b"chancery receipt 1\n" + receipt.body.encode())
    with desks.office.database.reading() as uow:
        ((entry, payload),) = entries_about(uow.session, receipt.id)
        item = get_item(uow, li, item_id)
    assert (item.state, item.decision, item.opinion) == ("signed", "read", "同意。")
    wanted = [letter.id, sent, item_id, receipt.id, li.user_id]
    assert entry.kind == "receipt.signed"
    assert entry.objects == [str(each) for each in wanted]
    assert json.loads(payload or "") == {
        **li.signature(),
        "receipt": str(receipt.id),
        "digest": digest_of(body, receipt.signature),
        "key": str(receipt.key_id),
        "reader": "li",
        "number": letter.number,
        "decision": "read",
    }


def test_a_receipt_signed_here_verifies_elsewhere(any_desks: Desks) -> None:
    desks = any_desks
    office = desks.office
    sent = desks.send(desks.document(), ["li", "wang"])
    receipts = [
        sign(
            desks, desks.reader("li"), desks.item(sent, "li"), Opinion(Decision.READ, "阅\n\t\x7f")
        ),
        sign(desks, desks.reader("wang"), desks.item(sent, "wang")),
    ]
    origin = log_origin(office.config.public_url)
    for receipt, name in zip(receipts, ("li", "wang"), strict=True):
        with office.database.writing() as uow:
            reader = desks.reader(name)
            file = receipt_file(uow, office.vault, reader, receipt.id, origin=origin)
        with office.database.reading() as uow:
            key = log_key(uow)
        assert key is not None
        verdict = verify_receipt(file, key.text())
        assert verdict.ok, verdict.reason
        assert verdict.claims == json.loads(receipt.body)


def test_signing_without_opening_is_told_by_the_receipt(desks: Desks) -> None:
    sent = desks.send(desks.document(), ["li"])
    body = json.loads(sign(desks, desks.reader("li"), desks.item(sent, "li")).body)
    assert body["opened_at"] is None
    assert body["pages"] == []


# Who may, and when --------------------------------------------------------------------------------


def test_an_item_is_signed_once_by_its_reader_after_delivery(any_desks: Desks) -> None:
    desks = any_desks
    sent = desks.send(desks.document(), ["li"], ["wang"])
    li, wang = desks.item(sent, "li"), desks.item(sent, "wang")
    with pytest.raises(NotFound):
        sign(desks, desks.reader("wang"), li)
    with pytest.raises(NotFound):
        sign(desks, desks.clerk, li)
    with pytest.raises((Conflict, NotFound)):
        sign(desks, desks.reader("wang"), wang)  # its stage has not begun
    with pytest.raises(NotFound):
        sign(desks, desks.reader("li"), uuid4())
    sign(desks, desks.reader("li"), li)
    with pytest.raises(Conflict):
        sign(desks, desks.reader("li"), li)
    sign(desks, desks.reader("wang"), wang)
    assert desks.states(sent)[0] == "complete"
    assert count_receipts(desks) == 2


# Whether a signature is taken, by the state of the item. What was not delivered, or was taken back,
# is not there for its reader; what has ended otherwise is there and cannot be signed any more.
OUTCOMES: dict[ItemState, type[Refusal] | None] = {
    ItemState.WAITING: NotFound,
    ItemState.DELIVERED: None,
    ItemState.OPENED: None,
    ItemState.SIGNED: Conflict,
    ItemState.RETURNED: Conflict,
    ItemState.DELEGATED: Conflict,
    ItemState.SKIPPED: NotFound,
    ItemState.RECALLED: NotFound,
}


class _Asked(TypedDict):
    item_id: UUID


def bring_to(desks: Desks, item_id: UUID, state: ItemState) -> None:
    """Have an item of Li, delivered unless it waits, reach a state by the acts that lead there."""
    li, asked = desks.reader("li"), _Asked(item_id=item_id)
    other = id_of(desks.reader("other"))
    with desks.office.database.writing() as uow:
        match state:
            case ItemState.OPENED:
                open_item(uow, li, **asked)
            case ItemState.SIGNED:
                sign_item(uow, desks.office.vault, li, opinion=READ, **asked)
            case ItemState.RETURNED:
                return_item(uow, li, reason="Not mine", **asked)
            case ItemState.DELEGATED:
                delegate_item(uow, li, to_id=other, **asked)
            case ItemState.SKIPPED:
                skip_item(uow, desks.clerk, reason="Away", **asked)
            case ItemState.RECALLED:
                recall_item(uow, desks.clerk, reason="By mistake", **asked)


@pytest.mark.parametrize("who", ["li", "deputy"])
@pytest.mark.parametrize("state", ItemState)
def test_who_signs_in_which_state(desks: Desks, state: ItemState, who: str) -> None:
    letter = desks.document(secrecy="internal", unit="office")
    first, second = (["other"], ["li"]) if state == ItemState.WAITING else (["li", "other"], [])
    sent = desks.send(letter, *(each for each in (first, second) if each))
    li, deputy = desks.reader("li"), desks.reader("deputy")
    with desks.office.database.writing() as uow:
        name_deputy(
            uow,
            li,
            deputy_id=id_of(deputy),
            from_at=None,
            until_at=uow.now + timedelta(days=1),
            purposes=list(Purpose),
            ceiling=Secrecy.TOP_SECRET,
        )
    item_id = desks.item(sent, "li")
    bring_to(desks, item_id, state)
    with desks.office.database.reading() as uow:
        assert uow.session.get_one(ReadingItem, item_id).state == state
    receipts = count_receipts(desks)
    insider = add_person(desks.office, "insider", Role.LEADER)
    # To everybody who has not the item in hand it does not exist.
    for actor in (desks.clerk, insider, desks.reader("other"), desks.reader("stranger")):
        with pytest.raises(NotFound):
            sign(desks, actor, item_id)
    wanted = OUTCOMES[state]
    if wanted is None:
        sign(desks, desks.reader(who), item_id)
    else:
        with pytest.raises(wanted):
            sign(desks, desks.reader(who), item_id)
    assert count_receipts(desks) == receipts + (wanted is None)


@pytest.mark.parametrize("purpose", Purpose)
@pytest.mark.parametrize("decision", Decision)
def test_a_decision_suits_the_purpose(desks: Desks, purpose: Purpose, decision: Decision) -> None:
    sent = desks.send(desks.document(), ["li"], purpose=purpose)
    suits = (purpose == Purpose.APPROVE) == (decision != Decision.READ)
    if suits:
        sign(desks, desks.reader("li"), desks.item(sent, "li"), Opinion(decision))
        return
    with pytest.raises(Invalid) as caught:
        sign(desks, desks.reader("li"), desks.item(sent, "li"), Opinion(decision))
    assert caught.value.field == "decision"


def test_what_has_changed_since_it_was_sent_is_not_signed(any_desks: Desks) -> None:
    desks = any_desks
    letter = desks.document()
    sent = desks.send(letter, ["li"])
    change_content(desks, letter.id)
    with pytest.raises(Conflict) as caught:
        sign(desks, desks.reader("li"), desks.item(sent, "li"))
    assert "changed" in str(caught.value)
    assert count_receipts(desks) == 0


def test_nobody_signs_what_has_become_too_secret(desks: Desks) -> None:
    letter = desks.document(secrecy="internal")
    li = add_person(desks.office, "li", Role.STAFF, clearance=Secrecy.INTERNAL)
    desks.readers["li"] = li
    sent = desks.send(letter, ["li"])
    with desks.office.database.writing() as uow:
        document = uow.session.get_one(Document, letter.id)
        document.secrecy = int(Secrecy.SECRET)
        refresh_access(uow, document)
    with pytest.raises(NotFound):
        sign(desks, li, desks.item(sent, "li"))


# What is said -------------------------------------------------------------------------------------

NO_HANDWRITING = {
    "no picture": b"hello",
    "another kind of picture": drawn(kind="JPEG"),
    "too many pixels": drawn(2_001, 1),
    "too many bytes": drawn() + bytes(64 * 1024),
    "half a picture": drawn(300, 300, compress_level=0)[:-200_000],
    "moving pictures": drawn(save_all=True, append_images=[Image.new("RGBA", (60, 20), "red")]),
    "nothing": b"",
}


@pytest.mark.parametrize("handwriting", NO_HANDWRITING.values(), ids=list(NO_HANDWRITING))
def test_handwriting_is_one_small_png(desks: Desks, handwriting: bytes) -> None:
    sent = desks.send(desks.document(), ["li"])
    opinion = Opinion(Decision.READ, handwriting=handwriting)
    with pytest.raises(Invalid) as caught:
        sign(desks, desks.reader("li"), desks.item(sent, "li"), opinion)
    assert caught.value.field == "handwriting"


def test_handwriting_is_sealed_and_shown_to_those_who_see_opinions(desks: Desks) -> None:
    office = desks.office
    sent = desks.send(desks.document(secrecy="internal", unit="office"), ["li"])
    picture = drawn(2_000, 2)
    receipt = sign(
        desks, desks.reader("li"), desks.item(sent, "li"), Opinion(Decision.READ, None, picture)
    )
    assert receipt.handwriting is not None
    assert picture not in receipt.handwriting
    insider = add_person(office, "insider")  # sees the document, not what its readers say
    with office.database.reading() as uow:
        get_document(uow, insider, receipt.document_id)
        for actor in (desks.reader("li"), desks.clerk):
            assert handwriting_of(uow, office.vault, actor, receipt.id) == picture
            assert get_receipt(uow, actor, receipt.id).id == receipt.id
        for actor in (insider, desks.reader("stranger")):
            with pytest.raises(NotFound):
                handwriting_of(uow, office.vault, actor, receipt.id)
            with pytest.raises(NotFound):
                get_receipt(uow, actor, receipt.id)


def test_an_opinion_has_bounds(desks: Desks) -> None:
    sent = desks.send(desks.document(), ["li"])
    item_id = desks.item(sent, "li")
    with pytest.raises(Invalid) as caught:
        sign(desks, desks.reader("li"), item_id, Opinion(Decision.READ, "x" * 4_001))
    assert caught.value.field == "opinion"
    receipt = sign(desks, desks.reader("li"), item_id, Opinion(Decision.READ, "字" * 4_000))
    assert len(json.loads(receipt.body)["opinion"]) == 4_000


def test_declining_is_told_to_the_sender(desks: Desks) -> None:
    sent = desks.send(desks.document(), ["li"], purpose=Purpose.APPROVE)
    sign(desks, desks.reader("li"), desks.item(sent, "li"), DECLINED)
    (news,) = told(desks, "item.declined")
    assert news["to"] == [str(desks.clerk.user_id)]


def test_an_instruction_becomes_a_task_for_somebody(any_desks: Desks) -> None:
    desks = any_desks
    letter = desks.document()
    sent = desks.send(letter, ["li"])
    worker = desks.reader("worker")
    due_on = date(2026, 3, 9)
    plan = InstructionPlan(" 请办理 ", id_of(worker), due_on)
    opinion = Opinion(Decision.READ, instruction=plan)
    receipt = sign(desks, desks.reader("li"), desks.item(sent, "li"), opinion)
    assert json.loads(receipt.body)["instruction"] == {
        "assignee": str(worker.user_id),
        "due_on": "2026-03-09",
        "text": "请办理",
    }
    with desks.office.database.reading() as uow:
        (line,) = tasks_for(uow, worker)[0]
        get_document(uow, worker, letter.id)
    assert (line.text, line.due_on, line.source_id) == ("请办理", due_on, receipt.item_id)
    (given,), (instructed,) = told(desks, "task.given"), told(desks, "instruction.given")
    assert given["to"] == [str(worker.user_id)]
    assert instructed["to"] == [str(desks.clerk.user_id)]


def test_an_instruction_that_nobody_could_carry_out_stops_the_signature(desks: Desks) -> None:
    sent = desks.send(desks.document(secrecy="secret"), ["li"])
    low = add_person(desks.office, "low", clearance=Secrecy.INTERNAL)
    for plan in (
        InstructionPlan("x", id_of(low)),
        InstructionPlan("x", uuid4()),
        InstructionPlan(" ", id_of(desks.clerk)),
        InstructionPlan("x" * 4_001, id_of(desks.clerk)),
        InstructionPlan("x", id_of(desks.clerk), date(2026, 3, 1)),
    ):
        opinion = Opinion(Decision.READ, instruction=plan)
        with pytest.raises(Invalid):
            sign(desks, desks.reader("li"), desks.item(sent, "li"), opinion)
    assert desks.states(sent)[2] == ["delivered"]
    assert told(desks, "task.given") == []


# Batches ------------------------------------------------------------------------------------------


def test_a_batch_is_signed_in_its_order_across_rounds(any_desks: Desks) -> None:
    desks = any_desks
    sent = [desks.send(desks.document(each), ["li"]) for each in ("One", "Two", "Three")]
    items = [desks.item(each, "li") for each in reversed(sent)]
    receipts = sign_all(desks, desks.reader("li"), [*items, items[0]])
    assert [each.item_id for each in receipts] == items
    assert len({each.key_id for each in receipts}) == 1
    assert all(desks.states(each)[0] == "complete" for each in sent)


def test_two_items_of_one_round_are_signed_at_once(desks: Desks) -> None:
    sent = desks.send(desks.document(), ["li", "li"])
    with desks.office.database.reading() as uow:
        items = uow.session.scalars(
            select(ReadingItem.id).where(ReadingItem.round_id == sent)
        ).all()
    assert len(sign_all(desks, desks.reader("li"), items)) == 2
    assert desks.states(sent)[0] == "complete"


def test_of_a_batch_all_or_none_is_signed(any_desks: Desks) -> None:
    desks = any_desks
    good = desks.item(desks.send(desks.document(), ["li"]), "li")
    approve = desks.item(desks.send(desks.document(), ["li"], purpose=Purpose.APPROVE), "li")
    others = desks.item(desks.send(desks.document(), ["wang"]), "wang")
    letter = desks.document()
    stale = desks.item(desks.send(letter, ["li"]), "li")
    change_content(desks, letter.id)
    li = desks.reader("li")
    for bad, error in ((approve, Invalid), (others, NotFound), (stale, Conflict)):
        with pytest.raises(error):
            sign_all(desks, li, [good, bad])
    for empty in ([], [uuid4() for _ in range(501)]):
        with pytest.raises(Invalid):
            sign_all(desks, li, empty)
    assert count_receipts(desks) == 0


# What it costs ------------------------------------------------------------------------------------


def test_signing_costs_a_known_number_of_statements(desks: Desks) -> None:
    letter = desks.document()
    names = [f"reader{each}" for each in range(6)]
    sent = desks.send(letter, names)
    sign(desks, desks.reader("reader0"), desks.item(sent, "reader0"))
    counts = []
    for name in names[1:4]:
        actor, item_id = desks.reader(name), desks.item(sent, name)
        with desks.office.database.writing() as uow:
            server_key(uow, desks.office.vault, id_of(actor))
        with statements(desks.office) as seen:
            sign(desks, actor, item_id)
        counts.append(len(seen))
    assert set(counts) == {SIGNING_STATEMENTS}, "\n".join(seen)
