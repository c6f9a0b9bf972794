"""Copies of a PDF one behind the other, each with a text of its own on its first page.

Runs in the cage (task `overlay`): numbered copies are printed from it. The copies share everything
but their pages' dictionaries, so that a hundred copies are hardly larger than one. It is a new
file without the form and the signatures of the original: what is printed is no signed document.
"""

import io
import mmap
from typing import Any

from pyhanko.pdf_utils.generic import (
    ArrayObject,
    DictionaryObject,
    IndirectObject,
    NameObject,
    NumberObject,
    PdfObject,
)
from pyhanko.pdf_utils.writer import PdfFileWriter, copy_into_new_writer

from records.seals.caged import Refused
from records.seals.pages.boxes import HUNDREDTHS
from records.seals.pages.drawing import Overlays, dictionary, rectangle, text_content
from records.seals.pages.facts import open_pdf
from records.seals.pages.geometry import MM_PER_POINT, Matrix, PageBox
from records.seals.pages.sheets import MOST_SHEETS, Sheet, items, raw, resolved, sheets_of, value_of
from search.reading import Limits

_FONT = "/CopyNumber"
_ASCENT = 0.75
_KEPT = ("/Type", "/Pages", "/Lang", "/OCProperties", "/OutputIntents", "/Version")
_OF_A_PICTURE = ("/Rect", "/F", "/AP", "/AS")
# What places a page in a tree, an article or a structure that the copies do not have.
_OF_THE_ORIGINAL = ("/CropBox", "/StructParents", "/B", "/Tabs", "/Parent")


def overlay(
    job: dict[str, Any], content: bytes | mmap.mmap, _: Limits
) -> tuple[dict[str, Any], bytes]:
    """Return the copies.

    Args:
        job: `texts`, one for each copy, of ASCII; `x` and `y` of the top left corner of a text in
            hundredths of a millimetre as shown; `size_pt` of its letters.

    Raises:
        Refused: `encrypted`, `damaged`, `too_large` (more pages than a file should have), `text`.
    """
    texts: list[str] = job["texts"]
    if not texts or not all(text.isascii() and text.isprintable() for text in texts):
        raise Refused("text", "a text that the font has no letters for")
    writer = copy_into_new_writer(open_pdf(content))
    sheets = sheets_of(writer)
    for sheet in sheets:
        _flatten(writer, sheet.page)
    if len(sheets) * len(texts) > MOST_SHEETS:
        raise Refused("too_large", f"{len(texts)} copies of {len(sheets)} pages")
    overlays = Overlays(writer, dictionary({"/Font": dictionary({_FONT: _helvetica()})}))
    tree = writer.add_object(DictionaryObject())
    kids = []
    for text in texts:
        pages = [_copy(writer, sheet, tree) for sheet in sheets]
        frame = _frame(pages[0].box, job["x"], job["y"], job["size_pt"])
        overlays.add(pages[0], text_content(frame, _FONT, job["size_pt"], text))
        kids += [page.ref for page in pages]
    _set_tree(writer, tree, kids)
    out = io.BytesIO()
    writer.write(out)
    return {"pages": len(kids)}, out.getvalue()


def _flatten(writer: PdfFileWriter, page: DictionaryObject) -> None:
    """Turn the fields on a page into pictures of what stands in them, and of seals into imprints.

    Without their form, readers would not draw them.
    """
    kept = ArrayObject()
    for item in items(value_of(page, "/Annots")):
        annotation = resolved(item)
        if not isinstance(annotation, DictionaryObject):
            continue
        is_field = str(value_of(annotation, "/Subtype")) == "/Widget"
        kept.append(writer.add_object(_picture_of(annotation)) if is_field else item)
    page[NameObject("/Annots")] = kept


def _picture_of(field: DictionaryObject) -> DictionaryObject:
    """Return an annotation that looks as a field does, and is none."""
    picture = dictionary({"/Type": NameObject("/Annot"), "/Subtype": NameObject("/Stamp")})
    for name in _OF_A_PICTURE:
        if (value := raw(field, name)) is not None:
            picture[NameObject(name)] = value
    return picture


def _copy(writer: PdfFileWriter, sheet: Sheet, tree: IndirectObject) -> Sheet:
    """Return a page of its own with what the other has, inherited or not."""
    page = DictionaryObject()
    for name in sheet.page:
        if name not in _OF_THE_ORIGINAL:
            dict.__setitem__(page, NameObject(name), sheet.page.raw_get(name))
    box = sheet.box
    edges = (box.left, box.bottom, box.left + box.width, box.bottom + box.height)
    own: dict[str, PdfObject] = {
        "/Parent": tree,
        "/MediaBox": rectangle(edges),
        "/Rotate": NumberObject(box.rotation),
        "/Resources": sheet.resources if sheet.resources is not None else DictionaryObject(),
    }
    for name, value in own.items():
        page[NameObject(name)] = value
    return Sheet(writer.add_object(page), page, sheet.resources, box)


def _frame(box: PageBox, x: int, y: int, size_pt: float) -> Matrix:
    """Return the map from points along a line of text to the page."""
    base = y / HUNDREDTHS + _ASCENT * size_pt * MM_PER_POINT
    return box.from_shown.after(Matrix(MM_PER_POINT, 0, 0, -MM_PER_POINT, x / HUNDREDTHS, base))


def _helvetica() -> DictionaryObject:
    names = {"/Type": "/Font", "/Subtype": "/Type1", "/BaseFont": "/Helvetica"}
    return dictionary({name: NameObject(value) for name, value in names.items()})


def _set_tree(writer: PdfFileWriter, tree: IndirectObject, kids: list[IndirectObject]) -> None:
    """Make the copies the pages of the file, and leave out what belongs to the original's."""
    node = tree.get_object()
    assert isinstance(node, DictionaryObject)
    node[NameObject("/Type")] = NameObject("/Pages")
    node[NameObject("/Kids")] = ArrayObject(kids)
    node[NameObject("/Count")] = NumberObject(len(kids))
    root = writer.root
    for name in list(root):
        if name not in _KEPT:
            del root[name]
    root[NameObject("/Pages")] = tree
