"""Receipts against the log: what was signed, by which key, and what the log says of both."""

import hashlib
import json
from collections.abc import Callable, Sequence
from uuid import UUID

from sqlalchemy import select

from records.audit.notes import encoded
from records.audit.receipt_file import ENROLLED, SIGNED, fault_of
from records.audit.report import Item, Report
from records.audit.rows import readable, walk
from records.audit.told import Told, told_about
from records.audit.verify_receipt import check_signature
from records.circulation.models import Receipt
from records.circulation.receipts import digest_of, open_handwriting
from records.core.database import UnitOfWork
from records.core.log import LogEntry, canonical_payload, timestamp
from records.office import Office
from records.people.models import SigningKey
from storage import StorageError, Vault

REVOKED = "key.revoked"
PAGE = 500


def check_receipts(office: Office, report: Report, tell: Callable[[str, int], None]) -> None:
    """Check every receipt that is kept, and that none is lost of those that the log knows."""
    report.count("receipts", 0)
    for uow, page in walk(office.database, Receipt, report, kind="receipt", page=PAGE):
        _check_page(uow, office.vault, page, report)
        report.count("receipts", len(page))
        tell("receipts", report.counts["receipts"])
    _check_lost(office, report)


def _check_page(uow: UnitOfWork, vault: Vault, page: Sequence[Receipt], report: Report) -> None:
    signed = told_about(uow, SIGNED, [each.id for each in page])
    enrolled = told_about(uow, ENROLLED, [each.key_id for each in page])
    revoked = told_about(uow, REVOKED, [each.key_id for each in page])
    used = {each.key_id for each in page}
    query = select(SigningKey).where(SigningKey.id.in_(used))
    keys = {key.id: key for key in readable(uow, query, report, "signing_key")}
    for receipt in page:
        fault = (
            _fault_of_body(receipt)
            or _fault_of_handwriting(vault, receipt)
            or _fault_of_entry(receipt, signed.get(receipt.id, []))
        )
        if fault is None:
            key, at = keys.get(receipt.key_id), signed[receipt.id][0][0]
            before = [each for each in enrolled.get(receipt.key_id, []) if each[0] < at]
            is_ended = any(each[0] < at for each in revoked.get(receipt.key_id, []))
            fault = _fault_of_key(receipt, key, before, is_ended=is_ended)
        if fault:
            report.changed.append(Item("receipt", str(receipt.id), fault))


def _fault_of_body(receipt: Receipt) -> str | None:
    """Say what is wrong with a receipt by itself: its form, its row, its signature."""
    try:
        body = json.loads(receipt.body)
        if canonical_payload(body).decode() != receipt.body:
            return "its body is not in its canonical form"
        told = (
            *(body["receipt"], body["item"], body["document"]["id"]),
            *(body["reader"]["id"], body["key"]["id"]),
        )
        row = (receipt.id, receipt.item_id, receipt.document_id, receipt.signer_id, receipt.key_id)
        if told != tuple(str(each) for each in row):
            return "its row and its body tell different things"
        if body["signed_at"] != timestamp(receipt.signed_at):
            return "its row and its body tell different times"
        check_signature(body, receipt.signature)
    except Exception as error:  # noqa: BLE001 - whatever is wrong with it, it is not true
        return fault_of(error)
    return None


def _fault_of_handwriting(vault: Vault, receipt: Receipt) -> str | None:
    try:
        drawn = open_handwriting(vault, receipt)
    except StorageError as error:
        return f"its handwriting cannot be opened: {error}"
    digest = hashlib.sha256(drawn).hexdigest() if drawn is not None else None
    if digest != json.loads(receipt.body)["handwriting"]:
        return "its handwriting is not the one that was signed"
    return None


def _fault_of_entry(receipt: Receipt, entries: Sequence[Told]) -> str | None:
    if not entries:
        return "the log does not know it"
    if len(entries) > 1:
        return "the log has it twice"
    payload = entries[0][1]
    digest = digest_of(json.loads(receipt.body), receipt.signature)
    if payload is not None and payload.get("digest") != digest:
        return "the log has another receipt"
    return None


def _fault_of_key(
    receipt: Receipt, key: SigningKey | None, enrolments: Sequence[Told], *, is_ended: bool
) -> str | None:
    """Say what is wrong with a key, by what the log told of it before it signed."""
    if key is None or encoded(key.public_key) != receipt.signature["public_key"]:
        return "its key is not the one that is kept"
    wanted = {
        "key": str(key.id),
        "kind": receipt.signature["kind"],
        "public_key": encoded(key.public_key),
        "user": str(receipt.signer_id),
    }
    if not any(told is None or told.items() >= wanted.items() for _, told in enrolments):
        return "its key was not enrolled for this reader before"
    return "its key was ended before" if is_ended else None


def _check_lost(office: Office, report: Report) -> None:
    """Tell of the receipts that the log knows and nobody has."""
    last = -1
    while True:
        query = (
            select(LogEntry.sequence, LogEntry.objects)
            .where(LogEntry.kind == SIGNED, LogEntry.sequence > last)
            .order_by(LogEntry.sequence)
            .limit(PAGE)
        )
        with office.database.reading() as uow:
            rows = uow.session.execute(query).all()
            told = {each for _, objects in rows for each in objects}
            ids = [UUID(each) for each in told]
            kept = set(uow.session.scalars(select(Receipt.id).where(Receipt.id.in_(ids))))
        for sequence, objects in rows:
            if not kept & {UUID(each) for each in objects}:
                report.missing.append(
                    Item("receipt", str(sequence), "the log knows a receipt that is gone")
                )
        if len(rows) < PAGE:
            return
        last = rows[-1][0]
