"""Tables that people bring: CSV as any program writes it, and XLSX; rows with their line numbers.

Tolerated: byte order marks, UTF-8, UTF-16 and GB 18030; commas, semicolons and tabs; headers in
Chinese; empty lines and columns. Not tolerated: a column that nobody knows.
"""

import csv
import difflib
import io
import warnings
import zipfile
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from records.core.errors import Invalid

MAX_ROWS = 200_000
MAX_UNPACKED_BYTES = 512 * 1024 * 1024
_ZIP = b"PK\x03\x04"
# What Chinese books call their columns.
CHINESE_COLUMNS = {
    "路径": "path",
    "编号": "number",
    "登记号": "number",
    "收文号": "number",
    "发文号": "number",
    "年度": "year",
    "年份": "year",
    "标题": "title",
    "文件标题": "title",
    "来文单位": "sender",
    "发文单位": "sender",
    "主送机关": "addressee",
    "文号": "document_number",
    "发文字号": "document_number",
    "成文日期": "written_on",
    "印发日期": "printed_on",
    "收文日期": "received_on",
    "文种": "kind",
    "密级": "secrecy",
    "紧急程度": "urgency",
    "类目": "class",
    "责任部门": "unit",
    "关键词": "keywords",
    "备注": "remarks",
    "页数": "pages",
    "份数": "copies",
}


@dataclass(frozen=True)
class Row:
    """One line of a table: its number in the file, from 1, and its non-empty cells by column."""

    line: int
    cells: Mapping[str, str]


def read_rows(data: bytes, *, columns: Collection[str]) -> list[Row]:
    """Read a CSV or XLSX file whose first line names its columns.

    Raises:
        Invalid: The file is neither, a column is unknown or twice there, or it is too large.
    """
    lines = _sheet_lines(data) if data.startswith(_ZIP) else _csv_lines(data)
    header: list[str | None] | None = None
    rows: list[Row] = []
    for number, cells in lines:
        if not any(cells):
            continue
        if header is None:
            header = _header(cells, columns)
            continue
        if len(rows) >= MAX_ROWS:
            raise Invalid("The file has more than %(max)d lines.", {"max": MAX_ROWS}, field="file")
        rows.append(_row(number, header, cells))
    if header is None:
        raise Invalid("The file is empty.", field="file")
    return rows


def _header(cells: Sequence[str], columns: Collection[str]) -> list[str | None]:
    names: list[str | None] = []
    for cell in cells:
        text = cell.strip()
        name = CHINESE_COLUMNS.get(text, text.casefold().replace(" ", "_").replace("-", "_"))
        if name and name not in columns:
            nearest = difflib.get_close_matches(name, columns, n=1, cutoff=0.0)[0]
            raise Invalid(
                "There is no column %(name)s. The nearest known one is %(nearest)s.",
                {"name": text, "nearest": nearest},
                field="file",
            )
        if name and name in names:
            raise Invalid("The column %(name)s is there twice.", {"name": text}, field="file")
        names.append(name or None)
    return names


def _row(number: int, header: Sequence[str | None], cells: Sequence[str]) -> Row:
    found: dict[str, str] = {}
    for place, cell in enumerate(cells):
        text = cell.strip()
        if not text:
            continue
        name = header[place] if place < len(header) else None
        if name is None:
            raise Invalid(
                "Line %(line)d has a value in a column without a name: %(text)s.",
                {"line": number, "text": text[:80]},
                field="file",
            )
        found[name] = text
    return Row(number, found)


def _csv_lines(data: bytes) -> Iterator[tuple[int, list[str]]]:
    text = _decode(data)
    first = next((line for line in text.splitlines() if line.strip()), "")
    delimiter = max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    while True:
        begins = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise Invalid(
                "Line %(line)d is not CSV: %(error)s.",
                {"line": begins, "error": error},
                field="file",
            ) from error
        yield begins, cells


def _decode(data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings: Iterable[str] = ("utf-16",)
    else:
        encodings = ("utf-8-sig", "gb18030")
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise Invalid("The file is neither CSV in UTF-8 or GB 18030 nor XLSX.", field="file")


def _sheet_lines(data: bytes) -> Iterator[tuple[int, list[str]]]:
    from openpyxl import load_workbook

    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            if sum(each.file_size for each in package.infolist()) > MAX_UNPACKED_BYTES:
                raise Invalid("The workbook unpacks to too much.", field="file")
        with warnings.catch_warnings():
            # Decorations that openpyxl does not know are no business of the person.
            warnings.simplefilter("ignore")
            book = load_workbook(io.BytesIO(data), read_only=True, data_only=True)
        sheet = book.worksheets[0]
        sheet.reset_dimensions()
        for number, cells in enumerate(sheet.iter_rows(values_only=True), start=1):
            yield number, [_cell(each) for each in cells]
    except Invalid:
        raise
    except Exception as error:
        raise Invalid("The workbook cannot be read: %(error)s.", {"error": error}) from error


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
