"""Receipts of a whole office: what comes out verifies, and what was tampered with is found."""

import json
from dataclasses import dataclass, field
from uuid import UUID

import pytest
from sqlalchemy import delete, select, text, update

from records.audit.checkpoints import log_key, log_origin
from records.audit.receipt_file import receipt_file, verify_receipt
from records.audit.report import Report
from records.audit.verification import verify
from records.circulation.models import Receipt
from records.circulation.rules import Decision
from records.circulation.signing import Opinion, ask_passkey, sign_by_passkey, sign_item
from records.core.errors import NotFound, Unavailable
from records.core.log import (
    Checkpoint,
    LogEntry,
    LogHead,
    LogNode,
    LogPayload,
    canonical_payload,
    commit_to,
    leaf_of,
)
from records.office import Office
from records.people.keys import RelyingParty, enrol_passkey, passkey_question, revoke_key
from records.people.models import SigningKey
from records.people.rules import Actor, Role
from tests.authenticator import Authenticator
from tests.builders import add_person
from tests.records.audit.test_verification import only, run
from tests.records.circulation.desks import Desks
from tests.records.circulation.test_signing import drawn

READ = Opinion(Decision.READ, "已阅")
PARTY = RelyingParty.of("https://office.example")


@dataclass
class Signed:
    """An office in which three documents were read; the receipts are in the order of signing."""

    desks: Desks
    receipts: list[Receipt] = field(default_factory=list)

    @property
    def office(self) -> Office:
        return self.desks.office

    def sign(self, name: str, *titles: str, opinion: Opinion = READ) -> None:
        """Sign one by one with the server's key."""
        for title in titles:
            item_id = self.item(name, title)
            with self.office.database.writing() as uow:
                reader = self.desks.reader(name)
                self.receipts.append(
                    sign_item(uow, self.office.vault, reader, item_id=item_id, opinion=opinion)
                )

    def sign_by_passkey(self, name: str, *titles: str) -> None:
        """Enrol a passkey and sign all at once with it."""
        reader, vault = self.desks.reader(name), self.office.vault
        passkey = Authenticator(PARTY.origin, PARTY.id)
        items = [self.item(name, title) for title in titles]
        with self.office.database.writing() as uow:
            asked = passkey_question(uow, vault, reader, PARTY)
        with self.office.database.writing() as uow:
            answer = passkey.create(asked)
            enrol_passkey(uow, vault, reader, answer=answer, label="Phone", party=PARTY)
        with self.office.database.writing() as uow:
            question = ask_passkey(uow, vault, reader, item_ids=items, opinion=READ, party=PARTY)
        with self.office.database.writing() as uow:
            self.receipts += sign_by_passkey(
                uow,
                vault,
                reader,
                request_id=question.request_id,
                answer=passkey.get(question.options),
                party=PARTY,
            )

    def item(self, name: str, title: str) -> UUID:
        return self.desks.item(self.desks.send(self.desks.document(title), [name]), name)

    def file(self, receipt: Receipt, actor: Actor | None = None) -> bytes:
        """Return the file of a receipt, for its signer unless another is named."""
        signer = json.loads(receipt.body)["reader"]["name"]
        with self.office.database.writing() as uow:
            return receipt_file(
                uow,
                self.office.vault,
                actor or self.desks.reader(signer),
                receipt.id,
                origin=log_origin("https://office.example"),
            )

    def key(self) -> str:
        with self.office.database.reading() as uow:
            found = log_key(uow)
        assert found is not None
        return found.text()

    def fault(self) -> tuple[str, str]:
        """Return the only thing that a check of everything finds changed, and why."""
        report = verify(self.office)
        (found,) = only(report, "changed")
        assert found[0] == "receipt"
        return found[1], report.changed[0].reason


