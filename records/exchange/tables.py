"""Lists as files for spreadsheet programs, in which no cell becomes a formula.

CSV: a cell that a spreadsheet program would read as a formula gets a leading apostrophe (OWASP,
"CSV injection"), and a byte order mark lets Excel see UTF-8. XLSX: every text is written as a
string cell, which is never computed.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from records.core.errors import Invalid

Cell = str | int | float | bool | date | datetime | None

XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV_TYPE = "text/csv; charset=utf-8"
# The workbook is made in memory: a temporary file would hold titles in clear.
MAX_XLSX_ROWS = 50_000
MAX_XLSX_TEXT = 32_767
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
ROWS_PER_PIECE = 500
_MAX_WIDTH = 60


def write_csv(
    columns: Sequence[str], rows: Iterable[Sequence[Cell]], *, zone: ZoneInfo
) -> Iterator[bytes]:
    """Yield a CSV file (RFC 4180, UTF-8 with byte order mark) in pieces.

    Args:
        columns: Titles of the columns.
        zone: Time zone in which instants are written.
    """
    piece = io.StringIO()
    writer = csv.writer(piece)
    piece.write("\ufeff")
    writer.writerow([_defused(each) for each in columns])
    for count, row in enumerate(rows, start=1):
        writer.writerow([_defused(_text(each, zone)) for each in row])
        if count % ROWS_PER_PIECE == 0:
            yield piece.getvalue().encode("utf-8", "replace")
            piece.seek(0)
            piece.truncate()
    yield piece.getvalue().encode("utf-8", "replace")


def write_xlsx(
    columns: Sequence[str], rows: Iterable[Sequence[Cell]], *, zone: ZoneInfo, sheet: str = "List"
) -> bytes:
    """Return a workbook with one sheet: a header that stays in sight, filters, real dates.

    Raises:
        Invalid: More than `MAX_XLSX_ROWS` rows; a CSV file takes any number.
    """
    import xlsxwriter

    out = io.BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with xlsxwriter.Workbook(out, options) as workbook:
        page = workbook.add_worksheet(sheet[:31])
        head = workbook.add_format({"bold": True, "bottom": 1})
        day = workbook.add_format({"num_format": "yyyy-mm-dd"})
        minute = workbook.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        widths = [_width(each) for each in columns]
        for column, title in enumerate(columns):
            page.write_string(0, column, title, head)
        count = 0
        for count, row in enumerate(rows, start=1):
            if count > MAX_XLSX_ROWS:
                raise Invalid(
                    "A workbook takes at most %(max)d lines. Narrow the list, or take CSV.",
                    {"max": MAX_XLSX_ROWS},
                )
            for column, cell in enumerate(row):
                if isinstance(cell, datetime):
                    local = cell.astimezone(zone).replace(tzinfo=None)
                    page.write_datetime(count, column, local, minute)
                elif isinstance(cell, date):
                    page.write_datetime(count, column, cell, day)
                elif isinstance(cell, int | float) and not isinstance(cell, bool):
                    page.write_number(count, column, cell)
                elif cell is not None:
                    page.write_string(count, column, _text(cell, zone)[:MAX_XLSX_TEXT])
                widths[column] = max(widths[column], _width(_text(cell, zone)))
        for column, width in enumerate(widths):
            page.set_column(column, column, min(width + 2, _MAX_WIDTH))
        page.freeze_panes(1, 0)
        if columns:
            page.autofilter(0, 0, count, len(columns) - 1)
    return out.getvalue()


def _defused(text: str) -> str:
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def _text(cell: Cell, zone: ZoneInfo) -> str:
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return cell.astimezone(zone).strftime("%Y-%m-%d %H:%M")
    if isinstance(cell, date):
        return cell.isoformat()
    return str(cell)


def _width(text: str) -> int:
    # A Han character is two columns wide.
    return sum(2 if ord(each) > 0x2E7F else 1 for each in text)
