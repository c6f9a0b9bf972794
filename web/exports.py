"""Lists as files: CSV is streamed while it is read, a workbook is made whole."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime

from flask import Response, stream_with_context
from flask_babel import gettext
from werkzeug.exceptions import NotFound

from records.exchange.tables import CSV_TYPE, XLSX_TYPE, Cell, write_csv, write_xlsx
from web.content import attachment
from web.formats import whole
from web.i18n import office_time_zone

MOST_ROWS = 10_000


def answer(
    format_: str, name: str, columns: Sequence[str], rows: Iterable[Sequence[Cell]]
) -> Response:
    """Answer a list as a file.

    Args:
        format_: `csv` or `xlsx`.
        name: Name of the file without its ending; the day is added.
        columns: Titles of the columns, in the reader's language.
        rows: The lines; after `MOST_ROWS` of them the file says that it ends there.
    """
    bounded = _bounded(rows, len(columns))
    zone = office_time_zone()
    if format_ == "csv":
        pieces = write_csv(columns, bounded, zone=zone)
        found = Response(stream_with_context(pieces), content_type=CSV_TYPE)
    elif format_ == "xlsx":
        made = write_xlsx(columns, bounded, zone=zone, sheet=_sheet_name(name))
        found = Response(made, content_type=XLSX_TYPE)
    else:
        raise NotFound
    day = datetime.now(UTC).astimezone(zone).date().isoformat()
    found.headers["Content-Disposition"] = attachment(f"{name} {day}.{format_}")
    return found


def _bounded(rows: Iterable[Sequence[Cell]], width: int) -> Iterator[Sequence[Cell]]:
    for count, row in enumerate(rows):
        if count == MOST_ROWS:
            notice = gettext(
                "This file ends after %(count)s lines. Narrow the list to get the others.",
                count=whole(MOST_ROWS),
            )
            yield [notice, *[None] * (width - 1)]
            return
        yield row


def _sheet_name(name: str) -> str:
    # Excel refuses these characters in the name of a sheet.
    return "".join(" " if each in "[]:*?/\\'" else each for each in name).strip() or "List"