@pytest.fixture
def signed(office: Office) -> Signed:
    """One receipt by the server's key, two by a passkey at once, one by a passkey alone."""
    book = Signed(Desks(office, add_person(office, "clerk", Role.CLERK)))
    book.sign("li", "First", opinion=Opinion(Decision.READ, "阅", handwriting=drawn()))
    book.sign_by_passkey("wang", "Second", "Third")
    book.sign_by_passkey("zhao", "Fourth")
    return book


def bend(office: Office, sequence: int, **told: object) -> None:
    """Change an entry of the log so that nothing of it contradicts itself."""
    with office.database.reading() as uow:
        entry = uow.session.get_one(LogEntry, sequence)
        kept = uow.session.get_one(LogPayload, sequence)
        payload = canonical_payload({**json.loads(kept.payload), **told})
        entry.commitment = commit_to(kept.salt, payload)
        leaf_hash = leaf_of(entry).digest()
        commitment = entry.commitment
    run(
        office,
        f"UPDATE log_entry SET commitment = x'{commitment.hex()}', leaf_hash = x'{leaf_hash.hex()}'"
        f" WHERE sequence = {sequence}",
        f"UPDATE log_payload SET payload = CAST(x'{payload.hex()}' AS TEXT)"
        f" WHERE sequence = {sequence}",
    )


def place(office: Office, kind: str) -> int:
    """Return the first place of a kind of entry in the log."""
    with office.database.reading() as uow:
        query = select(LogEntry.sequence).where(LogEntry.kind == kind).order_by(LogEntry.sequence)
        return uow.session.scalars(query.limit(1)).one()


# Files -------------------------------------------------------------------------------------------


def test_every_receipt_verifies_with_the_key_of_the_log_alone(signed: Signed) -> None:
    files = [signed.file(each) for each in signed.receipts]
    assert len(set(files)) == 4
    for receipt, file in zip(signed.receipts, files, strict=True):
        verdict = verify_receipt(file, signed.key())
        assert verdict.ok, verdict.reason
        assert verdict.claims == json.loads(receipt.body)
        assert not verify_receipt(file, None).ok
    batches = [json.loads(file)["signature"].get("batch") for file in files]
    assert [each and each["size"] for each in batches] == [None, 2, 2, None]
    assert verify(signed.office).ok


@pytest.mark.postgresql
def test_receipts_in_postgresql_are_checked_as_well(postgres_office: Office) -> None:
    clerk = add_person(postgres_office, "clerk", Role.CLERK)
    book = Signed(Desks(postgres_office, clerk))
    book.sign("li", "First")
    book.sign_by_passkey("wang", "Second", "Third")
    for receipt in book.receipts:
        assert verify_receipt(book.file(receipt), book.key()).ok
    report = verify(postgres_office)
    assert report.ok
    assert report.counts["receipts"] == 3
    with postgres_office.database.writing() as uow:
        uow.session.execute(update(Receipt).values(document_id=book.receipts[0].document_id))
    assert len(verify(postgres_office).changed) == 2


def test_a_receipt_is_the_same_file_whenever_it_is_fetched(signed: Signed) -> None:
    first = signed.file(signed.receipts[0])
    signed.sign("li", "Later")
    signed.file(signed.receipts[-1])
    assert signed.file(signed.receipts[0]) == first
    # Where the checkpoint is there already, nothing has to be written.
    with signed.office.database.reading() as uow:
        reader, receipt_id = signed.desks.reader("li"), signed.receipts[0].id
        assert first == receipt_file(
            uow, signed.office.vault, reader, receipt_id, origin="ignored/log"
        )


def test_who_may_not_see_the_opinion_gets_no_file(signed: Signed) -> None:
    for stranger in (signed.desks.reader("wang"), add_person(signed.office, "stranger")):
        with pytest.raises(NotFound):
            signed.file(signed.receipts[0], stranger)
    assert signed.file(signed.receipts[0], signed.desks.clerk)


