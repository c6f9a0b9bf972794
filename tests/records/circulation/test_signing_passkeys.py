"""Signing with passkeys: frozen bodies, and every way in which an answer can be wrong."""

import json
from base64 import b64decode
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select

from records.audit.checkpoints import log_key, log_origin
from records.audit.receipt_file import receipt_file, verify_receipt
from records.circulation.absence import end_deputy, name_deputy
from records.circulation.content import content_changed
from records.circulation.managing import recall_item
from records.circulation.models import Receipt
from records.circulation.reading import open_item
from records.circulation.rules import Decision, Purpose
from records.circulation.signing import (
    InstructionPlan,
    Opinion,
    PasskeyQuestion,
    ask_passkey,
    handwriting_of,
    sign_by_passkey,
    sign_item,
)
from records.core.errors import Conflict, Invalid, NotFound, Refusal
from records.core.log import timestamp
from records.documents.service import add_components
from records.office import Office
from records.people.keys import (
    RelyingParty,
    enrol_passkey,
    passkey_question,
    passkeys_in_use,
    revoke_key,
)
from records.people.models import SigningKey, SigningRequest
from records.people.rules import Actor, Secrecy
from records.tasks.telling import tasks_for
from tests.authenticator import Authenticator, decode, encode
from tests.builders import id_of, keep
from tests.offices import HeldClock
from tests.records.circulation.desks import Desks
from tests.records.circulation.test_signing import drawn

READ = Opinion(Decision.READ)
EVIL = "https://evil.example"


@dataclass
class Keys:
    """People with passkeys at their desks."""

    desks: Desks
    devices: dict[str, Authenticator] = field(default_factory=dict)

    @property
    def office(self) -> Office:
        return self.desks.office

    @property
    def party(self) -> RelyingParty:
        return RelyingParty.of(self.office.config.public_url)

    def enrol(self, name: str, **asked: Any) -> SigningKey:
        """Give a person a passkey; the newest is the one in hand."""
        actor = self.desks.reader(name)
        device = Authenticator(self.party.origin, self.party.id, **asked)
        with self.office.database.writing() as uow:
            options = passkey_question(uow, self.office.vault, actor, self.party)
        answer = device.create(options)
        self.devices[name] = device
        with self.office.database.writing() as uow:
            return enrol_passkey(
                uow, self.office.vault, actor, answer=answer, label="Phone", party=self.party
            )

    def ask(self, name: str, *item_ids: UUID, opinion: Opinion = READ) -> PasskeyQuestion:
        actor = self.desks.reader(name)
        with self.office.database.writing() as uow:
            return ask_passkey(
                uow,
                self.office.vault,
                actor,
                item_ids=item_ids,
                opinion=opinion,
                party=self.party,
            )

    def answer(self, name: str, request_id: UUID, answer: str) -> list[Receipt]:
        actor = self.desks.reader(name)
        with self.office.database.writing() as uow:
            return sign_by_passkey(
                uow,
                self.office.vault,
                actor,
                request_id=request_id,
                answer=answer,
                party=self.party,
            )

    def sign(self, name: str, *item_ids: UUID, opinion: Opinion = READ) -> list[Receipt]:
        """Ask, touch the device, answer."""
        asked = self.ask(name, *item_ids, opinion=opinion)
        return self.answer(name, asked.request_id, self.devices[name].get(asked.options))

    def items(self, name: str, count: int, **facts: Any) -> list[UUID]:
        """Send documents, each in a round of its own, and return the items of one reader."""
        rounds = [self.desks.send(self.desks.document(), [name], **facts) for _ in range(count)]
        return [self.desks.item(each, name) for each in rounds]

    def verify(self, name: str, receipts: Sequence[Receipt]) -> None:
        """Have strangers verify the receipts as files."""
        actor = self.desks.reader(name)
        origin = log_origin(self.office.config.public_url)
        for receipt in receipts:
            with self.office.database.writing() as uow:
                file = receipt_file(uow, self.office.vault, actor, receipt.id, origin=origin)
                key = log_key(uow)
            assert key is not None
            verdict = verify_receipt(file, key.text())
            assert verdict.ok, verdict.reason
            assert verdict.claims == json.loads(receipt.body)

    def count(self) -> int:
        with self.office.database.reading() as uow:
            return uow.session.scalar(select(func.count()).select_from(Receipt)) or 0


