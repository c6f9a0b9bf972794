"""What a PDF's own signatures say, before a seal is added and after. Runs in the cage.

A seal never goes under a file whose signatures are broken, and never breaks one: after the file is
laid out each signature is asked again, by the rules with which readers judge what was added to a
signed file.
"""

import io

from pyhanko.pdf_utils.generic import DictionaryObject
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import EmbeddedPdfSignature
from pyhanko.sign.validation.errors import SignatureValidationError
from pyhanko.sign.validation.generic_cms import validate_sig_integrity
from pyhanko_certvalidator.errors import ValidationError

from records.seals.caged import Refused
from records.seals.pages.facts import signed_fields

_UNKNOWN = (
    SignatureValidationError,
    ValidationError,
    PdfError,
    ValueError,
    KeyError,
    TypeError,
    AssertionError,
    NotImplementedError,
)


def check_whole(reader: PdfFileReader) -> None:
    """Refuse a PDF with a signature that does not hold, or after which something else was changed.

    Raises:
        Refused: `broken_signature`. One of a kind that cannot be checked here does not count.
    """
    for name, field in signed_fields(reader).items():
        if _holds(reader, field, name) is False or _allows(reader, field, name) is False:
            raise Refused("broken_signature", f"the signature in the field {name} does not hold")


def check_kept(reader: PdfFileReader, pdf: bytes) -> None:
    """Refuse what would change the verdict on a signature that was there before.

    Raises:
        Refused: `certified` or `locked`: by what the signature says of itself.
    """
    after = PdfFileReader(io.BytesIO(pdf), strict=False)
    fields = signed_fields(after)
    for name, field in signed_fields(reader).items():
        before = _allows(reader, field, name)
        again = fields.get(name)
        if again is None or _allows(after, again, name) != before:
            level = EmbeddedPdfSignature(reader, field, name).docmdp_level
            code = "locked" if level is None else "certified"
            raise Refused(code, f"the signature in the field {name} forbids one more field")


def _holds(reader: PdfFileReader, field: DictionaryObject, name: str) -> bool | None:
    """Tell whether a signature is that of what it covers; None when that cannot be told."""
    try:
        signature = EmbeddedPdfSignature(reader, field, name)
        if signature.sig_object_type == "/DocTimeStamp":
            return None
        digest = signature.compute_digest()
        intact, valid = validate_sig_integrity(
            signature.signer_info, signature.signer_cert, "data", digest
        )
    except _UNKNOWN:
        return None
    return bool(intact and valid)


def _allows(reader: PdfFileReader, field: DictionaryObject, name: str) -> bool | None:
    """Tell whether what follows a signature is what it allows; None when that cannot be told."""
    try:
        signature = EmbeddedPdfSignature(reader, field, name)
        signature.compute_integrity_info()
        return bool(signature.summarise_integrity_info()["docmdp_ok"])
    except _UNKNOWN:
        return None
