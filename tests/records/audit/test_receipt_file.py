"""A receipt file verifies when every bit of it is true, and never otherwise."""

import base64
import json
import random
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from records.audit.notes import NoteKey
from records.audit.receipt_file import UNTRUSTED, verify_receipt
from records.core.log import canonical_payload
from tests.receipts import (
    KEY_TEXT,
    PASSKEY,
    SERVER,
    Private,
    Signer,
    SmallLog,
    another_log,
    batch_receipt,
    body_of,
    ed25519_key,
    es256_key,
    file_of,
    named,
    passkey_receipt,
    receipt_by,
    server_receipt,
    signatures,
)

FORMATS = Path(__file__).parents[3] / "docs" / "formats"
CHANGES = 10_000
MAKERS = [server_receipt, passkey_receipt, batch_receipt]


@cache
def rsa_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


def reason(file: bytes, key: str | None = KEY_TEXT) -> str | None:
    verdict = verify_receipt(file, key)
    assert verdict.ok == (verdict.reason is None)
    return verdict.reason


def changed(file: bytes, change: Callable[[dict[str, Any]], object]) -> bytes:
    """Return a file after a change, in its canonical form again."""
    content = json.loads(file)
    change(content)
    return canonical_payload(content)


# What verifies -----------------------------------------------------------------------------------


@pytest.mark.parametrize("make", MAKERS)
def test_a_true_receipt_verifies(make: Callable[[], bytes]) -> None:
    verdict = verify_receipt(make(), KEY_TEXT)
    assert verdict.as_json() == {"ok": True, "reason": None, "claims": verdict.claims}
    assert verdict.claims is not None
    assert verdict.claims["document"]["number"] == "IN-2026-0001"


@pytest.mark.parametrize("kind", ["ed25519", "es256", "rs256"])
@pytest.mark.parametrize("count", [1, 2, 5])
def test_every_kind_of_passkey_can_sign_one_or_many(kind: str, count: int) -> None:
    keys: dict[str, Private] = {
        "ed25519": ed25519_key(3),
        "es256": es256_key(99),
        "rs256": rsa_key(),
    }
    signer = Signer("Zhao", keys[kind], kind="passkey")
    log = SmallLog()
    documents = [f"IN-2026-{number:04}" for number in range(count)]
    assert reason(receipt_by(signer, *documents, log=log)) is None
    bodies = [body_of(signer, each) for each in documents]
    given = signatures(signer, bodies)
    enrolment = log.enrol(signer)
    for body, signature in zip(bodies, given, strict=True):
        entry = log.add_receipt(body, signature)
        assert reason(file_of(log, body, signature, enrolment=enrolment, entry=entry)) is None


def test_the_key_may_come_with_a_newline_as_in_a_file() -> None:
    assert reason(server_receipt(), KEY_TEXT + "\n") is None


# What does not -----------------------------------------------------------------------------------