@pytest.fixture
def keys(desks: Desks) -> Keys:
    return Keys(desks)


@pytest.fixture
def any_keys(any_desks: Desks) -> Keys:
    return Keys(any_desks)


# Signing ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("algorithm", ["ES256", "EdDSA", "RS256"])
def test_a_passkey_signs_one_item(keys: Keys, algorithm: str, clock: HeldClock) -> None:
    key = keys.enrol("li", algorithm=algorithm)
    (item_id,) = keys.items("li", 1)
    asked = keys.ask("li", item_id, opinion=Opinion(Decision.READ, "同意"))
    options = json.loads(asked.options)
    assert options["userVerification"] == "required"
    assert options["rpId"] == "localhost"
    assert [each["id"] for each in options["allowCredentials"]] == [
        encode(keys.devices["li"].credential_id)
    ]
    asked_at = clock.now()
    clock.advance(minutes=4)
    (receipt,) = keys.answer("li", asked.request_id, keys.devices["li"].get(asked.options))
    body = json.loads(receipt.body)
    assert body["key"] == {"id": str(key.id), "kind": "passkey"}
    # What was frozen is what is kept, with its time.
    assert body["signed_at"] == timestamp(asked_at)
    assert receipt.signed_at == asked_at
    assert set(receipt.signature) == {
        "kind",
        "public_key",
        "authenticator_data",
        "client_data_json",
        "signature",
        "origin",
        "rp_id",
        "batch",
    }
    assert receipt.signature["batch"] is None
    assert b64decode(receipt.signature["public_key"], validate=True) == key.public_key
    keys.verify("li", [receipt])


@pytest.mark.parametrize("count", [2, 3, 5])
def test_a_passkey_signs_a_batch_with_one_gesture(keys: Keys, count: int) -> None:
    keys.enrol("li")
    receipts = keys.sign("li", *keys.items("li", count))
    assert [each.signature["batch"]["index"] for each in receipts] == list(range(count))
    assert len({each.signature["signature"] for each in receipts}) == 1
    keys.verify("li", receipts)


def test_everything_that_was_said_comes_with_the_answer(any_keys: Keys) -> None:
    keys = any_keys
    keys.enrol("li")
    worker = keys.desks.reader("worker")
    plan = InstructionPlan("Answer them", id_of(worker), date(2026, 3, 9))
    opinion = Opinion(Decision.DECLINED, "  No\x00. ", drawn(), plan)
    (item_id,) = keys.items("li", 1, purpose=Purpose.APPROVE)
    (receipt,) = keys.sign("li", item_id, opinion=opinion)
    with keys.office.database.reading() as uow:
        assert json.loads(receipt.body)["opinion"] == "No."
        reader = keys.desks.reader("li")
        assert handwriting_of(uow, keys.office.vault, reader, receipt.id) == drawn()
        assert [each.text for each in tasks_for(uow, worker)[0]] == ["Answer them"]
    keys.verify("li", [receipt])


def test_a_passkey_that_does_not_count_signs_again_and_again(keys: Keys) -> None:
    keys.enrol("li", counts=False)
    for item_id in keys.items("li", 2):
        keys.sign("li", item_id)
    assert keys.count() == 2


@pytest.mark.parametrize("count", [1, 3])
def test_any_passkey_of_the_signer_may_answer(keys: Keys, count: int) -> None:
    enrolled, devices = [], []
    for algorithm in ("ES256", "EdDSA", "RS256"):
        enrolled.append(keys.enrol("li", algorithm=algorithm))
        devices.append(keys.devices["li"])
    for key, device in zip(enrolled, devices, strict=True):
        asked = keys.ask("li", *keys.items("li", count))
        assert len(json.loads(asked.options)["allowCredentials"]) == 3
        receipts = keys.answer("li", asked.request_id, device.get(asked.options))
        assert [json.loads(each.body)["key"]["id"] for each in receipts] == [str(key.id)] * count
        assert {each.signature["batch"]["size"] for each in receipts} == {3 * count}
        keys.verify("li", receipts)


