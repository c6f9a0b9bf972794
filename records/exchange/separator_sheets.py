"""Separator sheets 分隔页 on A4: laid between papers, they tell where the next document begins.

The words come from whoever asks, in the language of the reader; the code says the same to us
(`records.scans.sheets`).
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from records.core.errors import Invalid
from records.exchange.label import NO_FONT
from records.exchange.typesetting import has_chinese, qr_code, typeset, writes_chinese

MOST_SHEETS = 100


@dataclass(frozen=True)
class SheetInWords:
    """A separator sheet in the words of one language.

    Attributes:
        language: BCP 47.
        facts: Pairs of a name and a value: what is known of the documents behind it.
        code: The text of its QR code.
    """

    language: str
    office: str
    heading: str
    explanation: str
    facts: Sequence[tuple[str, str]]
    foot: str
    code: str


def write_separator_sheets(sheet: SheetInWords, *, count: int, made_at: datetime) -> bytes:
    """Return a number of the same sheet as PDF.

    Raises:
        Invalid: None, or more than are printed at once.
    """
    if not 1 <= count <= MOST_SHEETS:
        raise Invalid("From 1 to %(max)d sheets.", {"max": MOST_SHEETS}, field="count")
    data = {
        **asdict(sheet),
        "language": sheet.language.partition("-")[0],
        "qr": qr_code(sheet.code),
        "count": count,
    }
    data["notice"] = NO_FONT if has_chinese(str(data)) and not writes_chinese() else ""
    return typeset("separator_sheet", data, made_at=made_at)
