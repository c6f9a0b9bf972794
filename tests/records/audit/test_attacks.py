"""Attacks on the log, each as clumsy and as thorough as can be, and what finds it.

Three intruders: one changes rows; one also makes everything follow from them again; one has the
keys of the office as well and signs it all anew. Against the last nothing inside helps, and a
checkpoint outside does.
"""

import random
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest

from records.audit.checkpoints import issue_checkpoint
from records.audit.given import Verdict, judge
from records.audit.log_check import check_log
from records.audit.proofs import integrate
from records.audit.report import Report
from records.core.base import table_of
from records.core.log import (
    Checkpoint,
    LogEntry,
    LogHead,
    LogKey,
    LogNode,
    LogObject,
    LogPayload,
)
from records.office import Office
from records.people.rules import Actor, Role
from tests.builders import add_person, register
from tests.offices import HeldClock, reopened
from tests.records.audit.intruder import Intruder

ORIGIN = "office.example/log"
TRIES = 2
PLACE = 150


@pytest.fixture
def clerk(office: Office) -> Actor:
    return add_person(office, "chen", Role.CLERK)


@pytest.fixture
def kept(office: Office, clerk: Actor, clock: HeldClock, tmp_path: Path) -> Path:
    """A checkpoint in somebody else's drawer, and an office that has gone on since."""
    with office.database.writing() as uow:
        for number in range(300):
            payload = {**clerk.signature(), "count": number}
            objects = [UUID(int=number % 7)]
            uow.record("test.happened", actor_id=clerk.user_id, objects=objects, payload=payload)
    for number in range(4):
        register(office, clerk, f"Paper {number}")
        clock.advance(minutes=1)
        path = keep_checkpoint(office, tmp_path / "kept.checkpoint")
    register(office, clerk, "One more")
    return path


def keep_checkpoint(office: Office, path: Path) -> Path:
    integrate(office.database)
    with office.database.writing() as uow:
        signed = issue_checkpoint(uow, office.vault, origin=ORIGIN)
    path.write_bytes(signed.note.encode())
    return path


def check(office: Office, *against: Path) -> Report:
    report = Report()
    check_log(office, report, lambda _what, _count: None, against)
    return report


def back_up(office: Office, path: Path) -> None:
    with (
        closing(sqlite3.connect(office.config.home / "chancery.sqlite3")) as source,
        closing(sqlite3.connect(path)) as target,
    ):
        source.backup(target)


def reasons(report: Report) -> str:
    return " ".join(each.reason for each in [*report.missing, *report.extra, *report.changed])


def verdict(office: Office, path: Path) -> Verdict:
    with office.database.reading() as uow:
        return judge(uow, path.read_text("utf-8")).verdict


Attack = Callable[[Intruder], None]
ATTACKS: dict[str, Attack] = {
    "deleted": lambda intruder: intruder.delete(PLACE),
    "doubled": lambda intruder: intruder.double(PLACE),
    "swapped": lambda intruder: intruder.swap(PLACE, PLACE + 3),
    "swapped with its neighbour": lambda intruder: intruder.swap(PLACE, PLACE + 1),
    "re-dated": lambda intruder: intruder.redate(PLACE, timedelta(days=-1)),
    "re-dated by a millionth": lambda intruder: intruder.redate(PLACE, timedelta(microseconds=1)),
    "re-attributed": lambda intruder: intruder.reattribute(PLACE, UUID(int=7), "Somebody else"),
}


def test_an_office_that_nobody_touched_continues_what_was_kept(office: Office, kept: Path) -> None:
    report = check(office, kept)
    assert report.ok
    assert report.counts["checkpoints"] == 4
    assert verdict(office, kept) is Verdict.CONTINUED


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS)
def test_changed_rows_are_found_from_inside(office: Office, kept: Path, attack: Attack) -> None:
    assert kept
    attack(Intruder(office))
    report = check(office)
    assert not report.ok
    assert any(each.kind == "log_entry" for each in report.changed)


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS)
def test_who_makes_all_follow_again_meets_what_was_signed(
    office: Office, kept: Path, attack: Attack
) -> None:
    assert kept
    intruder = Intruder(office)
    attack(intruder)
    intruder.tidy()
    report = check(office)
    assert {each.kind for each in report.changed} == {"checkpoint"}
    assert "the root any more that it signed" in reasons(report)


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS)
def test_who_has_the_keys_too_is_found_from_outside_only(
    office: Office, kept: Path, attack: Attack
) -> None:
    intruder = Intruder(office)
    attack(intruder)
    intruder.tidy()
    intruder.sign_anew(origin=ORIGIN)
    assert check(office).ok, "nothing inside can tell"
    report = check(office, kept)
    assert "forked" in reasons(report)
    assert verdict(office, kept) is Verdict.FORKED


def test_a_cut_tail_is_found_by_the_checkpoints_inside(office: Office, kept: Path) -> None:
    assert kept
    intruder = Intruder(office)
    intruder.cut(5)
    intruder.tidy()
    assert "the log has not the entries any more that it signed" in reasons(check(office))


def test_a_tail_that_nobody_had_signed_is_found_by_nobody(office: Office, kept: Path) -> None:
    """What the docs say plainly: the last minute rests on trust until it is signed and outside."""
    intruder = Intruder(office)
    intruder.cut(1)
    intruder.tidy()
    assert check(office, kept).ok