# Which key ----------------------------------------------------------------------------------------


def test_who_has_a_passkey_signs_with_it_until_it_is_ended(any_keys: Keys) -> None:
    keys = any_keys
    first, second = keys.items("li", 2)
    li = keys.desks.reader("li")
    with pytest.raises(Conflict):
        keys.ask("li", first)
    key = keys.enrol("li")

    def by_server(item_id: UUID) -> None:
        with keys.office.database.writing() as uow:
            sign_item(uow, keys.office.vault, li, item_id=item_id, opinion=READ)

    with pytest.raises(Conflict):
        by_server(first)
    keys.sign("li", first)
    with keys.office.database.writing() as uow:
        revoke_key(uow, li, key_id=key.id)
        assert passkeys_in_use(uow, id_of(li)) == []
    by_server(second)


# Wrong answers ------------------------------------------------------------------------------------

Answering = Callable[[Authenticator, str], str]


def _tampered(part: str) -> Answering:
    def answer(device: Authenticator, options: str) -> str:
        given = json.loads(device.get(options))
        content = bytearray(decode(given["response"][part]))
        content[-1] ^= 1
        given["response"][part] = encode(bytes(content))
        return json.dumps(given)

    return answer


def _handled(device: Authenticator, options: str) -> str:
    return device.elsewhere(user_handle=uuid4().bytes).get(options)


