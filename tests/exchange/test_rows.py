import io

import pytest
from openpyxl import Workbook

from records.core.errors import Invalid
from records.exchange.rows import read_rows

COLUMNS = ("path", "title", "number", "received_on")


@pytest.mark.parametrize(
    "data",
    [
        "path,title\na.pdf,标题\n".encode(),
        "path,title\r\na.pdf,标题\r\n".encode("utf-8-sig"),
        "path;title\na.pdf;标题\n".encode("gb18030"),
        "path\ttitle\na.pdf\t标题\n".encode("utf-16"),
        "\n路径,标题\n\na.pdf,标题\n".encode(),
    ],
)
def test_tables_of_many_programs_are_read_alike(data: bytes) -> None:
    assert [dict(each.cells) for each in read_rows(data, columns=COLUMNS)] == [
        {"path": "a.pdf", "title": "标题"}
    ]


def test_a_row_knows_the_line_on_which_it_begins() -> None:
    rows = read_rows(b'path,title\na,"two\nlines"\n\nb,c\n', columns=COLUMNS)
    assert [each.line for each in rows] == [2, 5]


def test_a_workbook_is_read_with_its_dates_and_whole_numbers() -> None:
    from datetime import date

    book = Workbook()
    sheet = book.worksheets[0]
    sheet.append(["number", "received_on"])
    sheet.append([12.0, date(2020, 3, 1)])
    out = io.BytesIO()
    book.save(out)
    rows = read_rows(out.getvalue(), columns=COLUMNS)
    assert dict(rows[0].cells) == {"number": "12", "received_on": "2020-03-01"}


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"path,titel\na,b\n", "no column titel. The nearest known one is title"),
        (b"path,path\na,b\n", "there twice"),
        (b"path\na,b\n", "column without a name"),
        (b'path\n"a', "not CSV"),
        (b"", "empty"),
        (b"PK\x03\x04 and nothing more", "cannot be read"),
        (b"\x00\x01\x02", "neither CSV"),
    ],
)
def test_what_is_no_table_is_refused_with_the_reason(data: bytes, said: str) -> None:
    with pytest.raises(Invalid, match=said):
        read_rows(data, columns=COLUMNS)
