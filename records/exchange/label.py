"""The QR label of a paper original: 62 x 29 mm for a label printer, or A4 sheets of 24."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from records.core.errors import Invalid
from records.exchange.typesetting import has_chinese, qr_code, typeset, writes_chinese

SHEET_LABELS = 24
NO_FONT = "No Chinese font"


class Form(StrEnum):
    """On what labels are printed."""

    SINGLE = "single"  # 62 x 29 mm, a roll of a label printer
    SHEET = "sheet"  # A4 with three columns of eight, 70 x 36 mm each


@dataclass(frozen=True)
class Label:
    """What stands on one label; no title: a label lies open on every desk."""

    number: str
    office: str
    line: str
    address: str


def write_labels(
    labels: Sequence[Label], *, form: Form, made_at: datetime, first: int = 1
) -> bytes:
    """Return labels as PDF.

    Args:
        first: The place of the first label on its sheet, from 1: a sheet that has been begun is
            used up.

    Raises:
        Invalid: There is no such place.
    """
    if not 1 <= first <= SHEET_LABELS:
        raise Invalid(
            "A sheet has the places 1 to %(count)d.", {"count": SHEET_LABELS}, field="first"
        )
    shown = [
        {
            "number": each.number,
            "office": each.office,
            "line": each.line,
            "qr": qr_code(each.address),
        }
        for each in labels
    ]
    notice = NO_FONT if has_chinese(str(shown)) and not writes_chinese() else ""
    data = {"form": form.value, "skip": first - 1, "labels": shown, "notice": notice}
    return typeset("label", data, made_at=made_at)
