"""A name and a time, burnt into a page picture: light enough to read through, on every part of it.

The picture is one that we have drawn ourselves, so it needs no cage.
"""

import io
from functools import lru_cache
from pathlib import Path
from typing import Any

_WEBP_QUALITY = 80
_WEBP_METHOD = 0  # the reader waits; a larger answer is the smaller evil
_INK = (120, 0, 0, 46)
_TURN_DEGREES = 28
_PIXELS_PER_LETTER = 44  # of the width of the page
# Fonts with Han characters, where distributions put them.
_FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts", "/Library/Fonts", "C:/Windows/Fonts")
_NAMES = (
    "NotoSansCJK-Regular.ttc",
    "NotoSansCJK-Bold.ttc",
    "NotoSerifCJK-Regular.ttc",
    "NotoSansSC-Regular.otf",
    "SourceHanSansCN-Regular.otf",
    "wqy-zenhei.ttc",
    "wqy-microhei.ttc",
    "DroidSansFallbackFull.ttf",
    "msyh.ttc",
)


def watermarked(picture: bytes, text: str) -> bytes:
    """Return a picture with a text repeated over all of it, as WebP.

    Costs about 60 ms for a page of 1,600 pixels.

    Args:
        picture: A page picture in any format that Pillow reads.
        text: One line; characters that no font of the machine has become boxes, see
            `writes_chinese`.
    """
    from PIL import Image

    page = Image.open(io.BytesIO(picture)).convert("RGB")
    tile = _tile(text, max(12, page.width // _PIXELS_PER_LETTER))
    for row, top in enumerate(range(-tile.height // 2, page.height, tile.height)):
        for left in range(-(row % 2) * tile.width // 2, page.width, tile.width):
            page.paste(tile, (left, top), tile)
    data = io.BytesIO()
    page.save(data, "WEBP", quality=_WEBP_QUALITY, method=_WEBP_METHOD)
    return data.getvalue()


def writes_chinese() -> bool:
    """Tell whether this machine has a font with Han characters."""
    return han_font() is not None


@lru_cache(maxsize=1)
def han_font() -> Path | None:
    """Return a font of this machine with Han characters; None when there is none."""
    for folder in _FOLDERS:
        for name in _NAMES:
            if found := next(Path(folder).rglob(name), None):
                return found
    return None


@lru_cache(maxsize=32)
def _tile(text: str, letter_px: int) -> Any:
    from PIL import Image, ImageDraw, ImageFont

    path = han_font()
    font = ImageFont.truetype(path, letter_px) if path else ImageFont.load_default(letter_px)
    left, top, right, bottom = font.getbbox(text)
    across, down = int(right - left), int(bottom - top)
    line = Image.new("RGBA", (across + 4 * letter_px, down + 5 * letter_px))
    ImageDraw.Draw(line).text((2 * letter_px, 2 * letter_px), text, font=font, fill=_INK)
    return line.rotate(_TURN_DEGREES, expand=True, resample=Image.Resampling.BICUBIC)
