"""The formats of the log as a stranger meets them: files, a key, and one program each."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from records.audit.checkpoints import issue_checkpoint, log_key, prove_growth
from records.audit.notes import NoteKey, open_dated
from records.audit.period import open_period, write_period
from records.audit.proofs import integrate
from records.audit.verify_consistency import verify as verify_consistency
from records.audit.verify_log import Untrue
from records.audit.verify_period import verify as verify_period
from records.core.merkle import consistency_proof
from records.office import Office
from records.people.rules import SERVICE, Actor
from tests.builders import register
from tests.offices import HeldClock
from tests.receipts import MORNING, SmallLog, named

FORMATS = Path(__file__).parents[3] / "docs" / "formats"
VECTORS = FORMATS / "vectors"
ORIGIN = "office.example/log"
PROGRAMS = {
    "verify_log.py": ["entry.tlog-proof", "log.key"],
    "verify_consistency.py": ["growth.txt", "log.key", "old.checkpoint"],
    "verify_period.py": ["log.period", "log.key"],
}


def stranger(folder: Path, program: str, *files: str | Path) -> subprocess.CompletedProcess[str]:
    """Run a verifier where nothing of ours can be imported."""
    alone = folder / program
    alone.write_bytes((FORMATS / program).read_bytes())
    command = [sys.executable, "-I", str(alone), *map(str, files)]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def grown_log(count: int) -> SmallLog:
    log = SmallLog()
    for number in range(count):
        log.add("test.happened", actor=None, objects=[named("x")], payload={"number": number})
    return log


@pytest.mark.parametrize("program", PROGRAMS)
def test_one_program_of_a_hundred_lines_that_stands_alone_checks_each_format(
    program: str, tmp_path: Path
) -> None:
    text = (FORMATS / program).read_text("utf-8")
    assert len(text.splitlines()) <= 100
    assert "records" not in text
    done = stranger(tmp_path, program, *(VECTORS / name for name in PROGRAMS[program]))
    assert (done.returncode, done.stderr) == (0, "")
    # Any changed byte of the first file is found.
    whole = (VECTORS / PROGRAMS[program][0]).read_bytes()
    for at in range(0, len(whole), max(1, len(whole) // 8)):
        changed = bytearray(whole)
        changed[at] ^= 1
        (tmp_path / "changed").write_bytes(changed)
        others = [VECTORS / name for name in PROGRAMS[program][1:]]
        done = stranger(tmp_path, program, tmp_path / "changed", *others)
        assert done.returncode == 1, f"byte {at}"
        assert done.stderr.startswith("NOT TRUE: ")


def test_every_changed_byte_of_a_period_is_found() -> None:
    whole, key = (VECTORS / "log.period").read_bytes(), (VECTORS / "log.key").read_text()
    assert verify_period(whole.splitlines(keepends=True), key)
    missed = [at for at in range(len(whole)) if is_true(flipped(whole, at), key)]
    assert missed == []


def flipped(whole: bytes, at: int) -> bytes:
    changed = bytearray(whole)
    changed[at] ^= 1
    return bytes(changed)


def is_true(file: bytes, key: str) -> bool:
    try:
        verify_period(file.splitlines(keepends=True), key)
    except Exception:  # noqa: BLE001 - whatever it stumbles over
        return False
    return True


def test_growth_is_proved_between_all_sizes_and_nothing_else_is() -> None:
    log = grown_log(20)
    key = log.key.text()
    for size in range(1, 21):
        newer = SmallLog(parts=log.parts[:size], hashes=log.hashes[:size])
        for old in range(1, size + 1):
            proof = newer.growth(old)
            assert verify_consistency(proof, key, log.checkpoint(old))
            if old > 1:
                with pytest.raises(ValueError, match="another checkpoint"):
                    verify_consistency(proof, key, log.checkpoint(old - 1))
            steps = len(consistency_proof(newer.hashes, old))
            lines = proof.split("\n")
            assert len(lines) == 1 + steps + 1 + 6
            for broken in (lines[:1] + lines[2:], [*lines[:1], "A" * 43 + "=", *lines[1:]]):
                if steps:
                    with pytest.raises(Exception):  # noqa: B017, PT011 - as above
                        verify_consistency("\n".join(broken), key, log.checkpoint(old))


def test_a_fork_and_a_roll_back_are_told_apart() -> None:
    log, fork = grown_log(9), grown_log(3)
    for number in range(9):
        fork.add("test.happened", actor=None, objects=[], payload={"other": number})
    key = log.key.text()
    with pytest.raises(ValueError, match="forked"):
        verify_consistency(fork.growth(9), key, log.checkpoint(9))
    with pytest.raises(ValueError, match="rolled back"):
        verify_consistency(grown_log(5).growth(5).replace("old 5", "old 9"), key, log.checkpoint(9))


def test_the_time_of_a_checkpoint_is_signed_to_the_second() -> None:
    note = (VECTORS / "log.checkpoint").read_text("utf-8")
    line = (VECTORS / "log.checkpoint.dated").read_text("utf-8")
    key = SmallLog().key
    assert open_dated(note, line, key) == MORNING
    for changed in (line[:-3] + "A=\n", line.replace("—", "-"), line + " ", ""):
        with pytest.raises((Untrue, ValueError)):
            open_dated(note, changed, key)
    with pytest.raises(Untrue):
        open_dated(note.replace("7", "8"), line, key)
    with pytest.raises(Untrue):
        open_dated(note, line, NoteKey("other/log", key.key))


def test_a_period_of_an_office_is_whole_and_proves_its_ends(
    any_office: Office, clock: HeldClock
) -> None:
    from records.people.rules import Role
    from tests.builders import add_person

    clerk: Actor = add_person(any_office, "chen", Role.CLERK)
    for _ in range(4):
        clock.advance(days=1)
        for number in range(3):
            register(any_office, clerk, f"Paper {number}")
    integrate(any_office.database)
    day = clock.now().date()
    with any_office.database.writing() as uow:
        first = issue_checkpoint(uow, any_office.vault, origin=ORIGIN)
        asked = day.replace(day=day.day - 2)
        period = open_period(
            uow, any_office.vault, SERVICE, from_on=asked, to_on=asked, origin=ORIGIN
        )
        growth = prove_growth(uow, old_size=period.stop, checkpoint=first)
        key = log_key(uow)
    assert key is not None
    lines = list(write_period(any_office.database, SERVICE, period))
    said = verify_period(b"".join(lines).splitlines(keepends=True), key.text())
    assert said == f"Entries {period.first} to {period.stop - 1} are whole; 5 tell what they told."
    assert verify_consistency(growth, key.text(), json.loads(lines[0])["checkpoint"])
    # Whoever leaves out the first or the last entry, or hands out another one, is found.
    for broken in (
        [*lines[:2], *lines[3:]],
        [*lines[:3], lines[2], *lines[3:]],
        [lines[0], lines[2], lines[1], *lines[3:]],
        lines[:-1],
        [*lines, b"more\n"],
    ):
        assert not is_true(b"".join(broken), key.text())