def test_a_receipt_that_does_not_verify_is_not_given_out(signed: Signed) -> None:
    receipt = signed.receipts[0]
    with signed.office.database.writing() as uow:
        changed = receipt.body.replace('"opinion":"阅"', '"opinion":"否"')
        uow.session.execute(update(Receipt).where(Receipt.id == receipt.id).values(body=changed))
    with pytest.raises(Unavailable, match="do not agree"):
        signed.file(receipt)


def test_a_receipt_whose_entry_was_erased_is_not_given_out(signed: Signed) -> None:
    run(
        signed.office,
        f"DELETE FROM log_payload WHERE sequence = {place(signed.office, 'receipt.signed')}",
    )
    with pytest.raises(Unavailable, match="erased"):
        signed.file(signed.receipts[0])


# What a check finds ------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [0, 1, 3])
def test_a_changed_opinion_is_found(signed: Signed, number: int) -> None:
    receipt = signed.receipts[number]
    with signed.office.database.writing() as uow:
        body = {**json.loads(receipt.body), "opinion": "Refused"}
        uow.session.execute(
            update(Receipt)
            .where(Receipt.id == receipt.id)
            .values(body=canonical_payload(body).decode())
        )
    told = "the signature is false" if number == 0 else "the passkey signed something else"
    assert signed.fault() == (str(receipt.id), told)


@pytest.mark.parametrize(
    ("column", "told"),
    [
        ("body = body || ' '", "its body is not in its canonical form"),
        ("signer_id = (SELECT id FROM user WHERE login = 'clerk')", "its row and its body"),
        ("document_id = (SELECT max(id) FROM document)", "its row and its body"),
        ("key_id = (SELECT max(id) FROM signing_key)", "its row and its body"),
        ("signature = '{}'", "this is no receipt"),
        ("handwriting = NULL", "its handwriting is not the one"),
        ("handwriting = x'00'", "its handwriting cannot be opened"),
    ],
)
def test_a_changed_row_is_found(signed: Signed, column: str, told: str) -> None:
    receipt = signed.receipts[0]
    whose = "signer_id = (SELECT id FROM user WHERE login = 'li')"
    run(signed.office, f"UPDATE receipt SET {column} WHERE {whose}")
    found, reason = signed.fault()
    assert found == str(receipt.id)
    assert reason.startswith(told)


def test_a_signature_of_another_batch_is_found(signed: Signed) -> None:
    first, second = signed.receipts[1:3]
    with signed.office.database.writing() as uow:
        uow.session.execute(
            update(Receipt).where(Receipt.id == first.id).values(signature=second.signature)
        )
    assert signed.fault() == (str(first.id), "the passkey signed something else")


def test_a_lost_receipt_is_missing(signed: Signed) -> None:
    with signed.office.database.writing() as uow:
        uow.session.execute(delete(Receipt).where(Receipt.id == signed.receipts[0].id))
    at = place(signed.office, "receipt.signed")
    assert only(verify(signed.office), "missing") == [("receipt", str(at))]


def test_an_entry_with_another_digest_is_found(signed: Signed) -> None:
    bend(signed.office, place(signed.office, "receipt.signed"), digest="0" * 64)
    assert signed.fault() == (str(signed.receipts[0].id), "the log has another receipt")


def test_a_key_that_was_enrolled_for_another_is_found(signed: Signed) -> None:
    bend(signed.office, place(signed.office, "key.enrolled"), user=str(UUID(int=1)))
    told = "its key was not enrolled for this reader before"
    found = faults(verify(signed.office))
    assert {("receipt", told), ("signing_key", "the log tells otherwise: user")} <= found


def test_a_key_that_was_exchanged_is_found(signed: Signed) -> None:
    with signed.office.database.writing() as uow:
        key_id, other = signed.receipts[0].key_id, signed.receipts[3].key_id
        public = uow.session.get_one(SigningKey, other).public_key
        uow.session.get_one(SigningKey, key_id).public_key = public
    assert faults(verify(signed.office)) == {
        ("receipt", "its key is not the one that is kept"),
        ("signing_key", "its halves do not belong together"),
    }


