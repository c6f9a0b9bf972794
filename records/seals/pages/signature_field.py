"""The signature field of a seal: laid over its imprint, or being the imprint. Runs in the cage."""

from pyhanko.pdf_utils.generic import (
    ArrayObject,
    DictionaryObject,
    IndirectObject,
    NameObject,
    NumberObject,
    pdf_string,
)
from pyhanko.pdf_utils.writer import BasePdfFileWriter

from records.seals.pages.drawing import Die, appearance, dictionary, rectangle
from records.seals.pages.geometry import Matrix
from records.seals.pages.sheets import Sheet, raw, resolved, value_of

# Print and Locked (ISO 32000-2, table 167).
_FLAGS = 4 | 128


def add_field(
    writer: BasePdfFileWriter, sheet: Sheet, name: str, matrix: Matrix | None, die: Die | None
) -> None:
    """Add an empty signature field to a PDF.

    Args:
        sheet: The page on which it lies.
        matrix: Of the imprint that it belongs to; None for a field that covers nothing.
        die: Draws the imprint as its appearance; None when the imprint is on the page already.
    """
    bounds = matrix.bounds(1, 1) if matrix is not None else (0.0, 0.0, 0.0, 0.0)
    content = die.content(matrix) if die is not None and matrix is not None else b""
    resources = die.resources() if die is not None else DictionaryObject()
    drawn = appearance(writer, bounds, content, resources)
    field = writer.add_object(
        dictionary(
            {
                "/Type": NameObject("/Annot"),
                "/Subtype": NameObject("/Widget"),
                "/FT": NameObject("/Sig"),
                "/T": pdf_string(name),
                "/F": NumberObject(_FLAGS),
                "/Rect": rectangle(bounds),
                "/P": sheet.ref,
                "/AP": dictionary({"/N": drawn}),
            }
        )
    )
    _annotate(writer, sheet, field)
    _enter(writer, field)


def _annotate(writer: BasePdfFileWriter, sheet: Sheet, field: IndirectObject) -> None:
    """Put the field among the annotations of its page."""
    if not isinstance(value_of(sheet.page, "/Annots"), ArrayObject):
        sheet.page[NameObject("/Annots")] = ArrayObject()
    writer.register_annotation(sheet.ref, field)


def _enter(writer: BasePdfFileWriter, field: IndirectObject) -> None:
    """Put the field into the form of the document; it is made when there is none."""
    root = writer.root
    form = value_of(root, "/AcroForm")
    if not isinstance(form, DictionaryObject):
        form = dictionary({"/Fields": ArrayObject()})
        root[NameObject("/AcroForm")] = writer.add_object(form)
        writer.update_root()
    held = raw(form, "/Fields")
    fields = resolved(held)
    if not isinstance(fields, ArrayObject):
        fields = ArrayObject()
        form[NameObject("/Fields")] = fields
    fields.append(field)
    if isinstance(held, IndirectObject):
        writer.mark_update(held)
    else:
        writer.update_container(form)
