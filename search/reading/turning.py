"""A page picture turned upright: one that we have drawn ourselves, so it needs no cage."""

import io

TURNS = (90, 180, 270)
_WEBP_QUALITY = 85
_WEBP_METHOD = 0  # the reader waits


def turned(picture: bytes, degrees: int) -> bytes:
    """Return a picture turned clockwise by 90, 180 or 270 degrees, as WebP."""
    from PIL import Image

    with Image.open(io.BytesIO(picture)) as image:
        upright = image.rotate(-degrees, expand=True)
    out = io.BytesIO()
    upright.save(out, "WEBP", quality=_WEBP_QUALITY, method=_WEBP_METHOD)
    return out.getvalue()
