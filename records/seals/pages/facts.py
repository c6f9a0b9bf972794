"""What a PDF is before it is stamped: its pages, its signatures and what they forbid.

Runs in the cage (task `facts`); `read_facts` takes the answer outside. The page that a keeper sees
is measured here and nowhere else: renderers disagree on user units.
"""

import io
import mmap
from dataclasses import dataclass
from typing import Any

from pyhanko.pdf_utils.generic import DictionaryObject, NumberObject, PdfObject
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.pdf_utils.rw_common import PdfHandler
from pyhanko.sign.fields import enumerate_sig_fields

from records.seals.caged import Refused
from records.seals.pages.boxes import hundredths
from records.seals.pages.sheets import Sheet, items, resolved, sheets_of, value_of
from search.reading import Limits

FIELD_PREFIX = "Seal-"
# What a certifying signature permits when it does not say (ISO 32000-2, table 257).
_PERMITTED_BY_DEFAULT = 2


@dataclass(frozen=True)
class PdfFacts:
    """What there is to know of a PDF.

    Attributes:
        sheets: Its pages.
        signatures: How many fields are signed, timestamps of the document included.
        certified: What the strictest certifying signature permits, see `placing`.
        next_field: A name for a signature field that no field of the form bears.
        refused: Why it cannot be stamped at all, a code; None when it can.
    """

    sheets: list[Sheet]
    signatures: int
    certified: int | None
    next_field: str
    refused: str | None


def facts(
    _job: dict[str, Any], content: bytes | mmap.mmap, _: Limits
) -> tuple[dict[str, Any], bytes]:
    """Return page sizes (hundredths of mm, as shown), signatures, and what they forbid.

    Raises:
        Refused: `encrypted` or `damaged`.
    """
    found = facts_of(open_pdf(content))
    sizes = [sheet.box.size_mm for sheet in found.sheets]
    return {
        "pages": [[hundredths(width), hundredths(height)] for width, height in sizes],
        "signatures": found.signatures,
        "certified": found.certified,
        "unfit": found.refused,
    }, b""


def open_pdf(content: bytes | mmap.mmap) -> PdfFileReader:
    """Open a PDF as leniently as can be without guessing.

    Raises:
        Refused: It is `encrypted`, or its structure cannot be followed (`damaged`): nobody can
            append to a file of which it is unclear where its objects are.
    """
    try:
        reader = PdfFileReader(io.BytesIO(content), strict=False)
        if reader.encrypted:
            raise Refused("encrypted", "the PDF is protected by a password or a certificate")
        _ = reader.root
    except (PdfError, ValueError, KeyError, TypeError, AssertionError, IndexError) as error:
        raise Refused("damaged", f"{type(error).__name__}: {error}"[:200]) from error
    return reader


def facts_of(reader: PdfFileReader) -> PdfFacts:
    """Return what there is to know of a PDF that was opened.

    Raises:
        Refused: `damaged`.
    """
    signed = signed_fields(reader)
    form = value_of(reader.root, "/AcroForm")
    names = _field_names(form) if isinstance(form, DictionaryObject) else set()
    has_xfa = isinstance(form, DictionaryObject) and value_of(form, "/XFA") is not None
    number = len(signed) + 1
    while f"{FIELD_PREFIX}{number}" in names:
        number += 1
    permitted = [level for field in signed.values() if (level := _permitted(field)) is not None]
    return PdfFacts(
        sheets_of(reader),
        len(signed),
        min(permitted, default=None),
        f"{FIELD_PREFIX}{number}",
        "form" if has_xfa else None,
    )


def signed_fields(pdf: PdfHandler) -> dict[str, DictionaryObject]:
    """Return the signature fields of a PDF that bear a signature, by name."""
    found = {}
    for name, _, reference in enumerate_sig_fields(pdf, filled_status=True):
        field = reference.get_object()
        if isinstance(value_of(field, "/V"), DictionaryObject):
            found[str(name)] = field
    return found


def _permitted(field: DictionaryObject) -> int | None:
    """Return what the signature of a field permits if it certifies, or if its lock says so."""
    levels = [_level(value_of(field, "/Lock"))]
    signature = value_of(field, "/V")
    assert isinstance(signature, DictionaryObject)
    for item in items(value_of(signature, "/Reference")):
        reference = resolved(item)
        if isinstance(reference, DictionaryObject) and _certifies(reference):
            said = _level(value_of(reference, "/TransformParams"))
            levels.append(said or _PERMITTED_BY_DEFAULT)
    return min((level for level in levels if level is not None), default=None)


def _certifies(reference: DictionaryObject) -> bool:
    return str(value_of(reference, "/TransformMethod")) == "/DocMDP"


def _level(holder: PdfObject | None) -> int | None:
    found = value_of(holder, "/P") if isinstance(holder, DictionaryObject) else None
    return int(found) if isinstance(found, NumberObject) and 1 <= found <= 3 else None


def _field_names(form: DictionaryObject) -> set[str]:
    fields = [resolved(item) for item in items(value_of(form, "/Fields"))]
    return {str(value_of(field, "/T")) for field in fields if isinstance(field, DictionaryObject)}