def test_a_key_may_end_after_it_signed_and_not_before(signed: Signed) -> None:
    with signed.office.database.writing() as uow:
        revoke_key(uow, signed.desks.reader("li"), key_id=signed.receipts[0].key_id)
    assert verify(signed.office).ok
    assert verify_receipt(signed.file(signed.receipts[0]), signed.key()).ok
    run(signed.office, "UPDATE signing_key SET revoked_at = NULL")
    signed.sign("li", "Later")
    assert signed.fault() == (str(signed.receipts[-1].id), "its key was ended before")


# The tree ----------------------------------------------------------------------------------------


def faults(report: Report) -> set[tuple[str, str]]:
    return {(each.kind, each.reason) for each in (*report.changed, *report.missing, *report.extra)}


def test_a_log_that_was_written_anew_contradicts_its_checkpoints(signed: Signed) -> None:
    signed.file(signed.receipts[0])
    assert verify(signed.office).ok
    bend(signed.office, 3, name="Somebody else")
    assert faults(verify(signed.office)) == {
        ("checkpoint", "the log has not the root any more that it signed")
    }


def test_a_log_that_was_cut_contradicts_its_checkpoints(signed: Signed) -> None:
    signed.file(signed.receipts[0])
    with signed.office.database.reading() as uow:
        last = uow.session.scalars(select(LogHead.size)).one() - 1
    run(
        signed.office,
        f"DELETE FROM log_object WHERE sequence = {last}",
        f"DELETE FROM log_payload WHERE sequence = {last}",
        f"DELETE FROM log_entry WHERE sequence = {last}",
        f"UPDATE log_head SET size = {last}",
    )
    found = faults(verify(signed.office))
    assert ("checkpoint", "the log has not the entries any more that it signed") in found


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("root = zeroblob(32)", "its row and its note tell different things"),
        ("note = note || ' '", "the checkpoint is not in its one form"),
        ("note = replace(note, 'office', 'orifice')", "the checkpoint is of the log"),
        ("size = size + 1000", "its row and its note tell different things"),
    ],
)
def test_a_changed_checkpoint_is_found(signed: Signed, statement: str, told: str) -> None:
    signed.file(signed.receipts[0])
    with signed.office.database.writing() as uow:
        uow.session.execute(text(f"UPDATE checkpoint SET {statement}"))
    reasons = [each.reason for each in verify(signed.office).changed]
    assert any(each.startswith(told) for each in reasons), reasons


def test_a_changed_key_of_the_log_is_found(signed: Signed) -> None:
    signed.file(signed.receipts[0])
    with signed.office.database.writing() as uow:
        uow.session.execute(text("UPDATE log_key SET public_key = zeroblob(32)"))
    kinds = {each.kind for each in verify(signed.office).changed}
    assert kinds == {"log_key", "checkpoint"}


def test_kept_nodes_are_compared_with_the_entries(signed: Signed) -> None:
    with signed.office.database.writing() as uow:
        for number in range(600):
            uow.record("test.happened", actor_id=None, objects=[], payload={"number": number})
    signed.file(signed.receipts[0])
    with signed.office.database.reading() as uow:
        assert uow.session.scalars(select(LogNode.level)).all() == [1, 1]
        assert uow.session.scalar(select(Checkpoint.size)) is not None
    report = verify(signed.office)
    assert report.ok
    assert report.counts["log_nodes"] == 2
    assert report.counts["checkpoints"] == 1
    with signed.office.database.writing() as uow:
        uow.session.execute(update(LogNode).where(LogNode.place == 1).values(root=bytes(32)))
        uow.session.add(LogNode(level=1, place=9, root=bytes(32)))
        uow.session.add(LogNode(level=2, place=0, root=bytes(32)))
    assert {(each.kind, each.id) for each in verify(signed.office).changed} == {("log_node", "1 1")}
    assert {(each.kind, each.id) for each in verify(signed.office).extra} == {
        ("log_node", "1 9"),
        ("log_node", "2 0"),
    }
