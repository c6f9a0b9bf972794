"""The log and its receipts from a shell, and from the shell of somebody who has only the files."""

import json
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from records.audit.receipt_file import UNTRUSTED
from records.circulation.rules import Decision
from records.circulation.signing import Opinion, sign_item
from records.office import Office
from records.people.rules import Role
from tests.builders import add_person
from tests.cli.shell import ROOT, answer, refused, run
from tests.receipts import KEY_TEXT, another_log, body_of, receipt_by
from tests.receipts import SERVER as SIGNER
from tests.records.circulation.desks import Desks

FORMATS = ROOT / "docs" / "formats"
VECTORS = FORMATS / "vectors"


def stranger(name: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, FORMATS / name, *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        encoding="utf-8",
    )


# The log -----------------------------------------------------------------------------------------


def test_checkpoints_and_proofs_are_checked_by_a_stranger(tmp_path: Path) -> None:
    home, out = tmp_path / "home", tmp_path / "checkpoint"
    run("init", "--home", home)
    key = run("log", "key", "--home", home, public_url="https://office.example").stdout.strip()
    assert key.startswith("office.example/log+")
    # The name was kept when the key was made.
    assert answer("log", "key", "--home", home) == {"origin": "office.example/log", "key": key}
    told = answer("log", "checkpoint", "--home", home, "--out", out)
    assert out.read_text("utf-8") == told["checkpoint"]
    assert run("log", "checkpoint", "--home", home).stdout == told["checkpoint"]
    assert stranger("verify_log.py", out, key).returncode == 0

    proof = run("log", "prove", "7", "--home", home).stdout
    told = answer("log", "prove", "7", "--home", home)
    assert (told["proof"], told["leaf"]["sequence"]) == (proof, 7)
    file = tmp_path / "7.tlog-proof"
    run("log", "prove", "7", "--home", home, "--out", file)
    assert file.read_text("utf-8") == proof
    done = stranger("verify_log.py", file, key)
    assert done.returncode == 0
    assert done.stdout.startswith(f"Entry 7 of {told['size']} is ")
    file.write_text(proof.replace("index 7", "index 6"), "utf-8")
    assert stranger("verify_log.py", file, key).returncode == 1
    assert stranger("verify_log.py", out, another_log().key.text()).returncode == 1
    assert "no such entry" in refused("log", "prove", "100000", "--home", home)


def test_a_log_is_compared_with_what_was_kept_elsewhere(tmp_path: Path) -> None:
    home, kept = tmp_path / "home", tmp_path / "kept"
    run("init", "--home", home)
    assert answer("log", "verify", "--home", home)["ok"]
    run("log", "checkpoint", "--home", home, "--out", kept)
    run("user", "add", "wang", "--role", "clerk", "--home", home)
    assert answer("verify", "--home", home, "--against", kept)["ok"]
    foreign = answer(
        "log", "verify", "--home", home, "--against", VECTORS / "log.checkpoint", status=1
    )
    assert "of the log office.example/log" in foreign["changed"][0]["reason"]
    # Whoever owns the database writes all of it anew, the kept checkpoint apart.
    with sqlite3.connect(home / "chancery.sqlite3") as database:
        database.execute("DELETE FROM checkpoint")
        database.execute("DROP TRIGGER log_entry_no_update")
        database.execute("UPDATE log_entry SET kind = 'unit.changed' WHERE sequence = 1")
    database.close()
    report = answer("log", "verify", "--home", home, "--against", kept, status=1)
    assert {each["kind"] for each in report["changed"]} == {"checkpoint", "log_entry"}
    assert "Something is wrong" in run("log", "verify", "--home", home, status=1).stdout


# Receipts ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "key"),
    [("server", KEY_TEXT), ("passkey", VECTORS / "log.key"), ("batch", VECTORS / "log.key")],
)
def test_a_receipt_is_verified_without_an_office(
    name: str, key: str | Path, tmp_path: Path
) -> None:
    nowhere = tmp_path / "none"
    file = VECTORS / f"receipt-{name}.json"
    done = run("receipt", "verify", file, "--log-key", key, home=str(nowhere))
    assert done.stdout.startswith("The receipt is true.\n")
    assert "document\tIN-2026-0001" in done.stdout
    assert ("the reader's passkey" in done.stdout) == (name != "server")
    assert not nowhere.exists()


def test_without_the_key_of_its_log_a_receipt_is_untrusted(tmp_path: Path) -> None:
    file = VECTORS / "receipt-server.json"
    done = run("receipt", "verify", file, status=1)
    assert "NOT VERIFIED: untrusted log" in done.stdout
    assert "reader\tLi Wei 李维" in done.stdout
    told = answer("receipt", "verify", file, status=1)
    assert (told["ok"], told["reason"]) == (False, UNTRUSTED)
    assert told["claims"] == body_of(SIGNER)
    key = another_log().key.text()
    told = answer("receipt", "verify", file, "--log-key", key, status=1)
    assert told["reason"] == "the checkpoint is signed with another key of this name"
    done = run("receipt", "verify", file, "--log-key", tmp_path / "nothing", status=2)
    assert "neither a key" in done.stderr


def test_what_is_no_receipt_is_no_riddle_and_steers_no_terminal(tmp_path: Path) -> None:
    file = tmp_path / "odd"
    for content in (b"\xff", b'{"body":{"reader":"x","components":[1]}}'):
        file.write_bytes(content)
        done = run("receipt", "verify", file, "--log-key", KEY_TEXT, status=1)
        assert done.stdout.startswith("NOT VERIFIED: ")
    file.write_bytes(receipt_by(SIGNER, changed={"opinion": "a\x1b[31m\nreader\tSomebody"}))
    done = run("receipt", "verify", file, "--log-key", KEY_TEXT)
    assert "\x1b" not in done.stdout
    assert "opinion\ta�[31m�reader�Somebody" in done.stdout


def test_a_receipt_is_exported_for_those_who_may_see_it(office: Office, tmp_path: Path) -> None:
    desks = Desks(office, add_person(office, "clerk", Role.CLERK))
    add_person(office, "stranger")
    item_id = desks.item(desks.send(desks.document("Heron"), ["li"]), "li")
    with office.database.writing() as uow:
        opinion = Opinion(Decision.READ, "已阅")
        receipt_id = sign_item(
            uow, office.vault, desks.reader("li"), item_id=item_id, opinion=opinion
        ).id
    home, out = office.config.home, tmp_path / "receipt.json"
    run("receipt", "export", str(receipt_id), "--as", "li", "--home", home, "--out", out)
    key = run("log", "key", "--home", home).stdout.strip()
    assert json.loads(out.read_bytes())["body"]["opinion"] == "已阅"
    assert stranger("verify_receipt.py", out, key).returncode == 0
    told = answer("receipt", "verify", out, "--log-key", key)
    assert told["claims"]["reader"]["name"] == "li"
    printed = run("receipt", "export", str(receipt_id), "--as", "clerk", "--home", home).stdout
    assert printed.encode() == out.read_bytes()
    refused("receipt", "export", str(receipt_id), "--as", "stranger", "--home", home)
    assert answer("verify", "--home", home)["counts"]["receipts"] == 1
