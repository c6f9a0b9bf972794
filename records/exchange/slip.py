"""The circulation slip 传阅单: one round on paper, with opinions, signatures and handwriting.

The words come from whoever asks, in the language of the reader; here is only how they stand on the
page: A4, the head of the table on every page.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from records.circulation.models import Receipt
from records.circulation.receipts import handwriting_of
from records.circulation.telling import RoundView
from records.core.database import UnitOfWork
from records.exchange.typesetting import has_chinese, picture, qr_code, typeset, writes_chinese
from records.people.rules import Actor
from storage import Vault

HANDWRITING_PX = 480


@dataclass(frozen=True)
class SlipLine:
    """One reader of one stage, in words.

    Attributes:
        reader: The name; of a deputy with the name of the absent reader.
        state: How far it is.
        decision: What was signed, empty for none.
        opinion: What was written, empty for none.
        handwriting: A PNG, None for none.
        time: When it was delivered, opened and ended.
        signature: By what kind of key, and the receipt.
    """

    reader: str
    state: str
    decision: str = ""
    opinion: str = ""
    handwriting: bytes | None = None
    time: str = ""
    signature: str = ""


@dataclass(frozen=True)
class SlipStage:
    """A stage: its heading and its readers."""

    heading: str
    lines: Sequence[SlipLine]


@dataclass(frozen=True)
class Slip:
    """A circulation slip in the words of one language.

    Attributes:
        language: BCP 47.
        marks: Secrecy and urgency, where they are not those of everything.
        facts: Pairs of a name and a value above the table.
        columns: Heads of the four columns.
        address: What the QR code leads to.
        page_of: How a page is counted, with `{page}` and `{pages}`.
    """

    language: str
    heading: str
    marks: Sequence[str]
    number: str
    title: str
    facts: Sequence[tuple[str, str]]
    columns: Sequence[str]
    stages: Sequence[SlipStage]
    address: str
    address_words: str
    foot: str
    page_of: str


NO_FONT = (
    "No font with Chinese characters was found on this machine: apt-get install fonts-noto-cjk"
)


def write_slip(slip: Slip, *, made_at: datetime) -> bytes:
    """Return a slip as PDF, of as many pages as it needs."""
    data: dict[str, Any] = {
        "language": slip.language.partition("-")[0],
        "heading": slip.heading,
        "marks": list(slip.marks),
        "number": slip.number,
        "title": slip.title,
        "facts": [list(each) for each in slip.facts],
        "columns": list(slip.columns),
        "stages": [
            {"heading": each.heading, "lines": [_line(one) for one in each.lines]}
            for each in slip.stages
        ],
        "qr": qr_code(slip.address),
        "address": slip.address,
        "address_words": slip.address_words,
        "foot": slip.foot,
        "page_of": slip.page_of,
    }
    lacks_font = has_chinese(str(data)) and not writes_chinese()
    data["notice"] = NO_FONT if lacks_font else ""
    return typeset("slip", data, made_at=made_at)


def _line(line: SlipLine) -> dict[str, Any]:
    drawn = None
    if line.handwriting is not None:
        drawn = picture(line.handwriting, width_px=HANDWRITING_PX)
    return {
        "reader": line.reader,
        "state": line.state,
        "decision": line.decision,
        "opinion": line.opinion,
        "handwriting": drawn,
        "time": line.time,
        "signature": line.signature,
    }


@dataclass(frozen=True)
class Signed:
    """How an item was signed: the kind of the key, and what was drawn."""

    kind: str
    handwriting: bytes | None


def signatures_of(
    uow: UnitOfWork, vault: Vault, actor: Actor, view: RoundView
) -> dict[UUID, Signed]:
    """Return by item how a round was signed, as far as a person may see what readers said."""
    receipts = {each.receipt_id: each for each in view.items if each.receipt_id is not None}
    query = select(Receipt.id, Receipt.signature).where(Receipt.id.in_(receipts))
    found: dict[UUID, Signed] = {}
    for receipt_id, signature in uow.session.execute(query):
        item = receipts[receipt_id]
        drawn = handwriting_of(uow, vault, actor, receipt_id) if item.has_handwriting else None
        found[item.id] = Signed(signature["kind"], drawn)
    return found
