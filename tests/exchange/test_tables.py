import csv
import io
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from records.core.errors import Invalid
from records.exchange import tables
from records.exchange.tables import FORMULA_STARTS, Cell, write_csv, write_xlsx

ZONE = ZoneInfo("Asia/Shanghai")
TEXTS = st.text(alphabet=st.characters(exclude_categories=("Cs", "Cc")) | st.sampled_from("=+-@\t"))


def read_back(data: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))


@given(st.lists(st.lists(TEXTS, min_size=2, max_size=2), max_size=5))
def test_no_cell_of_a_csv_file_begins_as_a_formula_and_nothing_else_changes(
    rows: list[list[str]],
) -> None:
    read = read_back(b"".join(write_csv(["a", "b"], rows, zone=ZONE)))
    assert len(read) == len(rows) + 1
    for row, found in zip(rows, read[1:], strict=True):
        for text, cell in zip(row, found, strict=True):
            assert not cell.startswith(FORMULA_STARTS)
            assert cell == (f"'{text}" if text.startswith(FORMULA_STARTS) else text)


def test_a_csv_file_begins_with_a_byte_order_mark_and_writes_times_in_the_offices_zone() -> None:
    instant = datetime(2026, 3, 1, 23, 30, tzinfo=UTC)
    data = b"".join(write_csv(["n", "t"], [[date(2026, 1, 2), instant], [None, 7]], zone=ZONE))
    assert data.startswith(b"\xef\xbb\xbf")
    assert read_back(data) == [["n", "t"], ["2026-01-02", "2026-03-02 07:30"], ["", "7"]]


def test_a_long_csv_file_comes_in_pieces() -> None:
    pieces = list(write_csv(["n"], ([each] for each in range(2_000)), zone=ZONE))
    assert len(pieces) > 2
    assert len(read_back(b"".join(pieces))) == 2_001


def test_a_workbook_holds_formulas_as_text_and_dates_as_dates() -> None:
    rows: list[list[Cell]] = [["=1+1", date(2026, 1, 2), 7], ["http://example.org", None, "+8"]]
    sheet = load_workbook(io.BytesIO(write_xlsx(["甲", "b", "c"], rows, zone=ZONE))).worksheets[0]
    assert [[each.value for each in row] for row in sheet.iter_rows()] == [
        ["甲", "b", "c"],
        ["=1+1", datetime(2026, 1, 2), 7],  # noqa: DTZ001 - a sheet knows no zones
        ["http://example.org", None, "+8"],
    ]
    assert sheet["A2"].data_type == "s"
    assert sheet["A3"].hyperlink is None


def test_a_workbook_refuses_too_many_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "MAX_XLSX_ROWS", 3)
    with pytest.raises(Invalid, match="at most 3 lines"):
        write_xlsx(["n"], ([each] for each in range(4)), zone=ZONE)
