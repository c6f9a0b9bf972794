"""The seal book 用印登记簿 on paper: landscape A4, the head of the table on every page.

The columns are those of the book that offices keep by hand. The words come from whoever asks, in
the language of the reader; here is only how they stand on the page.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from records.exchange.slip import NO_FONT
from records.exchange.typesetting import has_chinese, typeset, writes_chinese

MOST_LINES = 5_000


@dataclass(frozen=True)
class PrintedLine:
    """One line of the book, a text for each column.

    Attributes:
        is_struck: What was sealed was declared withdrawn; its number and copies are struck out.
    """

    cells: Sequence[str]
    is_struck: bool = False


@dataclass(frozen=True)
class PrintedBook:
    """A seal book in the words of one language.

    Attributes:
        language: BCP 47.
        facts: Pairs of a name and a value above the table.
        columns: Heads of the ten columns.
        closing: What stands under the last line, such as how many there are.
        page_of: How a page is counted, with `{page}` and `{pages}`.
    """

    language: str
    heading: str
    name: str
    facts: Sequence[tuple[str, str]]
    columns: Sequence[str]
    lines: Sequence[PrintedLine]
    closing: str
    foot: str
    page_of: str


def write_seal_book(book: PrintedBook, *, made_at: datetime) -> bytes:
    """Return a seal book as PDF, of as many pages as it needs."""
    data = {
        "language": book.language.partition("-")[0],
        "heading": book.heading,
        "name": book.name,
        "facts": [list(each) for each in book.facts],
        "columns": list(book.columns),
        "lines": [{"cells": list(each.cells), "struck": each.is_struck} for each in book.lines],
        "closing": book.closing,
        "foot": book.foot,
        "page_of": book.page_of,
    }
    lacks_font = has_chinese(str(data)) and not writes_chinese()
    return typeset("seal_book", {**data, "notice": NO_FONT if lacks_font else ""}, made_at=made_at)