def test_no_change_of_one_bit_verifies() -> None:
    files = [make() for make in MAKERS]
    bits = [(file, bit) for file in files for bit in range(len(file) * 8)]
    for file, bit in random.Random(20260302).sample(bits, CHANGES):  # noqa: S311 - a fixed choice
        bent = bytearray(file)
        bent[bit // 8] ^= 1 << bit % 8
        assert reason(bytes(bent)) is not None, f"bit {bit}"


@pytest.mark.parametrize("make", MAKERS)
def test_no_file_that_lost_or_won_a_byte_verifies(make: Callable[[], bytes]) -> None:
    file = make()
    for place in range(0, len(file), 7):
        assert reason(file[:place] + file[place + 1 :]) is not None
        assert reason(file[:place] + b" " + file[place:]) is not None
        assert reason(file[:place]) is not None
    for more in (b"\n", b" ", b"\0", b"{}"):
        assert reason(file + more) is not None
        assert reason(more + file) is not None


@pytest.mark.parametrize("make", MAKERS)
def test_without_the_key_of_the_log_nothing_verifies(make: Callable[[], bytes]) -> None:
    verdict = verify_receipt(make(), None)
    assert not verdict.ok
    assert verdict.reason == UNTRUSTED
    assert verdict.claims is not None
    bent = make().replace(b"0001", b"0002")
    assert verify_receipt(bent, None).reason not in (None, UNTRUSTED)


@pytest.mark.parametrize("make", MAKERS)
def test_under_the_key_of_another_log_nothing_verifies(make: Callable[[], bytes]) -> None:
    same_name = another_log()
    assert reason(make(), same_name.key.text()) == (
        "the checkpoint is signed with another key of this name"
    )
    other = NoteKey("elsewhere.example/log", SmallLog().key.key).text()
    assert reason(make(), other) == (
        "the checkpoint is of the log office.example/log, not of elsewhere.example/log"
    )
    name, key_id, _ = KEY_TEXT.split("+", 2)
    forged = f"{name}+{key_id}+{same_name.key.text().split('+', 2)[2]}"
    assert reason(make(), forged) == "this is no key of a log"
    assert reason(receipt_by(SERVER, log=same_name)) is not None


@pytest.mark.parametrize("key", ["", "+", "a+b", "a+b+c", "office.example/log", "x" * 5000, "+++"])
def test_a_key_that_is_none_verifies_nothing(key: str) -> None:
    assert reason(server_receipt(), key) is not None


@pytest.mark.parametrize("make", MAKERS)
@pytest.mark.parametrize("part", ["body", "signature", "entry", "enrolment", "checkpoint"])
def test_no_part_can_be_swapped_with_another_receipt(make: Callable[[], bytes], part: str) -> None:
    log = SmallLog()
    signer = SERVER if make is server_receipt else PASSKEY
    first = json.loads(receipt_by(signer, "IN-2026-0001", "IN-2026-0009", log=log))
    second = json.loads(receipt_by(signer, "IN-2026-0005", "IN-2026-0006", log=log))
    assert reason(canonical_payload(first)) is None
    assert reason(canonical_payload(second)) is None
    assert reason(canonical_payload({**first, part: second[part]})) is not None
    assert reason(canonical_payload({**second, part: first[part]})) is not None


def test_a_receipt_of_a_batch_stands_for_its_own_document_only() -> None:
    log = SmallLog()
    enrolment = log.enrol(PASSKEY)
    bodies = [body_of(PASSKEY, each) for each in ("A", "B", "C")]
    given = signatures(PASSKEY, bodies)
    # The log itself vouches for the wrong pair, as a server might that wants to deceive.
    for body, signature in ((bodies[0], given[1]), (bodies[1], given[0]), (bodies[2], given[0])):
        entry = log.add_receipt(body, signature)
        file = file_of(log, body, signature, enrolment=enrolment, entry=entry)
        assert reason(file) == "the passkey signed something else"


def test_a_key_that_was_not_enrolled_signs_nothing() -> None:
    log, stranger = SmallLog(), Signer("Stranger", ed25519_key(5))
    other = log.enrol(SERVER)
    body = body_of(stranger)
    (signature,) = signatures(stranger, [body])
    entry = log.add_receipt(body, signature)
    file = file_of(log, body, signature, enrolment=other, entry=entry)
    assert reason(file) == "the key was not enrolled for this reader"
    no_enrolment = file_of(log, body, signature, enrolment=entry, entry=entry)
    assert reason(no_enrolment) == "receipt.signed stands in the place of key.enrolled"


@pytest.mark.parametrize(
    "wrong",
    [
        {"user": named("somebody else")},
        {"key": named("another key")},
        {"kind": "passkey"},
        {"public_key": base64.b64encode(b"another").decode()},
    ],
)
def test_a_key_enrolled_for_somebody_else_signs_nothing(wrong: dict[str, str]) -> None:
    log = SmallLog()
    enrolment = log.enrol(SERVER, **wrong)
    body = body_of(SERVER)
    (signature,) = signatures(SERVER, [body])
    entry = log.add_receipt(body, signature)
    file = file_of(log, body, signature, enrolment=enrolment, entry=entry)
    assert reason(file) == "the key was not enrolled for this reader"


def test_a_key_enrolled_after_it_signed_signs_nothing() -> None:
    log = SmallLog()
    body = body_of(SERVER)
    (signature,) = signatures(SERVER, [body])
    entry = log.add_receipt(body, signature)
    file = file_of(log, body, signature, enrolment=log.enrol(SERVER), entry=entry)
    assert reason(file) == "the key was enrolled after it signed"


def test_a_key_of_the_server_cannot_pass_for_a_passkey() -> None:
    pretended = Signer(SERVER.name, SERVER.private, kind="passkey")
    log = SmallLog()
    enrolment = log.enrol(SERVER)
    body = body_of(pretended, key={"id": SERVER.key_id, "kind": "passkey"})
    (signature,) = signatures(pretended, [body])
    entry = log.add_receipt(body, signature)
    file = file_of(log, body, signature, enrolment=enrolment, entry=entry)
    assert reason(file) == "the key was not enrolled for this reader"


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"type": "webauthn.create"}, "the passkey was not asked to sign"),
        ({"challenge": "AAAA"}, "the passkey signed something else"),
        ({"origin": "https://evil.example"}, "the passkey signed elsewhere"),
        ({"flags": 0x01}, "the passkey did not verify its owner"),
        ({"flags": 0x04}, "the passkey did not verify its owner"),
        ({"flags": 0x00}, "the passkey did not verify its owner"),
        ({"words": b""}, "the passkey signed something else"),
        ({"words": b"chancery receipt 2\n"}, "the passkey signed something else"),
    ],
)
def test_what_a_passkey_must_say_is_demanded(wrong: dict[str, Any], told: str) -> None:
    assert reason(receipt_by(PASSKEY, **wrong)) == told


def test_a_server_that_signs_other_words_is_not_believed() -> None:
    assert reason(receipt_by(SERVER, words=b"")) == "the signature is false"