WRONG: dict[str, Answering] = {
    "another origin": lambda device, asked: device.elsewhere(origin=EVIL).get(asked),
    "another party": lambda device, asked: device.elsewhere(party="evil.example").get(asked),
    "a person not verified": lambda device, asked: device.elsewhere(verifies=False).get(asked),
    "a page in a page": lambda device, asked: device.elsewhere(cross_origin=True).get(asked),
    "an answer of another kind": lambda device, asked: device.get(asked, type="webauthn.create"),
    "another challenge": lambda device, asked: device.get(asked, challenge=encode(bytes(32))),
    "a count that stands still": lambda device, asked: device.elsewhere(sign_count=-1).get(asked),
    "another person's handle": _handled,
    "a changed signature": _tampered("signature"),
    "changed data": _tampered("authenticatorData"),
    "a changed page": _tampered("clientDataJSON"),
    "no answer": lambda _device, _asked: "{}",
    "no JSON": lambda _device, _asked: "",
    "another type": lambda device, asked: device.get(asked).replace("public-key", "password"),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_a_wrong_answer_signs_nothing(keys: Keys, wrong: str) -> None:
    keys.enrol("li")
    first, second = keys.items("li", 2)
    keys.sign("li", first)  # the count of the key is 1 now
    asked = keys.ask("li", second)
    with pytest.raises(Invalid):
        keys.answer("li", asked.request_id, WRONG[wrong](keys.devices["li"], asked.options))
    assert keys.count() == 1
    # Nothing was used up by it: the right answer still counts.
    keys.answer("li", asked.request_id, keys.devices["li"].get(asked.options))


def test_an_answer_counts_for_its_own_question_only(keys: Keys) -> None:
    keys.enrol("li")
    first, second = keys.items("li", 2)
    one, two = keys.ask("li", first), keys.ask("li", second)
    answer = keys.devices["li"].get(one.options)
    with pytest.raises(Invalid):
        keys.answer("li", two.request_id, answer)
    keys.answer("li", one.request_id, answer)
    for request in (one, two):
        with pytest.raises(Refusal):
            keys.answer("li", request.request_id, answer)
    assert keys.count() == 1


def test_a_question_is_answered_once_and_in_time(any_keys: Keys, clock: HeldClock) -> None:
    keys = any_keys
    keys.enrol("li", counts=False)
    first, second = keys.items("li", 2)
    asked = keys.ask("li", first)
    answer = keys.devices["li"].get(asked.options)
    keys.answer("li", asked.request_id, answer)
    with pytest.raises(Conflict):
        keys.answer("li", asked.request_id, answer)
    late = keys.ask("li", second)
    clock.advance(minutes=5)
    with pytest.raises(Conflict):
        keys.answer("li", late.request_id, keys.devices["li"].get(late.options))
    with pytest.raises(Conflict):
        keys.answer("li", uuid4(), answer)


def test_a_question_for_a_new_passkey_signs_nothing(keys: Keys) -> None:
    keys.enrol("li")
    li = keys.desks.reader("li")
    with keys.office.database.writing() as uow:
        passkey_question(uow, keys.office.vault, li, keys.party)
        query = select(SigningRequest).order_by(SigningRequest.id.desc()).limit(1)
        request = uow.session.scalars(query).one()
    options = json.dumps(
        {
            "challenge": encode(request.challenge),
            "allowCredentials": [{"id": encode(keys.devices["li"].credential_id)}],
        }
    )
    with pytest.raises(Conflict):
        keys.answer("li", request.id, keys.devices["li"].get(options))


def test_nobody_answers_for_somebody_else(keys: Keys) -> None:
    keys.enrol("li")
    keys.enrol("wang")
    (item_id,) = keys.items("li", 1)
    asked = keys.ask("li", item_id)
    with pytest.raises(Conflict):  # the question is Li's
        keys.answer("wang", asked.request_id, keys.devices["li"].get(asked.options))
    with pytest.raises(Invalid):  # the key is Wang's
        keys.answer("li", asked.request_id, keys.devices["wang"].get(asked.options, uninvited=True))
    with pytest.raises(NotFound):  # the item is Li's
        keys.ask("wang", item_id)
    assert keys.count() == 0


def test_a_passkey_ended_or_enrolled_meanwhile_is_refused(keys: Keys) -> None:
    first = keys.enrol("li")
    phone = keys.devices["li"]
    (item_id,) = keys.items("li", 1)
    asked = keys.ask("li", item_id)
    keys.enrol("li")
    other = keys.devices["li"].get(asked.options, uninvited=True)
    with pytest.raises(Invalid):
        keys.answer("li", asked.request_id, other)
    with keys.office.database.writing() as uow:
        revoke_key(uow, keys.desks.readers["li"], key_id=first.id)
    with pytest.raises(Invalid):
        keys.answer("li", asked.request_id, phone.get(asked.options))
    assert keys.count() == 0


# Meanwhile ----------------------------------------------------------------------------------------


def _deputy(keys: Keys) -> Any:
    li, wang = keys.desks.reader("li"), keys.desks.reader("wang")
    with keys.office.database.writing() as uow:
        return name_deputy(
            uow,
            li,
            deputy_id=id_of(wang),
            from_at=None,
            until_at=uow.now.replace(year=2027),
            purposes=list(Purpose),
            ceiling=Secrecy.TOP_SECRET,
        )


def test_an_item_that_the_deputy_signed_meanwhile_is_not_signed_again(any_keys: Keys) -> None:
    keys = any_keys
    keys.enrol("li")
    (item_id,) = keys.items("li", 1)
    _deputy(keys)
    wang = keys.desks.reader("wang")
    asked = keys.ask("li", item_id)
    with keys.office.database.writing() as uow:
        sign_item(uow, keys.office.vault, wang, item_id=item_id, opinion=READ)
    with pytest.raises(Conflict):
        keys.answer("li", asked.request_id, keys.devices["li"].get(asked.options))
    assert keys.count() == 1


def test_a_deputy_whose_time_has_ended_meanwhile_signs_nothing(keys: Keys) -> None:
    (item_id,) = keys.items("li", 1)
    delegation = _deputy(keys)
    keys.enrol("wang")
    asked = keys.ask("wang", item_id)
    with keys.office.database.writing() as uow:
        end_deputy(uow, keys.desks.readers["li"], delegation_id=delegation.id)
    with pytest.raises(NotFound):
        keys.answer("wang", asked.request_id, keys.devices["wang"].get(asked.options))


def test_an_item_recalled_meanwhile_is_not_signed(keys: Keys) -> None:
    keys.enrol("li")
    first, second = keys.items("li", 2)
    asked = keys.ask("li", first, second)
    with keys.office.database.writing() as uow:
        recall_item(uow, keys.desks.clerk, item_id=second, reason="By mistake")
    with pytest.raises(Refusal):
        keys.answer("li", asked.request_id, keys.devices["li"].get(asked.options))
    assert keys.count() == 0


@pytest.mark.parametrize("followed", [False, True])
def test_content_that_changed_meanwhile_is_not_signed(any_keys: Keys, followed: bool) -> None:
    keys = any_keys
    keys.enrol("li")
    letter = keys.desks.document()
    item_id = keys.desks.item(keys.desks.send(letter, ["li"]), "li")
    asked = keys.ask("li", item_id)
    received = keep(keys.office, [("more.txt", b"more")])
    with keys.office.database.writing() as uow:
        add_components(uow, keys.desks.clerk, document_id=letter.id, received=received)
    if followed:  # the round has sent the new content already
        with keys.office.database.writing() as uow:
            content_changed(uow, letter.id)
    with pytest.raises(Conflict) as caught:
        keys.answer("li", asked.request_id, keys.devices["li"].get(asked.options))
    assert "changed" in str(caught.value)
    with keys.office.database.writing() as uow:
        content_changed(uow, letter.id)
    (receipt,) = keys.sign("li", item_id)
    assert json.loads(receipt.body)["round"]["revision"] == 2
    assert len(json.loads(receipt.body)["components"]) == 2


def test_opening_meanwhile_changes_nothing_of_what_was_frozen(keys: Keys) -> None:
    keys.enrol("li")
    (item_id,) = keys.items("li", 1)
    asked = keys.ask("li", item_id)
    with keys.office.database.writing() as uow:
        open_item(uow, keys.desks.readers["li"], item_id=item_id)
    (receipt,) = keys.answer("li", asked.request_id, keys.devices["li"].get(asked.options))
    assert json.loads(receipt.body)["opened_at"] is None


# At once ------------------------------------------------------------------------------------------


def at_once(act: Callable[[int], Any], count: int) -> list[Any]:
    """Run an act in threads and return results and refusals."""

    def attempt(number: int) -> Any:
        try:
            return act(number)
        except Refusal as refusal:
            return refusal

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(attempt, range(count)))


