"""XLSX by openpyxl: the values of each sheet, row by row."""

import datetime as dt
from typing import Any

import openpyxl

from search.reading.packages import Package
from search.reading.source import Draft, Source


def read(source: Source, draft: Draft) -> None:
    """Read an XLSX, one page of text per sheet, cells parted by tabs."""
    package = Package(source)
    package.note_attributes(draft, "docProps/core.xml", "docProps/app.xml")
    workbook = openpyxl.load_workbook(source.file(), read_only=True, data_only=True)
    sheets = workbook.worksheets
    draft.page_count = len(sheets)
    for sheet in sheets:
        # The stated extent of a sheet is often wrong; without it all rows are read.
        sheet.reset_dimensions()
        if not draft.add_page(_text(sheet, draft.room)):
            break


def _text(sheet: Any, most_chars: int) -> str:
    lines = [sheet.title]
    room = most_chars
    for row in sheet.iter_rows(values_only=True):
        line = "\t".join(_cell(value) for value in row).rstrip("\t")
        if line:
            lines.append(line)
            room -= len(line)
        if room < 0:
            break
    return "\n".join(lines)


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, dt.datetime) and value.time() == dt.time():
        return value.date().isoformat()
    if isinstance(value, float) and value.is_integer():
        return f"{value:.0f}"
    return str(value).replace("\n", " ")