def test_a_cut_tail_with_its_checkpoints_is_found_from_outside(office: Office, kept: Path) -> None:
    intruder = Intruder(office)
    intruder.cut(5)
    intruder.tidy()
    intruder.sign_anew(origin=ORIGIN)
    assert check(office).ok
    report = check(office, kept)
    assert [each.kind for each in report.missing] == ["checkpoint"]
    assert "rolled back" in reasons(report)
    assert verdict(office, kept) is Verdict.ROLLED_BACK


def test_an_old_database_is_found_from_outside_before_and_after_it_goes_on(
    office: Office, clerk: Actor, tmp_path: Path
) -> None:
    back_up(office, tmp_path / "old.sqlite3")
    for number in range(3):
        register(office, clerk, f"To be forgotten {number}")
    kept = keep_checkpoint(office, tmp_path / "kept.checkpoint")
    office.close()
    for path in office.config.home.glob("chancery.sqlite3*"):
        path.unlink()
    shutil.copy(tmp_path / "old.sqlite3", office.config.home / "chancery.sqlite3")
    old = reopened(office)
    # Its key was made later, too: nobody can be fooled into taking another one for it.
    assert "signed nothing" in reasons(check(old, kept))
    with old.database.writing() as uow:
        issue_checkpoint(uow, old.vault, origin=ORIGIN)
    assert "signed with another key" in reasons(check(old, kept))
    old.close()


@pytest.mark.parametrize("more", [1, 9], ids=["still shorter", "longer again"])
def test_a_restored_database_that_goes_on_is_a_fork(
    office: Office, clerk: Actor, tmp_path: Path, more: int
) -> None:
    keep_checkpoint(office, tmp_path / "first.checkpoint")
    back_up(office, tmp_path / "old.sqlite3")
    for number in range(4):
        register(office, clerk, f"To be forgotten {number}")
    keep_checkpoint(office, tmp_path / "kept.checkpoint")
    office.close()
    for path in office.config.home.glob("chancery.sqlite3*"):
        path.unlink()
    shutil.copy(tmp_path / "old.sqlite3", office.config.home / "chancery.sqlite3")
    old = reopened(office)
    for number in range(more):
        register(old, clerk, f"Instead {number}")
    keep_checkpoint(old, tmp_path / "instead.checkpoint")
    assert check(old).ok
    wanted = "rolled back" if more == 1 else "forked"
    report = check(old, *sorted(tmp_path.glob("*.checkpoint")))
    assert wanted in reasons(report)
    assert len([*report.missing, *report.changed]) == 1
    old.close()


COLUMNS = [
    (model, column.name)
    for model in (LogEntry, LogPayload, LogObject, LogNode, LogKey, LogHead, Checkpoint)
    for column in table_of(model).columns
    if (model, column.name) not in ((LogKey, "id"), (LogHead, "id"))  # the database refuses others
]


@pytest.mark.parametrize(
    ("model", "column"), COLUMNS, ids=[f"{table_of(each).name}.{name}" for each, name in COLUMNS]
)
def test_one_changed_byte_in_any_column_of_the_log_is_found(
    office: Office, kept: Path, clock: HeldClock, model: type, column: str
) -> None:
    """Each in a few random rows, put right again after each; the report names the place."""
    assert kept
    clock.advance(hours=1)
    intruder, chance = Intruder(office), random.Random(f"{model}{column}")  # noqa: S311
    table = table_of(model)
    for _ in range(TRIES):
        with office.database.engine.connect() as connection:
            found = connection.exec_driver_sql(
                f'SELECT "{column}", * FROM "{table.name}" WHERE "{column}" IS NOT NULL'
            )
            names = list(found.keys())[1:]
            rows = found.all()
        row = chance.choice(rows)
        wrong = another(row[0], chance)
        key = {each.name: row[1 + names.index(each.name)] for each in table.primary_key}
        same = " AND ".join(f'"{name}" = ?' for name in key)
        put = f'UPDATE "{table.name}" SET "{column}" = ? WHERE {same}'
        change(intruder, put, wrong, *key.values())
        report = check(office)
        assert not report.ok, f"{row[0]!r} became {wrong!r}"
        now = {**key, column: wrong} if column in key else key
        change(intruder, put, row[0], *now.values())
        assert check(office).ok


def another(value: object, chance: random.Random) -> object:
    """A value with one bit or one character other than it was."""
    if isinstance(value, int):
        return value ^ (1 << chance.randrange(9, 14))
    if isinstance(value, bytes):
        changed = bytearray(value)
        changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
        return bytes(changed)
    assert isinstance(value, str)
    at = chance.randrange(len(value))
    return value[:at] + chr(ord(value[at]) ^ 1) + value[at + 1 :]


def change(intruder: Intruder, statement: str, *values: object) -> None:
    with intruder.engine.begin() as connection:
        connection.exec_driver_sql(statement, tuple(values))


def test_what_stays_of_an_intruder_is_named_where_it_lies(office: Office, kept: Path) -> None:
    assert kept
    Intruder(office).redate(PLACE, timedelta(hours=1))
    found = check(office).changed
    assert ("log_entry", str(PLACE)) in [(each.kind, each.id) for each in found]