def test_a_passkey_of_another_site_is_not_believed() -> None:
    log = SmallLog()
    enrolment = log.enrol(PASSKEY)
    body = body_of(PASSKEY)
    (signature,) = signatures(PASSKEY, [body])
    signature["rp_id"] = "evil.example"
    entry = log.add_receipt(body, signature)
    file = file_of(log, body, signature, enrolment=enrolment, entry=entry)
    assert reason(file) == "the passkey signed elsewhere"


@pytest.mark.parametrize(
    "change",
    [
        lambda file: file["entry"].update(salt=file["entry"]["salt"].upper()),
        lambda file: file["entry"].update(salt=" " + file["entry"]["salt"]),
        lambda file: file["entry"].update(more=1),
        lambda file: file["entry"]["path"].append(file["entry"]["path"][0]),
        lambda file: file["entry"]["path"].pop(),
        lambda file: file["entry"]["leaf"].update(more=1),
        lambda file: file["entry"]["payload"].update(more=1),
        lambda file: file.update(more=1),
        lambda file: file.update(format="chancery receipt 2"),
        lambda file: file.update(body={**file["body"], "opinion": "Refused"}),
        lambda file: file["signature"].update(more="x"),
        lambda file: file.update(checkpoint=file["checkpoint"] + file["checkpoint"].split("\n")[4]),
        lambda file: file.update(
            checkpoint=file["checkpoint"] + file["checkpoint"].split("\n")[4] + "\n"
        ),
        lambda file: file.update(checkpoint=file["checkpoint"].replace("\n", "\r\n")),
        lambda file: file.update(checkpoint=file["checkpoint"].replace("\n7\n", "\n07\n")),
        lambda file: file.update(checkpoint=file["checkpoint"].replace("\n7\n", "\n٧\n")),
        lambda file: file.update(checkpoint=None),
        lambda file: file.update(entry=[]),
        lambda file: file.update(signature="x"),
    ],
)
def test_nothing_can_be_added_or_written_otherwise(change: Callable[[Any], object]) -> None:
    assert reason(changed(server_receipt(), lambda _: None)) is None
    assert reason(changed(server_receipt(), change)) is not None


@pytest.mark.parametrize(
    "file",
    [
        b"",
        b"{}",
        b"[]",
        b"null",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"format":1.0}',
        b'{"format":NaN}',
        b'{"a":"\\ud800"}',
        b'{"a":' + b"9" * 5000 + b"}",
    ],
)
def test_what_is_no_receipt_gets_a_reason_and_no_error(file: bytes) -> None:
    assert reason(file) is not None
    assert reason(file, None) is not None


def test_one_receipt_written_twice_in_a_file_is_not_canonical() -> None:
    file = server_receipt()
    double = file[:-1] + b',"signature":{}}'
    assert reason(double) == "the file is not in its one form"


# Strangers ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["verify_log.py", "verify_receipt.py"])
def test_a_stand_alone_verifier_is_short_and_needs_one_library(name: str) -> None:
    source = (FORMATS / name).read_text(encoding="utf-8")
    assert len(source.splitlines()) <= 100
    imported = {
        line.split()[1].partition(".")[0]
        for line in source.splitlines()
        if line.startswith(("import ", "from "))
    }
    assert imported - set(sys.stdlib_module_names) <= {"cryptography", "verify_log"}
    inside = Path(__file__).parents[3] / "records" / "audit" / name
    assert inside.read_text("utf-8").replace("records.audit.", "") == source


def stranger(name: str, *arguments: object, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a stand-alone verifier somewhere where nothing of Chancery can be imported."""
    for each in ("verify_log.py", "verify_receipt.py"):
        (folder / each).write_bytes((FORMATS / each).read_bytes())
    return subprocess.run(
        [sys.executable, "-E", folder / name, *map(str, arguments)],
        cwd=folder,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )


@pytest.mark.parametrize("name", ["server", "passkey", "batch"])
def test_a_stranger_verifies_the_vectors_as_we_do(name: str, tmp_path: Path) -> None:
    vectors = FORMATS / "vectors"
    file, key = vectors / f"receipt-{name}.json", vectors / "log.key"
    assert verify_receipt(file.read_bytes(), key.read_text("utf-8")).ok
    done = stranger("verify_receipt.py", file, key, folder=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "signed the receipt of IN-2026-0001" in done.stdout
    as_text = stranger("verify_receipt.py", file, KEY_TEXT, folder=tmp_path)
    assert as_text.returncode == 0
    bent = tmp_path / "bent.json"
    bent.write_bytes(file.read_bytes().replace(b'"seconds":12', b'"seconds":99'))
    done = stranger("verify_receipt.py", bent, key, folder=tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.strip() == f"NOT TRUE: {reason(bent.read_bytes())}"
    done = stranger("verify_receipt.py", file, another_log().key.text(), folder=tmp_path)
    assert done.returncode == 1
