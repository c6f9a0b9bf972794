"""What QR codes on a page say."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image

_MOST_CODES = 20
_MOST_CHARS = 2000


def codes_of(image: "Image") -> list[str]:
    """Return the contents of the QR codes on a picture, whichever way it lies."""
    import zxingcpp

    wanted = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
    found = zxingcpp.read_barcodes(image.convert("L"), formats=wanted)
    texts = [each.text[:_MOST_CHARS] for each in found if each.valid and each.text]
    return list(dict.fromkeys(texts))[:_MOST_CODES]