def test_of_two_answers_at_once_one_counts(any_keys: Keys) -> None:
    keys = any_keys
    keys.enrol("li", counts=False)
    (item_id,) = keys.items("li", 1)
    asked = keys.ask("li", item_id)
    answer = keys.devices["li"].get(asked.options)
    found = at_once(lambda _: keys.answer("li", asked.request_id, answer), 4)
    assert [isinstance(each, list) for each in found].count(True) == 1
    assert keys.count() == 1


def test_reader_and_deputy_at_once_make_one_receipt(any_keys: Keys) -> None:
    keys = any_keys
    (item_id,) = keys.items("li", 1)
    _deputy(keys)
    people: list[Actor] = [keys.desks.reader("li"), keys.desks.reader("wang")]

    def sign(number: int) -> Receipt:
        with keys.office.database.writing() as uow:
            return sign_item(
                uow, keys.office.vault, people[number % 2], item_id=item_id, opinion=READ
            )

    found = at_once(sign, 4)
    assert [isinstance(each, Receipt) for each in found].count(True) == 1
    assert keys.count() == 1


def test_the_last_two_of_a_stage_at_once_let_the_next_begin(any_keys: Keys) -> None:
    keys = any_keys
    sent = keys.desks.send(keys.desks.document(), ["li", "wang"], ["zhao"])
    people = [keys.desks.reader(each) for each in ("li", "wang")]
    items = [keys.desks.item(sent, each) for each in ("li", "wang")]

    def sign(number: int) -> Receipt:
        with keys.office.database.writing() as uow:
            return sign_item(
                uow, keys.office.vault, people[number], item_id=items[number], opinion=READ
            )

    assert all(isinstance(each, Receipt) for each in at_once(sign, 2))
    assert keys.desks.states(sent)[1] == ["done", "running"]
