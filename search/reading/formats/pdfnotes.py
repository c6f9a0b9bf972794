"""What people wrote onto a PDF page: values of form fields, comments and free text."""

import ctypes
from collections.abc import Callable, Iterator
from typing import Any

import pypdfium2 as pdfium
import pypdfium2.raw as raw

_MOST_NOTES = 1000
_VALUES = (raw.FPDF_FORMFIELD_TEXTFIELD, raw.FPDF_FORMFIELD_COMBOBOX, raw.FPDF_FORMFIELD_LISTBOX)


def notes_of(document: pdfium.PdfDocument, page: pdfium.PdfPage) -> str:
    """Return what was filled in and noted on a page, a line each, in the file's order."""
    found = (_note(document, annotation) for annotation in _annotations(page))
    return "\n".join(dict.fromkeys(note for note in found if note.strip()))


def _annotations(page: pdfium.PdfPage) -> Iterator[Any]:
    for index in range(min(raw.FPDFPage_GetAnnotCount(page), _MOST_NOTES)):
        annotation = raw.FPDFPage_GetAnnot(page, index)
        if annotation:
            yield annotation
            raw.FPDFPage_CloseAnnot(annotation)


def _note(document: pdfium.PdfDocument, annotation: Any) -> str:
    if raw.FPDFAnnot_GetSubtype(annotation) != raw.FPDF_ANNOT_WIDGET:
        return _wide(lambda *out: raw.FPDFAnnot_GetStringValue(annotation, b"Contents", *out))
    form = document.formenv
    if form is None or raw.FPDFAnnot_GetFormFieldType(form, annotation) not in _VALUES:
        return ""
    return _wide(lambda *out: raw.FPDFAnnot_GetFormFieldValue(form, annotation, *out))


def _wide(get: Callable[[Any, int], int]) -> str:
    """Call a function of PDFium that fills a buffer with UTF-16, ended by a zero."""
    size = get(None, 0)
    buffer = ctypes.create_string_buffer(size)
    get(ctypes.cast(buffer, ctypes.POINTER(raw.FPDF_WCHAR)), size)
    return buffer.raw[: max(0, size - 2)].decode("utf-16-le", "ignore")
