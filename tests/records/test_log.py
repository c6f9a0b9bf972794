import contextlib
import hashlib
import json
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from records.core.log import (
    Event,
    Leaf,
    LogEntry,
    LogObject,
    LogPayload,
    append_events,
    canonical_payload,
    commit_to,
    entries_about,
    leaf_of,
    log_size,
    timestamp,
)
from records.office import Office
from records.people.rules import Role
from tests.builders import add_person, register
from tests.offices import reopened

PAGE = Path(__file__).parents[2] / "docs" / "formats" / "log.md"
EARLY = datetime(1000, 1, 1)  # noqa: DTZ001 - hypothesis adds the zone
TABLES = ("log_entry", "log_payload", "log_object")


class Undone(Exception):
    """Ends a unit on purpose."""


def vectors() -> list[dict[str, str]]:
    block = PAGE.read_text(encoding="utf-8").split("```json\n")[1].split("```")[0]
    found: list[dict[str, str]] = json.loads(block)
    return found


def stranger(value: object) -> bytes:
    """Canonical JSON as the page tells a stranger to write it."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()


# The format --------------------------------------------------------------------------------------


@pytest.mark.parametrize("vector", vectors(), ids=["full", "empty"])
def test_the_vectors_of_the_page_hold(vector: dict[str, str]) -> None:
    salt, payload = bytes.fromhex(vector["salt"]), vector["payload"].encode()
    assert canonical_payload(json.loads(payload)) == payload == stranger(json.loads(payload))
    commitment = commit_to(salt, payload)
    assert commitment.hex() == vector["commitment"] == hashlib.sha256(salt + payload).hexdigest()
    told = json.loads(vector["leaf"])
    leaf = Leaf(
        told["sequence"],
        datetime.strptime(told["time"], "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC),
        UUID(told["actor"]) if told["actor"] else None,
        told["kind"],
        tuple(told["objects"]),
        commitment,
    )
    assert leaf.canonical() == vector["leaf"].encode() == stranger(told)
    assert leaf.digest().hex() == vector["leaf_hash"]
    assert hashlib.sha256(b"\x00" + vector["leaf"].encode()).hexdigest() == vector["leaf_hash"]


_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.text(),  # hypothesis draws no half pairs here
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(st.characters(max_codepoint=127), max_size=5), inner, max_size=3)
    ),
    max_leaves=12,
)
_payloads = st.dictionaries(st.text(st.characters(max_codepoint=127), max_size=8), _values)


@given(payload=_payloads)
def test_any_payload_has_one_canonical_form(payload: dict[str, Any]) -> None:
    written = canonical_payload(payload)
    assert written == stranger(payload)
    assert json.loads(written) == payload
    assert canonical_payload(dict(reversed(payload.items()))) == written


@pytest.mark.parametrize(
    "value",
    [1.5, float("nan"), b"bytes", 2**53, -(2**53), "\ud800", {"é": 1}, {1: 2}, {1}, uuid4()],
)
def test_what_has_no_canonical_form_is_refused(value: object) -> None:
    for payload in ({"a": value}, {"a": [value]}, {"a": {"b": value}}):
        with pytest.raises(ValueError):  # noqa: PT011 - the family of all these refusals
            canonical_payload(payload)


@given(instant=st.datetimes(min_value=EARLY, timezones=st.just(UTC)))
def test_a_time_has_one_form_and_reads_back(instant: datetime) -> None:
    written = timestamp(instant)
    assert len(written) == 27
    assert datetime.strptime(written, "%Y-%m-%dT%H:%M:%S.%f%z") == instant


def test_a_naive_time_is_refused_by_the_database(office: Office) -> None:
    with pytest.raises(Exception, match="a time without a zone"), office.database.writing() as uow:
        append_events(uow.session, [Event("x", None, (), {})], datetime(2026, 1, 1))  # noqa: DTZ001


# The order ---------------------------------------------------------------------------------------


def test_entries_follow_each_other_and_hash_as_they_are_stored(any_office: Office) -> None:
    clerk = add_person(any_office, "clerk", Role.CLERK)
    document = register(any_office, clerk, "报告", files=[("a.txt", b"x")])
    with any_office.database.reading() as uow:
        rows = uow.session.execute(
            select(LogEntry, LogPayload)
            .join(LogPayload, LogPayload.sequence == LogEntry.sequence)
            .order_by(LogEntry.sequence)
        ).all()
        assert [entry.sequence for entry, _ in rows] == list(range(log_size(uow.session)))
        for entry, kept in rows:
            assert leaf_of(entry).digest() == entry.leaf_hash
            assert commit_to(kept.salt, kept.payload.encode()) == entry.commitment
            assert len(kept.salt) == 32
        assert len({kept.salt for _, kept in rows}) == len(rows)
        told = [entry.kind for entry, _ in entries_about(uow.session, document.id)]
        assert told == ["document.registered"]
        listed = uow.session.execute(select(LogObject.object_id, LogObject.sequence)).all()
        expected = {(UUID(each), entry.sequence) for entry, _ in rows for each in entry.objects}
        assert {tuple(row) for row in listed} == expected


def test_a_thing_named_twice_stands_once(office: Office) -> None:
    thing = uuid4()
    with office.database.writing() as uow:
        uow.record("test.happened", actor_id=None, objects=[thing, uuid4(), thing])
    with office.database.reading() as uow:
        ((entry, payload),) = entries_about(uow.session, thing)
        assert len(entry.objects) == 2
        assert payload == "{}"


def test_what_is_rolled_back_never_happened(any_office: Office) -> None:
    thing = uuid4()
    with any_office.database.reading() as uow:
        size = log_size(uow.session)
    with contextlib.suppress(Undone), any_office.database.writing() as uow:
        uow.record("test.happened", actor_id=None, objects=[thing])
        raise Undone
    with any_office.database.reading() as uow:
        uow.record("test.happened", actor_id=None, objects=[thing])
    with any_office.database.reading() as uow:
        assert log_size(uow.session) == size
        assert list(entries_about(uow.session, thing)) == []


def test_a_payload_that_cannot_be_written_undoes_the_unit(any_office: Office) -> None:
    with any_office.database.reading() as uow:
        size = log_size(uow.session)
    with pytest.raises(ValueError, match="float"), any_office.database.writing() as uow:
        uow.record("test.happened", actor_id=None, objects=[], payload={"a": 1.5})
    with any_office.database.reading() as uow:
        assert log_size(uow.session) == size


def test_many_writers_share_one_order_without_a_gap(any_office: Office) -> None:
    offices = [reopened(any_office) for _ in range(8)]

    def write(office: Office, writer: int) -> None:
        for number in range(12):
            with contextlib.suppress(Undone), office.database.writing() as uow:
                for _ in range(number % 3 + 1):
                    uow.record("test.happened", actor_id=None, objects=[], payload={"w": writer})
                if number % 4 == 3:
                    raise Undone

    threads = [
        threading.Thread(target=write, args=(office, number))
        for number, office in enumerate(offices)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for office in offices:
        office.close()
    with any_office.database.reading() as uow:
        sequences = uow.session.scalars(select(LogEntry.sequence).order_by(LogEntry.sequence)).all()
        assert list(sequences) == list(range(log_size(uow.session)))
        written = uow.session.scalars(select(LogEntry).where(LogEntry.kind == "test.happened"))
        assert len(written.all()) == 8 * sum(
            number % 3 + 1 for number in range(12) if number % 4 != 3
        )


# The guard ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE {table} SET sequence = sequence + 1000000",
        "DELETE FROM {table}",
        "DELETE FROM {table} WHERE sequence = 0",
    ],
)
def test_the_database_refuses_to_change_the_log(
    any_office: Office, table: str, statement: str
) -> None:
    with pytest.raises(DBAPIError, match="append-only"), any_office.database.writing() as uow:
        uow.session.execute(text(statement.format(table=table)))
    with any_office.database.reading() as uow:
        assert uow.session.scalar(text(f"SELECT count(*) FROM {table}"))


@pytest.mark.parametrize("table", TABLES)
def test_postgresql_refuses_to_empty_the_log(postgres_office: Office, table: str) -> None:
    with pytest.raises(DBAPIError, match="append-only"), postgres_office.database.writing() as uow:
        uow.session.execute(text(f"TRUNCATE {table} CASCADE"))


def test_sqlite_refuses_to_replace_an_entry(office: Office) -> None:
    with pytest.raises(DBAPIError, match="append-only"), office.database.writing() as uow:
        uow.session.execute(
            text("REPLACE INTO log_payload (sequence, salt, payload) VALUES (0, x'00', '{}')")
        )
    with office.database.reading() as uow:
        kept = uow.session.get_one(LogPayload, 0)
        assert len(kept.salt) == 32


def test_what_fails_after_the_commit_undoes_nothing(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    done = []

    def fail() -> None:
        raise Undone

    thing = uuid4()
    with office.database.writing() as uow:
        uow.record("test.happened", actor_id=None, objects=[thing])
        uow.after_commit(fail)
        uow.after_commit(lambda: done.append("yes"))
    assert done == ["yes"]
    assert "after a commit" in caplog.text
    with office.database.reading() as uow:
        assert len(list(entries_about(uow.session, thing))) == 1
