"""Rows as bytes: nothing changes on the way, and a change stays where it is."""

from datetime import UTC, date, datetime
from uuid import NAMESPACE_URL, UUID, uuid5

import pytest
from hypothesis import given
from hypothesis import strategies as st

from records.backup.blocks import MOST_ROWS, blocks, packed, rows_of

JSON = st.none() | st.booleans() | st.integers() | st.text()
CELLS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    st.text(),
    st.binary(),
    st.uuids(),
    st.dates(),
    st.datetimes(timezones=st.just(UTC)),
    st.dictionaries(st.text(), JSON),
    st.lists(JSON),
)


@given(st.lists(st.lists(CELLS, min_size=1, max_size=3), max_size=5))
def test_rows_come_back_as_they_were(rows: list[list[object]]) -> None:
    found = [row for block, _ in blocks(iter(rows), 1) for row in rows_of(packed(block))]
    assert found == rows


def test_every_kind_of_value_keeps_its_type() -> None:
    row = [
        UUID(int=7),
        datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=UTC),
        date(2026, 1, 2),
        b"\x00\xff",
        {"uuid": "not one"},
        ["关于"],
        "text",
        5,
        True,
        None,
    ]
    ((block, count),) = blocks([row], 1)
    (found,) = rows_of(packed(block))
    assert count == 1
    assert found == row
    assert [type(each) for each in found] == [type(each) for each in row]


def test_one_row_more_alters_one_block() -> None:
    # Keys of a fixed kind: where blocks end is a matter of chance, and of seldom bad luck.
    keys = sorted(uuid5(NAMESPACE_URL, str(each)) for each in range(20_000))
    rows = [[each, "text"] for each in keys]
    before = {block for block, _ in blocks(iter(rows), 1)}
    del rows[10_000]
    after = {block for block, _ in blocks(iter(rows), 1)}
    assert len(before) > 3
    assert len(after - before) == 1


def test_a_block_never_grows_beyond_its_bound() -> None:
    rows = [[each] for each in range(3 * MOST_ROWS)]
    assert max(count for _, count in blocks(iter(rows), 1)) <= MOST_ROWS


def test_a_block_that_unpacks_to_more_than_any_block_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("records.backup.blocks._MOST_UNPACKED", 100)
    with pytest.raises(ValueError, match="larger than any"):
        list(rows_of(packed(b"[1]\n" * 1000)))
