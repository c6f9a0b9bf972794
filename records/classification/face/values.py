"""What reading a page face yields: values, each with its confidence and its evidence."""

from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
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

    document_number: Found | None = None
    title: Found | None = None
    issuer: Found | None = None
    addressee: Found | None = None
    copies_to: Found | None = None
    attachments: Found | None = None
    written_on: Found | None = None
    printed_on: Found | None = None
    signer: Found | None = None
    kind: Found | None = None
    secrecy: Found | None = None
    secrecy_term: Found | None = None
    urgency: Found | None = None
    copy_number: Found | None = None
    sender: Found | None = None
    our_reference: Found | None = None
    your_reference: Found | None = None

    def shown(self) -> dict[str, Any]:
        """Return all fields as JSON has them."""
        found = ((each.name, getattr(self, each.name)) for each in fields(self))
        return {name: None if value is None else value.shown() for name, value in found}


def no_face() -> dict[str, Any]:
    """Return the face of a file that says nothing."""
    return Face().shown()
