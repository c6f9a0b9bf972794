"""What reading a page face yields: values, each with its confidence and its evidence."""

from collections.abc import Iterable
from dataclasses import dataclass, field, fields, replace
from typing import Any

# From here on a value is filled in; below, it is offered beside the field and left to the clerk.
FILLED_FROM = 0.8

Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Evidence:
    """Where a value was read.

    Attributes:
        page: Counted from 1.
        box: `x0, y0, x1, y1` in points from the page's top left corner; None where the format
            has no places.
        text: What stands there, line by line as printed.
    """

    page: int
    box: Box | None
    text: str

    def shown(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        return {"page": self.page, "box": list(self.box) if self.box else None, "text": self.text}


def joined(parts: Iterable[Evidence]) -> Evidence:
    """Return the evidence of a value that takes several lines of one page."""
    every = list(parts)
    same = [each for each in every if each.page == every[0].page]
    boxes = [each.box for each in same if each.box is not None]
    box = None
    if boxes:
        x0, y0, x1, y1 = zip(*boxes, strict=True)
        box = (min(x0), min(y0), max(x1), max(y1))
    return Evidence(every[0].page, box, "\n".join(each.text for each in every))


@dataclass(frozen=True, slots=True)
class Found:
    """A value as it was read.

    Attributes:
        value: Text, or a list of texts; dates are ISO 8601.
        confidence: From 0 to 1; see `FILLED_FROM`.
        evidence: Where it stands.
        raw: What was printed, where the value is a normal form of it.
    """

    value: str | list[str]
    confidence: float
    evidence: Evidence
    raw: str | None = None

    @property
    def filled(self) -> bool:
        """Whether it is sure enough to be filled in."""
        return self.confidence >= FILLED_FROM

    def less_sure(self, factor: float) -> "Found":
        """Return it with less confidence."""
        return replace(self, confidence=self.confidence * factor)

    def shown(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        told: dict[str, Any] = {
            "value": self.value,
            "confidence": round(self.confidence, 2),
            "evidence": self.evidence.shown(),
        }
        return told if self.raw is None else {**told, "raw": self.raw}


@dataclass(frozen=True, slots=True)
class Face:
    """The fields of a page face; None where nothing was found."""

    document_number: Found | None = field(
        default=None,
        metadata={
            "doc": "the number of the sender (发文字号), in its normal form; `raw` as printed"
        },
    )
    title: Found | None = field(
        default=None, metadata={"doc": "the title, its lines joined; for letters the subject"}
    )
    issuer: Found | None = field(
        default=None, metadata={"doc": "the issuing agencies (发文机关), a list, lead agency first"}
    )
    addressee: Found | None = field(
        default=None,
        metadata={"doc": "to whom it is addressed (主送机关), as printed, without the colon"},
    )
    copies_to: Found | None = field(
        default=None, metadata={"doc": "whom copies go to (抄送), a list"}
    )
    attachments: Found | None = field(
        default=None, metadata={"doc": "the titles of the attachments (附件) that the page lists"}
    )
    written_on: Found | None = field(
        default=None, metadata={"doc": "the day it was written or signed (成文日期)"}
    )
    printed_on: Found | None = field(
        default=None, metadata={"doc": "the day it was printed (印发日期)"}
    )
    signer: Found | None = field(
        default=None, metadata={"doc": "who signed it (签发人), several parted by 、"}
    )
    kind: Found | None = field(
        default=None, metadata={"doc": "one of the fifteen kinds (文种), in Chinese"}
    )
    secrecy: Found | None = field(
        default=None,
        metadata={"doc": "the secrecy level (密级), as the metadata name it; `raw` as printed"},
    )
    secrecy_term: Found | None = field(
        default=None, metadata={"doc": "how long the secrecy lasts (保密期限), as printed"}
    )
    urgency: Found | None = field(
        default=None,
        metadata={"doc": "the urgency (紧急程度), as the metadata name it; `raw` as printed"},
    )
    copy_number: Found | None = field(
        default=None, metadata={"doc": "the number of the copy (份号)"}
    )
    sender: Found | None = field(default=None, metadata={"doc": "of letters and mail: from whom"})
    our_reference: Found | None = field(
        default=None, metadata={"doc": "of letters: the sender's reference"}
    )
    your_reference: Found | None = field(
        default=None, metadata={"doc": "of letters: the reference of what is answered"}
    )

    def shown(self) -> dict[str, Any]:
        """Return all fields as JSON has them."""
        found = ((each.name, getattr(self, each.name)) for each in fields(self))
        return {name: None if value is None else value.shown() for name, value in found}


def no_face() -> dict[str, Any]:
    """Return the face of a file that says nothing."""
    return Face().shown()
