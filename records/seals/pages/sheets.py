"""The pages of a PDF as pyHanko reads it: where each is, what it inherits, how it is shown.

Runs in the cage. It reads page trees as leniently as readers do: what has kids is a node, what has
none is a page.
"""

from dataclasses import dataclass

from pyhanko.pdf_utils.generic import (
    ArrayObject,
    DictionaryObject,
    IndirectObject,
    NullObject,
    PdfObject,
)
from pyhanko.pdf_utils.rw_common import PdfHandler

from records.seals.caged import Refused
from records.seals.pages.geometry import PageBox, page_box

MOST_SHEETS = 20_000
_DEEPEST = 64
_INHERITED = ("/Resources", "/MediaBox", "/CropBox", "/Rotate")


@dataclass(frozen=True)
class Sheet:
    """One page.

    Attributes:
        ref: Of its dictionary.
        page: Its dictionary.
        resources: Its own or inherited, as they stand there.
        box: How it is shown.
    """

    ref: IndirectObject
    page: DictionaryObject
    resources: PdfObject | None
    box: PageBox


def sheets_of(pdf: PdfHandler) -> list[Sheet]:
    """Return the pages of a PDF in their order.

    Raises:
        Refused: There are none, or the page tree is broken (`damaged`).
    """
    found: list[Sheet] = []
    _collect(raw(pdf.root, "/Pages"), {}, found, frozenset())
    if not found:
        raise Refused("damaged", "no pages in it")
    return found


def _collect(
    node_ref: PdfObject | None,
    above: dict[str, PdfObject],
    found: list[Sheet],
    seen: frozenset[int],
) -> None:
    if not isinstance(node_ref, IndirectObject):
        raise Refused("damaged", "a page that no reference leads to")
    if node_ref.idnum in seen or len(seen) > _DEEPEST or len(found) > MOST_SHEETS:
        raise Refused("damaged", "the page tree is too deep, too large or a circle")
    node = node_ref.get_object()
    if not isinstance(node, DictionaryObject):
        return
    own = {name: value for name in _INHERITED if (value := raw(node, name)) is not None}
    inherited = {**above, **own}
    kids = value_of(node, "/Kids")
    if not isinstance(kids, ArrayObject):
        found.append(_sheet(node_ref, node, inherited))
        return
    for kid in items(kids):
        _collect(kid, inherited, found, seen | {node_ref.idnum})


def _sheet(ref: IndirectObject, page: DictionaryObject, inherited: dict[str, PdfObject]) -> Sheet:
    box = page_box(
        numbers(inherited.get("/MediaBox")),
        numbers(inherited.get("/CropBox")),
        rotation=_number(inherited.get("/Rotate")) or 0.0,
        user_unit=_number(raw(page, "/UserUnit")) or 1.0,
    )
    return Sheet(ref, page, inherited.get("/Resources"), box)


def raw(holder: DictionaryObject, name: str) -> PdfObject | None:
    """Return what stands under a name, a reference as such; None when there is nothing."""
    if name not in holder:
        return None
    found: PdfObject = holder.raw_get(name)
    return None if isinstance(found, NullObject) else found


def value_of(holder: DictionaryObject, name: str) -> PdfObject | None:
    """Return what stands under a name, references followed; None when there is nothing."""
    return resolved(raw(holder, name))


def resolved(found: PdfObject | None) -> PdfObject | None:
    """Follow a reference; None when it leads nowhere."""
    value = found.get_object() if found is not None else None
    return None if isinstance(value, NullObject) else value


def items(found: PdfObject | None) -> list[PdfObject]:
    """Return what stands in an array, references as such; nothing when it is none."""
    if not isinstance(found, ArrayObject):
        return []
    return [found.raw_get(index) for index in range(len(found))]


def numbers(found: PdfObject | None) -> list[float] | None:
    """Return an array of numbers, None when it is none."""
    array = resolved(found)
    if not isinstance(array, ArrayObject):
        return None
    values = [_number(item) for item in items(array)]
    return [value for value in values if value is not None] if None not in values else None


def _number(found: PdfObject | None) -> float | None:
    value = resolved(found)
    try:
        return float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        return None
