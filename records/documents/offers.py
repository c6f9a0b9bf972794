"""What the page face of a document offers its metadata: to be filled in, or to be taken.

Nothing that a person or another system said is overwritten: a field is filled in only while it is
empty or still has what registering gave it by itself, such as the name of the file for a title.
Nothing is kept either; a document has what its clerk confirms.
"""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from records.classification.face import FILLED_FROM
from records.documents.intake import title_of_file
from records.documents.models import Component, Document
from records.documents.rules import DocumentState, Urgency
from records.people.rules import Secrecy

# Counted, not read.
_CERTAIN = 1.0
_URGENCIES = {Urgency.ROUTINE: 0, Urgency.URGENT: 1, Urgency.FLASH: 2}
# From the fields of a page face to those of a document; the first that has a value counts.
_SOURCES: Mapping[str, tuple[str, ...]] = {
    "title": ("title",),
    "sender": ("sender", "issuer"),
    "document_number": ("document_number", "our_reference"),
    "addressee": ("addressee",),
    "written_on": ("written_on",),
    "printed_on": ("printed_on",),
    "kind": ("kind",),
    "urgency": ("urgency",),
    "secrecy": ("secrecy",),
    "secrecy_term": ("secrecy_term",),
}


class Standing(StrEnum):
    """What an offer is to its field."""

    FILLED = "filled"  # the field has no value of its own, and the page is sure
    OFFERED = "offered"  # it has none, and the page is not sure
    SAME = "same"  # it has what the page says
    OTHER = "other"  # it has another value


@dataclass(frozen=True)
class Offer:
    """A value for one field of the metadata.

    Attributes:
        value: As text of a form: days in ISO 8601, levels by their codes.
        confidence: From 0 to 1.
        evidence: Page, box and text, as the page face has them; None for what was counted.
    """

    value: str
    confidence: float
    standing: Standing
    evidence: Mapping[str, Any] | None = None


def offers_of(
    document: Document, components: list[Component], face: Mapping[str, Any]
) -> dict[str, Offer]:
    """Return what a page face offers, by the names of the metadata.

    A document that was checked is not filled in again; what it lacks is offered.

    Args:
        components: All files of the document.
        face: As `faces.document_face` gives it.
    """
    found = {name: _found(face, sources) for name, sources in _SOURCES.items()}
    offers = {name: each for name, each in found.items() if each is not None}
    pages = components[0].page_count if components else None
    if pages:
        offers["pages"] = Offer(str(pages), _CERTAIN, Standing.FILLED)
    waits = document.state == DocumentState.REGISTERED
    placed = {
        name: replace(each, standing=_standing(document, components, name, each, waits=waits))
        for name, each in offers.items()
    }
    return {name: each for name, each in placed.items() if _says_more(document, name, each)}


def _found(face: Mapping[str, Any], sources: tuple[str, ...]) -> Offer | None:
    for source in sources:
        found = face.get(source)
        if found is None:
            continue
        value = found["value"]
        text = _joined(value) if isinstance(value, list) else str(value)
        if text.strip():
            return Offer(text, found["confidence"], Standing.OFFERED, found["evidence"])
    return None


def _joined(names: list[str]) -> str:
    return (", " if "".join(names).isascii() else "、").join(names)


def _standing(
    document: Document, components: list[Component], name: str, offer: Offer, *, waits: bool
) -> Standing:
    own = _own(document, components, name)
    if own is None:
        sure = waits and offer.confidence >= FILLED_FROM
        return Standing.FILLED if sure else Standing.OFFERED
    return Standing.SAME if plain(own) == plain(offer.value) else Standing.OTHER


def _own(document: Document, components: list[Component], name: str) -> str | None:
    """Return what somebody said of a document; None for what it has by itself."""
    match name:
        case "title":
            first = components[0].name if components else ""
            return None if document.title == title_of_file(first) else document.title
        case "urgency":
            return None if document.urgency == Urgency.ROUTINE else document.urgency
        case "secrecy":
            is_default = document.secrecy == Secrecy.INTERNAL
            return None if is_default else Secrecy(document.secrecy).code
        case "document_number":
            return document.document_number or document.document_number_raw
        case "pages":
            return None if document.page_count is None else str(document.page_count)
        case _:
            value = getattr(document, name)
            return None if value is None else str(value)


def _says_more(document: Document, name: str, offer: Offer) -> bool:
    """Tell whether an offer is worth showing: none makes a document less secret or urgent."""
    if name == "secrecy":
        return Secrecy.from_code(offer.value) > document.secrecy
    if name == "urgency":
        return _URGENCIES[Urgency(offer.value)] > _URGENCIES[Urgency(document.urgency)]
    # Pages are counted by people too, on paper; the file need not agree.
    return not (name == "pages" and offer.standing is Standing.OTHER)


def plain(text: str) -> str:
    """Return a text for comparing: without white space, in one width and one case."""
    return "".join(unicodedata.normalize("NFKC", text).split()).casefold()
